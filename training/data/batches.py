"""Batches for the two networks, every one a function of its seed and step, so that a resumed run goes on as it was."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from engine.errors import UserError
from engine.motion import ms272
from training.config import DataConfig
from training.data.captions import captions as captions_of
from training.data.captions import mirrored_caption
from training.data.labels import FrameLabels, labels_within
from training.data.shards import ClipRow, Shards
from training.data.windows import draw_window

_BUCKETED_BATCHES = 8


@dataclass(frozen=True)
class MotionBatch:
    """features: (B, N, 272) normalized, zero beyond a clip's end. valid_latents: (B, N/4). captions: B sentences."""

    features: Tensor
    valid_latents: Tensor
    captions: tuple[str, ...]


@dataclass(frozen=True)
class LabeledWindows:
    """features: (B, N, 272) normalized. labels: of each window, what is done in which of its frames."""

    features: Tensor
    labels: tuple[FrameLabels, ...]


class ClipSampler:
    """Draws clips of one split, rare contents more often than their number, every other one mirrored.

    composites: of them come `config.composed_share` of the examples; only the training split may have any.
    """

    def __init__(
        self, shards: Shards, rows: Sequence[ClipRow], config: DataConfig, composites: Shards | None = None
    ) -> None:
        if not rows:
            raise UserError("A split of the data holds no clip; training needs more clips than these.")
        self._shards, self._rows, self._config, self._composites = shards, rows, config, composites
        counts = Counter(row.content for row in rows)
        weights = np.array([counts[row.content] ** -config.balance for row in rows])
        self._weights = weights / weights.sum()
        self._mean, self._std = shards.normalization

    def windows(self, size: int, frames: int, random: np.random.Generator) -> Tensor:
        """Features (size, frames, 272), normalized, of random stretches of clips that are long enough."""
        drawn = self._drawn_windows(size, frames, random)
        return self._window_features(drawn, frames)

    def labeled_windows(self, size: int, frames: int, random: np.random.Generator) -> LabeledWindows:
        """The same windows as `windows` gives, with what is done in their frames."""
        drawn = self._drawn_windows(size, frames, random)
        labels = []
        for source, row, start, mirror in drawn:
            of_window = labels_within(source.frame_labels(row), start, start + frames)
            labels.append(tuple(label.mirrored() for label in of_window) if mirror else of_window)
        return LabeledWindows(self._window_features(drawn, frames), tuple(labels))

    def all_label_texts(self) -> list[str]:
        """Every text that a label of `labeled_windows` may have, sorted."""
        sources = [(self._shards, self._rows)]
        if self._composites is not None:
            sources.append((self._composites, self._composites.rows))
        labels = {label for source, rows in sources for row in rows for label in source.frame_labels(row)}
        texts = {label.text for label in labels}
        return sorted(texts | {mirrored_caption(text) for text in texts})

    def _drawn_windows(
        self, size: int, frames: int, random: np.random.Generator
    ) -> list[tuple[Shards, ClipRow, int, bool]]:
        """Of every window: the shards, the clip in them, the frame where it starts, whether it is mirrored."""
        weights = self._weights * np.array([row.frames >= frames for row in self._rows])
        if not weights.any():
            raise UserError(f"No clip of a split is {frames} frames long; choose a smaller window.")
        drawn = []
        for index in random.choice(len(self._rows), size=size, p=weights / weights.sum()):
            source, row = self._composite_of(frames, random) or (self._shards, self._rows[index])
            start = int(random.integers(row.frames - frames + 1))
            drawn.append((source, row, start, random.random() < 0.5))
        return drawn

    def _window_features(self, drawn: Sequence[tuple[Shards, ClipRow, int, bool]], frames: int) -> Tensor:
        windows = [
            self._normalized(source.clip_features(row)[start : start + frames], mirror)
            for source, row, start, mirror in drawn
        ]
        return torch.from_numpy(np.stack(windows))

    def captioned_batches(self, size: int, seed: int, group: int) -> list[MotionBatch]:
        """The batches of a group of 8, each of clips of similar length; the same for the same seed and group."""
        random = np.random.default_rng([seed, group])
        chosen = random.choice(len(self._rows), size=size * _BUCKETED_BATCHES, p=self._weights)
        max_frames = int(self._config.max_seconds * ms272.FPS)
        examples = [self._composed(random) or self._example(self._rows[index], max_frames, random) for index in chosen]
        examples.sort(key=lambda example: len(example[0]))
        batches = [_padded(examples[at : at + size]) for at in range(0, len(examples), size)]
        return [batches[index] for index in random.permutation(len(batches))]

    def _composite_of(self, frames: int, random: np.random.Generator) -> tuple[Shards, ClipRow] | None:
        if self._composites is None or random.random() >= self._config.composed_share:
            return None
        row = self._composites.rows[random.integers(len(self._composites.rows))]
        return (self._composites, row) if row.frames >= frames else None

    def _composed(self, random: np.random.Generator) -> tuple[NDArray[np.float32], str] | None:
        if self._composites is None or random.random() >= self._config.composed_share:
            return None
        row = self._composites.rows[random.integers(len(self._composites.rows))]
        caption = row.captions[random.integers(len(row.captions))]
        mirror = random.random() < 0.5
        features = self._normalized(self._composites.clip_features(row), mirror)
        return features, mirrored_caption(caption) if mirror else caption

    def _example(self, row: ClipRow, max_frames: int, random: np.random.Generator) -> tuple[NDArray[np.float32], str]:
        start, length = draw_window(row, max_frames, random)
        mirror = random.random() < 0.5
        with_style = random.random() >= self._config.caption_without_style
        pool = row.captions or captions_of(row.content, row.style, self._config.captions_per_label, with_style)
        caption = pool[random.integers(len(pool))]
        features = self._normalized(self._shards.clip_features(row)[start : start + length], mirror)
        return features, mirrored_caption(caption) if mirror else caption

    def _normalized(self, features: NDArray[np.float32], mirror: bool) -> NDArray[np.float32]:
        return ((ms272.mirrored(features) if mirror else features) - self._mean) / self._std

    def all_captions(self) -> list[str]:
        """Every caption that `captioned_batches` may give, sorted; the null prompt first."""
        own = [*self._rows, *(self._composites.rows if self._composites is not None else ())]
        pool = {
            "",
            *(spoken for row in own for caption in row.captions for spoken in (caption, mirrored_caption(caption))),
        }
        for content, style in {(row.content, row.style) for row in self._rows if not row.captions}:
            for with_style in (True, False):
                for caption in captions_of(content, style, self._config.captions_per_label, with_style):
                    pool |= {caption, mirrored_caption(caption)}
        return sorted(pool)


def _padded(examples: list[tuple[NDArray[np.float32], str]]) -> MotionBatch:
    longest = max(len(features) for features, _ in examples)
    features = np.zeros((len(examples), longest, ms272.WIDTH), dtype=np.float32)
    valid = np.zeros((len(examples), longest // 4), dtype=bool)
    for row, (window, _) in enumerate(examples):
        features[row, : len(window)] = window
        valid[row, : len(window) // 4] = True
    return MotionBatch(torch.from_numpy(features), torch.from_numpy(valid), tuple(text for _, text in examples))
