"""What is to be filled, and what was heard of the words on the way."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.sampling.flow import Floats

Flags = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Canvas:
    """One sequence to fill. latents: (l, d), read where `known` (l,) is true.

    words: (L, W) of each of its prompts, one or more. prompt_of_latent: (l,) which of them a latent follows.
    """

    latents: Floats
    known: Flags
    words: tuple[Floats, ...]
    prompt_of_latent: NDArray[np.int64]
    seed: int | tuple[int, ...]

    @classmethod
    def empty(cls, length: int, width: int, words: Floats, seed: int) -> Canvas:
        """A canvas of `length` latents of `width`, none of them known, with one prompt."""
        unknown = np.zeros(length, np.bool_)
        return cls(np.zeros((length, width), np.float32), unknown, (words,), np.zeros(length, np.int64), seed)


@dataclass(frozen=True, eq=False)
class Heard:
    """What a round heard of the words: its attention, averaged over layers and heads.

    canvas, place: (M,) the latents that were filled. weights: (M, L) of each on the words of its own prompt.
    sink_ratio: (B,) the mean weight on the start token over all latents of a canvas; NaN where the round filled none.
    """

    canvas: NDArray[np.int64]
    place: NDArray[np.int64]
    weights: Floats
    sink_ratio: Floats
