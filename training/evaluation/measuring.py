"""What one repeat measures: real motion, real motion once more, and a model that was asked in the same words."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.motion.motion import Motion
from engine.requests import SamplingOptions
from training.data.clip import Split
from training.data.predicates import stated
from training.data.shards import Shards
from training.evaluation.evaluator import Evaluator, Points
from training.evaluation.held_out import Example, draw_examples
from training.evaluation.meanings import CaptionMeanings
from training.evaluation.measurements import Ledger, Measured
from training.evaluation.retrieval import draw_pools, hard_pools
from training.evaluation.sampling import slug
from training.evaluation.subjects import Subject

_CHUNK = 20
_SHORTEST_SECONDS = 0.5
_SEEDS_OF_REPEAT, _VARIED_SEED, _SEED_AGAIN = 10_000_000, 5_000_000, 7_000_000

_BESIDE: Mapping[Split, Split] = {"test": "validation", "validation": "test"}

Progress = Callable[[str, int, int], None]
"""Told what is being done, how many of it are done and how many there are."""


@dataclass(frozen=True, eq=False)
class Group:
    """Captions, what was measured of the motions that answer them, and the pools that these are to be found in.

    captions: (n, D) their points. pools, hard_pools: (n, size), the own index first; of strangers and of near misses.
    """

    captions: Points
    measured: Measured
    pools: NDArray[np.intp]
    hard_pools: NDArray[np.intp]


@dataclass(frozen=True, eq=False)
class Repeat:
    """reference: (n, D), the points of real motion that the Fréchet distance is to. asked: what the model was asked."""

    number: int
    asked: Sequence[Example]
    reference: Points
    real: Group
    other: Group
    made: Group


class Meter:
    """Measures, or remembers what was measured."""

    def __init__(
        self,
        subject: Subject,
        shards: Shards,
        evaluator: Evaluator,
        meanings: CaptionMeanings,
        real_ledger: Ledger,
        ledger: Ledger,
        seed: int,
        split: Split,
        progress: Progress,
    ) -> None:
        """split: whose captions are the prompts; the other split that no training sees is what it is beside."""
        self._subject, self._shards, self._evaluator, self._meanings = subject, shards, evaluator, meanings
        self._real_ledger, self._ledger, self._seed, self._progress = real_ledger, ledger, seed, progress
        self._splits = (split, split, _BESIDE[split])

    def repeat(self, number: int, prompts: int, sampling: SamplingOptions) -> Repeat:
        """Everything of one repeat."""
        asked, again, others = (
            draw_examples(self._shards, split, prompts, np.random.default_rng([self._seed, number, stream]))
            for stream, split in enumerate(self._splits)
        )
        real = self._group(number, asked, self.real(f"asked-{number}", asked))
        made = self.made(f"made-{number}", asked, sampling, number * _SEEDS_OF_REPEAT)
        return Repeat(
            number=number,
            asked=asked,
            reference=self.real(f"reference-{number}", again).points,
            real=real,
            other=self._group(number, others, self.real(f"others-{number}", others)),
            made=Group(real.captions, made, real.pools, real.hard_pools),
        )

    def real(self, name: str, examples: Sequence[Example]) -> Measured:
        """Of real motion."""

        def measure() -> Measured:
            parts = []
            for start in range(0, len(examples), _CHUNK):
                chunk = examples[start : start + _CHUNK]
                self._progress(f"Real motion, {name}", start, len(examples))
                states = [stated(example.content, example.style) for example in chunk]
                parts.append(Measured.of([example.motion for example in chunk], self._evaluator, states))
            self._progress(f"Real motion, {name}", len(examples), len(examples))
            return Measured.joined(parts)

        return self._real_ledger.measured(name, measure)

    def made(self, name: str, asked: Sequence[Example], sampling: SamplingOptions, first_seed: int) -> Measured:
        """Of what the model makes of captions, each as long as the real motion; kept every twenty prompts."""
        parts = []
        for start in range(0, len(asked), _CHUNK):
            chunk = asked[start : start + _CHUNK]
            self._progress(f"The model, {name}", start, len(asked))
            parts.append(
                self._ledger.measured(
                    f"{name}-{slug(sampling)}-{start:05d}",
                    lambda chunk=chunk, start=start: self._generated(chunk, sampling, first_seed + start),
                )
            )
        self._progress(f"The model, {name}", len(asked), len(asked))
        return Measured.joined(parts)

    def asked_again(self, asked: Sequence[Example], sampling: SamplingOptions) -> Group:
        """Some prompts under another sampling."""
        made = self.made(f"{len(asked)}-again", asked, sampling, _SEED_AGAIN)
        return self._group(0, asked, made)

    def made_again(self, place: int, asked: Example, sampling: SamplingOptions, number: int) -> Motion:
        """The motion itself that repeat `number` made of the prompt at `place`."""
        seed = number * _SEEDS_OF_REPEAT + place
        return self._subject.answer(asked.caption, self.seconds(asked), seed, sampling).motions[0]

    def varied(self, number: int, asked: Sequence[Example], sampling: SamplingOptions, count: int) -> Points:
        """(prompts, count, D): several motions for each prompt of repeat `number`."""
        rows = []
        for place, example in enumerate(asked):
            self._progress(f"Variations {number}", place, len(asked))
            seed = number * _SEEDS_OF_REPEAT + _VARIED_SEED + place * count
            rows.append(
                self._ledger.measured(
                    f"varied-{number}-{slug(sampling)}-{count}-{place:05d}",
                    lambda example=example, seed=seed: self._variations(example, sampling, seed, count),
                ).points
            )
        self._progress(f"Variations {number}", len(asked), len(asked))
        return np.stack(rows)

    def seconds(self, example: Example) -> float:
        """How long a motion is asked for: as long as the real one, as far as the model can."""
        frames = math.floor(min(example.seconds, self._subject.longest_seconds) * 30.0 + 1e-6)
        return max(frames / 30.0, _SHORTEST_SECONDS)

    def _generated(self, chunk: Sequence[Example], sampling: SamplingOptions, first_seed: int) -> Measured:
        answers = [
            self._subject.answer(example.caption, self.seconds(example), first_seed + place, sampling)
            for place, example in enumerate(chunk)
        ]
        return Measured.of(
            [answer.motions[0] for answer in answers],
            self._evaluator,
            [stated(example.content, example.style) for example in chunk],
            [(answer.sink_ratio, answer.sunk_share) for answer in answers],
        )

    def _variations(self, example: Example, sampling: SamplingOptions, seed: int, count: int) -> Measured:
        motions = self._subject.answer(example.caption, self.seconds(example), seed, sampling, count).motions
        return Measured.of(motions, self._evaluator, [()] * count)

    def _group(self, number: int, examples: Sequence[Example], measured: Measured) -> Group:
        captions = [example.caption for example in examples]
        random = np.random.default_rng([self._seed, number, len(captions)])
        alike, points = self._meanings.alike_matrix(captions), self._evaluator.embed_captions(captions)
        return Group(points, measured, draw_pools(alike, random), hard_pools(alike, points))
