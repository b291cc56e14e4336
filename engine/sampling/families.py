"""The families of models, each with its sampler: what it is told decides."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

from engine.sampling import sampler
from engine.sampling.canvas import Canvas, Heard
from engine.sampling.flow import Floats
from engine.sampling.sampler import LatentModel, Progress, SamplerSettings
from engine.sampling.whole_sequence import StepSettings, VelocityModel, sample_whole


class Model(LatentModel, VelocityModel, Protocol):
    """A model answers to both families' questions, of which its own sampler asks one."""


Settings = SamplerSettings | StepSettings


def sample(
    model: Model,
    canvases: Sequence[Canvas],
    null_words: Floats,
    settings: Settings,
    *,
    progress: Progress,
    cancelled: Callable[[], bool],
    hear: Callable[[Heard], None],
) -> list[Floats]:
    """Fill the canvases with the sampler that `settings` are of; see there."""
    if isinstance(settings, StepSettings):
        return sample_whole(model, canvases, null_words, settings, progress=progress, cancelled=cancelled, hear=hear)
    return sampler.sample(model, canvases, null_words, settings, progress=progress, cancelled=cancelled, hear=hear)
