"""What a caller asks for, and what that means for a given model."""

from __future__ import annotations

import math
import secrets
from dataclasses import dataclass

from engine.bundle.manifest import Manifest
from engine.errors import UserError

LONGEST_PROMPT = 1000
MOST_VARIATIONS = 16
LARGEST_GUIDANCE = 20.0
MOST_FLOW_STEPS = 200
LARGEST_SEED = 2**53 - 1
"""The largest whole number that JSON keeps exactly everywhere."""

_DRAWN_SEEDS = 2**31
"""Seeds that we draw fit an integer property of Blender."""


@dataclass(frozen=True)
class GenerationRequest:
    """One prompt and how to sample it; None stands for the model's default, and for a seed drawn from the system.

    Variation k, from 0, of seed s is the motion of seed s + k.
    """

    text: str
    seconds: float | None = None
    seed: int | None = None
    variations: int = 1
    guidance: float | None = None
    flow_steps: int | None = None

    def __post_init__(self) -> None:
        _check_prompt(self.text)
        if self.seconds is not None and not (math.isfinite(self.seconds) and self.seconds > 0):
            raise UserError(f"The length must be more than 0 seconds, not {self.seconds:g}.")
        if self.seed is not None and not 0 <= self.seed <= LARGEST_SEED:
            raise UserError(f"The seed must be a whole number from 0 to {LARGEST_SEED}.")
        if not 1 <= self.variations <= MOST_VARIATIONS:
            raise UserError(f"The number of variations must be from 1 to {MOST_VARIATIONS}, not {self.variations}.")
        if self.guidance is not None and not 0 <= self.guidance <= LARGEST_GUIDANCE:  # refuses NaN too
            raise UserError(f"Guidance must be from 0 to {LARGEST_GUIDANCE:g}, not {self.guidance:g}.")
        if self.flow_steps is not None and not 1 <= self.flow_steps <= MOST_FLOW_STEPS:
            raise UserError(f"The number of flow steps must be from 1 to {MOST_FLOW_STEPS}, not {self.flow_steps}.")

    def resolved(self, manifest: Manifest) -> ResolvedRequest:
        """Fill in the defaults of a model; UserError where its limits are exceeded."""
        seconds = manifest.default_seconds if self.seconds is None else self.seconds
        if seconds > manifest.max_seconds:
            raise UserError(
                f"This model makes at most {manifest.max_seconds:g} seconds at once, not {seconds:g}; ask for less."
            )
        frames = max(1, round(seconds * manifest.fps))
        first_seed = secrets.randbelow(_DRAWN_SEEDS) if self.seed is None else self.seed
        return ResolvedRequest(
            text=" ".join(self.text.split()),
            frames=frames,
            latents=math.ceil(frames / manifest.frames_per_latent),
            seeds=tuple(first_seed + k for k in range(self.variations)),
            guidance=manifest.sampler.guidance if self.guidance is None else self.guidance,
            flow_steps=manifest.sampler.flow_steps if self.flow_steps is None else self.flow_steps,
        )


@dataclass(frozen=True)
class ResolvedRequest:
    """A request without open questions. frames: N. latents: l = ⌈N / h⌉. seeds: one for each variation."""

    text: str
    frames: int
    latents: int
    seeds: tuple[int, ...]
    guidance: float
    flow_steps: int


def _check_prompt(text: str) -> None:
    if not text.strip():
        raise UserError("The prompt is empty; write what the character should do.")
    if len(text) > LONGEST_PROMPT:
        raise UserError(f"The prompt has {len(text)} characters; the longest that is read has {LONGEST_PROMPT}.")
    try:
        text.encode("utf-8")
    except UnicodeEncodeError as error:
        raise UserError("The prompt is not valid Unicode text; type it again.") from error
