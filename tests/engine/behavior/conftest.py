"""The engine with the bundle that ships."""

import pytest

from engine.bundle import DEFAULT_BUNDLE, Bundle
from engine.generator import Engine
from engine.requests import GenerationRequest, Prompt, SamplingOptions


@pytest.fixture(scope="session")
def motions():
    """A function from a prompt to ten motions of four seconds, seeds 0 to 9."""
    engine = Engine(Bundle(DEFAULT_BUNDLE))
    made = {}

    def ten(prompt):
        if prompt not in made:
            request = GenerationRequest((Prompt(prompt, 4.0),), SamplingOptions(seed=0, variations=10))
            made[prompt] = engine.generate(request)
        return made[prompt]

    return ten
