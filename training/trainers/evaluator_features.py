"""Batches of MS-272 as the sampler draws them, in the features that an evaluator's protocol looks at."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from engine.motion import ms272
from training.data.batches import MotionBatch
from training.data.shards import Shards
from training.evaluation.config import EvaluatorConfig
from training.evaluation.representations import REPRESENTATIONS

_CLIPS_OF_STATISTICS = 400


class ProtocolFeatures:
    """Features (B, N, F), normalized and cut to whole patches, with `valid` (B, N / patch).

    mean, std: (F,) of the protocol's features over the training split and its mirror images.
    """

    def __init__(self, config: EvaluatorConfig, shards: Shards) -> None:
        self._patch, self._is_ms272 = config.frames_per_patch, config.protocol == "ms-272"
        self._representation = REPRESENTATIONS[config.protocol]
        self._ms272_mean, self._ms272_std = shards.normalization
        self.mean, self.std = shards.normalization if self._is_ms272 else self._statistics(shards)

    def of(self, batch: MotionBatch) -> tuple[Tensor, Tensor]:
        """The features and valid patches of a batch."""
        if self._is_ms272:
            frames = batch.features.shape[1] // self._patch * self._patch
            valid = batch.valid_latents[:, : frames // 4].unflatten(1, (-1, self._patch // 4)).all(dim=2)
            return batch.features[:, :frames], valid
        lengths = 4 * batch.valid_latents.sum(dim=1)
        own = batch.features.numpy() * self._ms272_std + self._ms272_mean
        clips = [self._converted(features[:length]) for features, length in zip(own, lengths.tolist(), strict=True)]
        patches = [len(clip) // self._patch for clip in clips]
        features = np.zeros((len(clips), max(patches) * self._patch, self._representation.width), np.float32)
        for row, (clip, count) in enumerate(zip(clips, patches, strict=True)):
            features[row, : count * self._patch] = ((clip - self.mean) / self.std)[: count * self._patch]
        return torch.from_numpy(features), torch.arange(max(patches)) < torch.tensor(patches)[:, None]

    def _converted(self, features: NDArray[np.float32]) -> NDArray[np.float32]:
        return self._representation.features(ms272.decode(features))

    def _statistics(self, shards: Shards) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        rows = shards.of("train")
        chosen = rows[:: max(1, len(rows) // _CLIPS_OF_STATISTICS)]
        both = (shards.clip_features(row) for row in chosen)
        clips = [self._converted(one) for clip in both for one in (clip, ms272.mirrored(clip))]
        frames = np.concatenate(clips).astype(np.float64)
        # A number that hardly changes must not be blown up: HumanML3D's contacts and heights are among them.
        std = np.maximum(frames.std(axis=0), 0.1 * frames.std(axis=0).mean())
        return frames.mean(axis=0).astype(np.float32), std.astype(np.float32)
