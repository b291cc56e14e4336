"""From the attention of each round to the map of each motion."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.alignment.alignment import Alignment

Floats = NDArray[np.float32]


@dataclass(frozen=True)
class Word:
    """A word of a prompt, as it was typed, and the indices of its tokens."""

    text: str
    tokens: tuple[int, ...]


@dataclass(frozen=True)
class Placing:
    """How latents lie in time: `frames` in all, `frames_per_latent` for each latent."""

    frames: int
    frames_per_latent: int


class Collector:
    """Takes in what each round heard, for a batch of motions; of a latent that is made twice, the last counts."""

    def __init__(self, motions: int) -> None:
        self._weights: list[dict[int, Floats]] = [{} for _ in range(motions)]
        self._sink_ratios: list[list[float]] = [[] for _ in range(motions)]

    def add(self, motion: int, latents: NDArray[np.int64], weights: Floats, sink_ratio: float) -> None:
        """One round of one motion. latents: (M,) those filled. weights: (M, L) of each on the tokens of its prompt."""
        self._weights[motion].update(zip(latents.tolist(), weights, strict=True))
        self._sink_ratios[motion].append(float(sink_ratio))

    def alignment(
        self, motion: int, prompts: Sequence[Sequence[Word]], prompt_of_latent: NDArray[np.int64], placing: Placing
    ) -> Alignment:
        """The map of one motion: a row for each word of all prompts, a column for each latent."""
        heard = self._weights[motion]
        rows = [
            tuple(
                _weight(heard, latent, word) if prompt_of_latent[latent] == number else 0.0
                for latent in range(len(prompt_of_latent))
            )
            for number, words in enumerate(prompts)
            for word in words
        ]
        ratios = np.clip(self._sink_ratios[motion], 0.0, 1.0)
        starts = range(0, placing.frames, placing.frames_per_latent)
        return Alignment(
            words=tuple(word.text for words in prompts for word in words),
            frame_starts=tuple(starts),
            weights=tuple(row[: len(starts)] for row in rows),
            sink_ratio=float(ratios.mean()) if len(ratios) else 0.0,
            sink_ratio_by_round=tuple(ratios.tolist()),
        )


def _weight(heard: Mapping[int, Floats], latent: int, word: Word) -> float:
    """The share of a latent's attention on all tokens of a word; 0 for a latent that was not made."""
    weights = heard.get(latent)
    if weights is None:
        return 0.0
    return min(1.0, max(0.0, float(sum(weights[token] for token in word.tokens if token < len(weights)))))
