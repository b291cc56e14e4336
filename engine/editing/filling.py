"""Filling stretches of a sequence of latents in the context of what is known around them, canvas by canvas.

A model knows canvases up to a certain length only. Longer sequences are covered by several; those that do not need each
other are sampled in one batch.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.alignment import Collector
from engine.sampling.canvas import Canvas, Heard
from engine.sampling.families import Model, Settings, sample
from engine.sampling.flow import Floats
from engine.sampling.sampler import Progress

_LARGEST_BATCH = 16
"""Canvases in one batch: beyond this only memory grows."""


@dataclass(frozen=True)
class Fill:
    """A canvas over the latents [start, end), of which [masked_start, masked_end) are made and the others known.

    Indices beyond the sequence, on either side, mean its other end, as in a loop.
    """

    start: int
    end: int
    masked_start: int
    masked_end: int

    @property
    def masked(self) -> int:
        return self.masked_end - self.masked_start


Pass = tuple[Fill, ...]
"""Fills that do not read what the others make."""


@dataclass(frozen=True, eq=False)
class Script:
    """words: (L, D) of each prompt. prompt_of_latent: (T,) which of them a latent follows. null_words: (L, D)."""

    words: tuple[Floats, ...]
    prompt_of_latent: NDArray[np.int64]
    null_words: Floats


@dataclass(frozen=True)
class Listener:
    """Who is told of rounds, and asked before every call of the model whether to go on; what the rounds heard."""

    progress: Progress
    cancelled: Callable[[], bool]
    collector: Collector | None = None


def fill(
    model: Model,
    latents: Floats,
    passes: Sequence[Pass],
    script: Script,
    settings: Settings,
    seeds: Sequence[int],
    listener: Listener,
) -> Floats:
    """Latents (B, T, d) with the fills of all passes made, one pass after the other, for each of the B seeds.

    The listener hears of all rounds together, steps where the model fills all at once: first (0, rounds).
    """
    latents = latents.copy()
    rounds, done = _rounds(passes, settings, len(seeds)), 0
    listener.progress(0, rounds)
    for batch in _batches(passes, len(seeds)):
        canvases = [_canvas(latents[row], fill, script, (seeds[row], number)) for row, number, fill in batch]

        def progress(round_number: int, _rounds: int, done: int = done) -> None:
            if round_number:
                listener.progress(done + round_number, rounds)

        hear = _hearing(batch, latents.shape[1], listener.collector)
        made = sample(
            model, canvases, script.null_words, settings, progress=progress, cancelled=listener.cancelled, hear=hear
        )
        for (row, _, fill_), result in zip(batch, made, strict=True):
            places = np.arange(fill_.masked_start, fill_.masked_end) % latents.shape[1]
            latents[row, places] = result[fill_.masked_start - fill_.start : fill_.masked_end - fill_.start]
        done += _rounds_of(batch, settings)
    return latents


def _hearing(batch: Sequence[_Item], length: int, collector: Collector | None) -> Callable[[Heard], None]:
    """Collects what the canvases of a batch heard, by the latents of their sequences of `length`."""

    def hear(heard: Heard) -> None:
        if collector is None:
            return
        for canvas, (row, _, fill_) in enumerate(batch):
            own = heard.canvas == canvas
            if own.any():
                places = (fill_.start + heard.place[own]) % length
                collector.add(row, places, heard.weights[own], float(heard.sink_ratio[canvas]))

    return hear


_Item = tuple[int, int, Fill]
"""Row of the batch of seeds, number of the fill, the fill."""


def _batches(passes: Sequence[Pass], seeds: int) -> Iterator[list[_Item]]:
    number = 0
    for fills in passes:
        items = [(row, number + i, fill) for i, fill in enumerate(fills) for row in range(seeds)]
        number += len(fills)
        yield from (items[at : at + _LARGEST_BATCH] for at in range(0, len(items), _LARGEST_BATCH))


def _rounds(passes: Sequence[Pass], settings: Settings, seeds: int) -> int:
    return sum(_rounds_of(batch, settings) for batch in _batches(passes, seeds))


def _rounds_of(batch: Sequence[_Item], settings: Settings) -> int:
    return max(settings.rounds_for(fill.masked) for _, _, fill in batch)


def _canvas(latents: Floats, fill: Fill, script: Script, seed: tuple[int, int]) -> Canvas:
    places = np.arange(fill.start, fill.end)
    known = (places < fill.masked_start) | (places >= fill.masked_end)
    places %= len(latents)
    prompts = script.prompt_of_latent[places]
    own, prompt_of_latent = np.unique(np.where(known, prompts[~known][0], prompts), return_inverse=True)
    return Canvas(latents[places], known, tuple(script.words[prompt] for prompt in own), prompt_of_latent, seed)
