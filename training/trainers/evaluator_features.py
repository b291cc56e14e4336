"""What an evaluator is trained on: batches in the features that its protocol looks at.

MS-272 is what the shards hold, and drawn anew in every step. The other protocols' features take a tenth of a second a
clip to make: a pool of examples is drawn once, and mixed anew for every eight batches.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol as Interface

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from engine.motion import ms272
from training.data.batches import ClipSampler, MotionBatch
from training.data.shards import Shards
from training.evaluation.config import EvaluatorConfig
from training.evaluation.representations import REPRESENTATIONS

BATCHES_IN_GROUP = 8

Features = NDArray[np.float32]


@dataclass(frozen=True)
class EvaluatorBatch:
    """features: (B, N, F) normalized, N a multiple of the patch. valid: (B, N / patch). captions: B sentences."""

    features: Tensor
    valid: Tensor
    captions: tuple[str, ...]


class EvaluatorBatches(Interface):
    """mean, std: (F,) of the protocol's features."""

    mean: Features
    std: Features

    def group(self, seed: int, number: int) -> list[EvaluatorBatch]:
        """Eight batches; the same for the same seed and number."""
        ...

    def held_out(self, sampler: ClipSampler, seed: int) -> list[EvaluatorBatch]:
        """Eight batches of another split."""
        ...


def evaluator_batches(
    config: EvaluatorConfig, shards: Shards, sampler: ClipSampler, size: int, pooled: int
) -> EvaluatorBatches:
    """Batches of `size` examples of the sampler's clips; of `pooled` different ones at least, where there is a pool."""
    if config.protocol == "ms-272":
        return _DrawnBatches(config, shards, sampler, size)
    return _PooledBatches(config, shards, sampler, size, pooled)


class _DrawnBatches:
    def __init__(self, config: EvaluatorConfig, shards: Shards, sampler: ClipSampler, size: int) -> None:
        self._patch, self._sampler, self._size = config.frames_per_patch, sampler, size
        self.mean, self.std = shards.normalization

    def group(self, seed: int, number: int) -> list[EvaluatorBatch]:
        return [self._whole_patches(batch) for batch in self._sampler.captioned_batches(self._size, seed, number)]

    def held_out(self, sampler: ClipSampler, seed: int) -> list[EvaluatorBatch]:
        return [self._whole_patches(batch) for batch in sampler.captioned_batches(self._size, seed, 0)]

    def _whole_patches(self, batch: MotionBatch) -> EvaluatorBatch:
        frames = batch.features.shape[1] // self._patch * self._patch
        valid = batch.valid_latents[:, : frames // 4].unflatten(1, (-1, self._patch // 4)).all(dim=2)
        return EvaluatorBatch(batch.features[:, :frames], valid, batch.captions)


class _PooledBatches:
    def __init__(self, config: EvaluatorConfig, shards: Shards, sampler: ClipSampler, size: int, pooled: int) -> None:
        self._patch, self._size = config.frames_per_patch, size
        self._encode: Callable[..., Features] = REPRESENTATIONS[config.protocol].features
        self._ms272_mean, self._ms272_std = shards.normalization
        groups = (
            sampler.captioned_batches(size, 0, number) for number in range(-(-pooled // (BATCHES_IN_GROUP * size)))
        )
        self._pool = [example for group in groups for batch in group for example in self._examples(batch)]
        frames = np.concatenate([features for features, _ in self._pool]).astype(np.float64)
        deviation = frames.std(axis=0)
        # A number that hardly changes must not be blown up: HumanML3D's contacts and heights are among them.
        std = np.maximum(deviation, 0.1 * deviation.mean())
        self.mean, self.std = frames.mean(axis=0).astype(np.float32), std.astype(np.float32)
        self._held_out: list[EvaluatorBatch] | None = None

    def group(self, seed: int, number: int) -> list[EvaluatorBatch]:
        """Of clips of similar length each, so that little is padded."""
        random = np.random.default_rng([seed, number])
        chosen = random.choice(
            len(self._pool), size=BATCHES_IN_GROUP * self._size, replace=len(self._pool) < BATCHES_IN_GROUP * self._size
        )
        by_length = sorted(chosen.tolist(), key=lambda place: len(self._pool[place][0]))
        batches = [by_length[start : start + self._size] for start in range(0, len(by_length), self._size)]
        return [self._padded([self._pool[place] for place in batches[i]]) for i in random.permutation(len(batches))]

    def held_out(self, sampler: ClipSampler, seed: int) -> list[EvaluatorBatch]:
        if self._held_out is None:
            batches = sampler.captioned_batches(self._size, seed, 0)
            self._held_out = [self._padded(self._examples(batch)) for batch in batches]
        return self._held_out

    def _examples(self, batch: MotionBatch) -> list[tuple[Features, str]]:
        """Features (N, F) in their own units and captions, of clips that are a patch long at least."""
        lengths = 4 * batch.valid_latents.sum(dim=1)
        own = batch.features.numpy() * self._ms272_std + self._ms272_mean
        made = [self._encode(ms272.decode(clip[:length])) for clip, length in zip(own, lengths.tolist(), strict=True)]
        pairs = zip(made, batch.captions, strict=True)
        return [(features, caption) for features, caption in pairs if len(features) >= self._patch]

    def _padded(self, examples: Sequence[tuple[Features, str]]) -> EvaluatorBatch:
        patches = [len(features) // self._patch for features, _ in examples]
        padded = np.zeros((len(examples), max(patches) * self._patch, len(self.mean)), np.float32)
        for row, ((features, _), count) in enumerate(zip(examples, patches, strict=True)):
            padded[row, : count * self._patch] = ((features - self.mean) / self.std)[: count * self._patch]
        valid = torch.arange(max(patches)) < torch.tensor(patches)[:, None]
        return EvaluatorBatch(torch.from_numpy(padded), valid, tuple(caption for _, caption in examples))
