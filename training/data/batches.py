"""Batches for the two networks, every one a function of its seed and step, so that a resumed run goes on as it was."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

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
from training.data.styles import ALWAYS_TOLD
from training.data.windows import draw_window

_BUCKETED_BATCHES = 8


@dataclass(frozen=True)
class MotionBatch:
    """features: (B, N, 272) normalized, zero beyond a clip's end. valid_latents: (B, N/4). captions: B sentences.

    names: of the clips.
    """

    features: Tensor
    valid_latents: Tensor
    captions: tuple[str, ...]
    names: tuple[str, ...]


@dataclass(frozen=True)
class LabeledWindows:
    """features: (B, N, 272) normalized. labels: of each window, what is done in which of its frames."""

    features: Tensor
    labels: tuple[FrameLabels, ...]


class _Stretch(NamedTuple):
    """What an example shows: frames [start, start + frames) of a clip of `source`, mirrored or not, and its caption."""

    source: Shards
    row: ClipRow
    start: int
    frames: int
    mirror: bool
    caption: str = ""


class Told(NamedTuple):
    """A caption, and the name of the clip that it tells, mirrored or not."""

    caption: str
    name: str
    mirror: bool


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
        self._drawn_batches = lru_cache(maxsize=4)(self._draw_batches)

    def windows(self, size: int, frames: int, random: np.random.Generator) -> Tensor:
        """Features (size, frames, 272), normalized, of random stretches of clips that are long enough."""
        return self._stacked(self._drawn_windows(size, frames, random))

    def window_names(self, size: int, frames: int, random: np.random.Generator) -> tuple[str, ...]:
        """The names of the clips that `windows` gives stretches of."""
        return tuple(stretch.row.name for stretch in self._drawn_windows(size, frames, random))

    def labeled_windows(self, size: int, frames: int, random: np.random.Generator) -> LabeledWindows:
        """The same windows as `windows` gives, with what is done in their frames."""
        drawn = self._drawn_windows(size, frames, random)
        labels = []
        for stretch in drawn:
            of_window = labels_within(stretch.source.frame_labels(stretch.row), stretch.start, stretch.start + frames)
            labels.append(tuple(label.mirrored() for label in of_window) if stretch.mirror else of_window)
        return LabeledWindows(self._stacked(drawn), tuple(labels))

    def all_label_texts(self) -> list[str]:
        """Every text that a label of `labeled_windows` may have, sorted."""
        labels = {label for source, rows in self._sources() for row in rows for label in source.frame_labels(row)}
        texts = {label.text for label in labels}
        return sorted(texts | {mirrored_caption(text) for text in texts})

    def _drawn_windows(self, size: int, frames: int, random: np.random.Generator) -> list[_Stretch]:
        weights = self._weights * np.array([row.frames >= frames for row in self._rows])
        if not weights.any():
            raise UserError(f"No clip of a split is {frames} frames long; choose a smaller window.")
        drawn = []
        for index in random.choice(len(self._rows), size=size, p=weights / weights.sum()):
            source, row = self._composite_of(frames, random) or (self._shards, self._rows[index])
            start = int(random.integers(row.frames - frames + 1))
            drawn.append(_Stretch(source, row, start, frames, random.random() < 0.5))
        return drawn

    def _stacked(self, drawn: Sequence[_Stretch]) -> Tensor:
        _announce(drawn)
        return torch.from_numpy(np.stack([self._features(stretch) for stretch in drawn]))

    def captioned_batches(self, size: int, seed: int, group: int) -> list[MotionBatch]:
        """The batches of a group of 8, each of clips of similar length; the same for the same seed and group."""
        return [self._padded(stretches) for stretches in self._drawn_batches(size, seed, group)]

    def captioned_batch(self, size: int, seed: int, number: int) -> MotionBatch:
        """One of the batches that the groups of a seed hold one after the other; no other's features are read."""
        group, index = divmod(number, _BUCKETED_BATCHES)
        return self._padded(self._drawn_batches(size, seed, group)[index])

    def told(self, size: int, seed: int, number: int) -> list[Told]:
        """Captions alone, drawn as those of batches are; no clip's features are read."""
        random = np.random.default_rng([seed, number])
        return [Told(stretch.caption, stretch.row.name, stretch.mirror) for stretch in self._drawn(size, random)]

    def clips(self) -> Iterator[tuple[str, NDArray[np.float32]]]:
        """The name and the features (N, 272), not normalized, of every clip that may be drawn."""
        for source, rows in self._sources():
            for row in rows:
                yield row.name, source.clip_features(row)

    def _drawn(self, count: int, random: np.random.Generator) -> list[_Stretch]:
        chosen = random.choice(len(self._rows), size=count, p=self._weights)
        max_frames = int(self._config.max_seconds * ms272.FPS)
        return [self._composed(random) or self._example(self._rows[index], max_frames, random) for index in chosen]

    def _sources(self) -> list[tuple[Shards, Sequence[ClipRow]]]:
        own: list[tuple[Shards, Sequence[ClipRow]]] = [(self._shards, self._rows)]
        return own if self._composites is None else [*own, (self._composites, self._composites.rows)]

    def _draw_batches(self, size: int, seed: int, group: int) -> list[list[_Stretch]]:
        random = np.random.default_rng([seed, group])
        drawn = self._drawn(size * _BUCKETED_BATCHES, random)
        drawn.sort(key=lambda stretch: stretch.frames)
        batches = [drawn[at : at + size] for at in range(0, len(drawn), size)]
        return [batches[index] for index in random.permutation(len(batches))]

    def _composite_of(self, frames: int, random: np.random.Generator) -> tuple[Shards, ClipRow] | None:
        if self._composites is None or random.random() >= self._config.composed_share:
            return None
        row = self._composites.rows[random.integers(len(self._composites.rows))]
        return (self._composites, row) if row.frames >= frames else None

    def _composed(self, random: np.random.Generator) -> _Stretch | None:
        if self._composites is None or random.random() >= self._config.composed_share:
            return None
        row = self._composites.rows[random.integers(len(self._composites.rows))]
        # Clips that were slowed are long: were they never cut, what lasts four seconds would never be slow.
        start, length = (0, row.frames) if row.event_end else draw_window(row, row.frames, random)
        caption = row.captions[random.integers(len(row.captions))]
        mirror = random.random() < 0.5
        spoken = mirrored_caption(caption) if mirror else caption
        return _Stretch(self._composites, row, start, length, mirror, spoken)

    def _example(self, row: ClipRow, max_frames: int, random: np.random.Generator) -> _Stretch:
        start, length = draw_window(row, max_frames, random)
        mirror = random.random() < 0.5
        with_style = row.style in ALWAYS_TOLD or random.random() >= self._config.caption_without_style
        pool = row.captions or captions_of(row.content, row.style, self._config.captions_per_label, with_style)
        caption = pool[random.integers(len(pool))]
        return _Stretch(self._shards, row, start, length, mirror, mirrored_caption(caption) if mirror else caption)

    def _features(self, stretch: _Stretch) -> NDArray[np.float32]:
        """(frames, 272) normalized."""
        features = stretch.source.stretch(stretch.row, stretch.start, stretch.start + stretch.frames)
        return ((ms272.mirrored(features) if stretch.mirror else features) - self._mean) / self._std

    def _padded(self, stretches: Sequence[_Stretch]) -> MotionBatch:
        _announce(stretches)
        longest = max(stretch.frames for stretch in stretches)
        features = np.zeros((len(stretches), longest, ms272.WIDTH), dtype=np.float32)
        valid = np.zeros((len(stretches), longest // 4), dtype=bool)
        for row, stretch in enumerate(stretches):
            features[row, : stretch.frames] = self._features(stretch)
            valid[row, : stretch.frames // 4] = True
        captions, names = zip(*((stretch.caption, stretch.row.name) for stretch in stretches), strict=True)
        return MotionBatch(torch.from_numpy(features), torch.from_numpy(valid), captions, names)

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


def _announce(stretches: Sequence[_Stretch]) -> None:
    for stretch in stretches:
        stretch.source.announce(stretch.row, stretch.start, stretch.start + stretch.frames)
