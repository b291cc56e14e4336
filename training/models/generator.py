"""The families of generators, by the name that a configuration has for them."""

from __future__ import annotations

from training.config import GeneratorConfig
from training.models.masked import MaskedFlowGenerator
from training.models.whole_sequence import WholeSequenceGenerator

Generator = MaskedFlowGenerator | WholeSequenceGenerator


def new_generator(config: GeneratorConfig) -> Generator:
    """An untrained network of the configured family."""
    return WholeSequenceGenerator(config) if config.family == "flow" else MaskedFlowGenerator(config)
