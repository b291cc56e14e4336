"""The engine with the bundle that ships."""

import pytest

from engine.bundle import DEFAULT_BUNDLE, Bundle
from engine.generator import Engine
from engine.sampling.request import GenerationRequest


@pytest.fixture(scope="session")
def motions():
    """A function from a prompt to ten motions of four seconds, seeds 0 to 9."""
    engine = Engine(Bundle(DEFAULT_BUNDLE))
    made = {}

    def ten(prompt):
        if prompt not in made:
            made[prompt] = engine.generate(GenerationRequest(prompt, seconds=4.0, seed=0, variations=10))
        return made[prompt]

    return ten
