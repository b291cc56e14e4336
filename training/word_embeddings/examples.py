"""Triplets of MATE: a caption, its motion and one motion word of it, with where in the motion the word may be."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
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
from training.data.shards import ClipRow, Shards
from training.data.windows import draw_window
from training.word_embeddings.motion_words import MotionWords
from training.word_embeddings.retrieval import Partitions
from training.word_embeddings.segmentation import Segment
from training.word_embeddings.sub_texts import Splitter

_TRIES = 20
_GAP = "_"
_RARE_WORDS_FIRST = 0.5
"""A word of the caption is drawn with weight count^−0.5, so that frequent ones don't drown the others."""


@dataclass(frozen=True)
class WordExample:
    """features: (N, 272) as the shards have them, N whole patches. word: index into the list.

    place: where the word stands in the caption. segment: where it is in the motion, in patches. said: indices of all
    motion words that any caption of the clip has.
    """

    features: NDArray[np.float32]
    caption: str
    word: int
    place: tuple[int, int]
    segment: Segment
    said: frozenset[int]


class WordBatch(NamedTuple):
    """features: (B, N, 272), normalized, zero beyond an end. valid: (B, N / patch). words: (B,). starts, ends: (B,).

    places: of the words in the captions. said: (B, K), which motion words the clips' captions have.
    """

    features: Tensor
    valid: Tensor
    captions: tuple[str, ...]
    words: Tensor
    places: tuple[tuple[int, int], ...]
    starts: Tensor
    ends: Tensor
    said: Tensor

    def motions_of(self, rows: Tensor) -> WordBatch:
        """The same words, each asked for in the motion, and its segment, of another row (B,)."""
        return self._replace(valid=self.valid[rows], starts=self.starts[rows], ends=self.ends[rows])

    def to(self, device: torch.device) -> WordBatch:
        moved = {name: value.to(device) for name, value in self._asdict().items() if isinstance(value, Tensor)}
        return self._replace(**moved)


@dataclass(frozen=True)
class _Told:
    """A caption of some clips, and which composites or clips those are."""

    caption: str
    rows: tuple[ClipRow, ...]
    is_composed: bool
    pool: tuple[str, ...]


class WordSampler:
    """Draws triplets of one split, and of composites where it is given any. Every other motion is mirrored.

    Ours: as `near_captions` says, a triplet is followed by one whose caption differs in a single motion word, so that
    a batch asks what that word means. Pairs of words as rare as "slowly" and "quickly" would hardly meet otherwise.
    """

    def __init__(
        self,
        shards: Shards,
        rows: Sequence[ClipRow],
        config: DataConfig,
        words: MotionWords,
        splitter: Splitter,
        patch: int,
        near_captions: float = 0.0,
        composites: tuple[Shards, Sequence[ClipRow], Partitions] | None = None,
    ) -> None:
        """composites: their shards, those of them that are drawn, and the partitions of their captions."""
        if not rows:
            raise UserError("A split of the data holds no clip; training needs more clips than these.")
        self._shards, self._rows, self._config, self._composites = shards, rows, config, composites
        self._words, self._split, self._patch, self._near_captions = words, splitter, patch, near_captions
        counts = Counter(row.content for row in rows)
        weights = np.array([counts[row.content] ** -config.balance for row in rows])
        self._weights = weights / weights.sum()
        self._said = cache(self._words_said)
        self._of_label: dict[tuple[str, str], tuple[ClipRow, ...]] = {}
        for row in rows:
            self._of_label[row.content, row.style] = (*self._of_label.get((row.content, row.style), ()), row)
        self._near = self._near_ones() if near_captions else {}

    def draw(self, size: int, mean: NDArray[np.float32], std: NDArray[np.float32], seed: Sequence[int]) -> WordBatch:
        """`size` triplets, normalized by mean and std (272,); the same for the same seed."""
        random = np.random.default_rng(list(seed))
        examples = self._examples(size, random)
        longest = max(len(example.features) for example in examples)
        features = np.zeros((size, longest, ms272.WIDTH), dtype=np.float32)
        valid = np.zeros((size, longest // self._patch), dtype=bool)
        said = np.zeros((size, len(self._words.words)), dtype=bool)
        for row, example in enumerate(examples):
            features[row, : len(example.features)] = (example.features - mean) / std
            valid[row, : len(example.features) // self._patch] = True
            said[row, list(example.said)] = True
        return WordBatch(
            features=torch.from_numpy(features),
            valid=torch.from_numpy(valid),
            captions=tuple(example.caption for example in examples),
            words=torch.tensor([example.word for example in examples]),
            places=tuple(example.place for example in examples),
            starts=torch.tensor([example.segment[0] for example in examples]),
            ends=torch.tensor([example.segment[1] for example in examples]),
            said=torch.from_numpy(said),
        )

    def _examples(self, size: int, random: np.random.Generator) -> list[WordExample]:
        """UserError where hardly any caption has a motion word."""
        examples: list[WordExample] = []
        told, mirror = self._drawn(random), False
        for _ in range(_TRIES * size):
            near = self._drawn_near(told, random) if examples and random.random() < self._near_captions else None
            if near is None:
                told, mirror = self._drawn(random), bool(random.random() < 0.5)
            else:
                told = near
            example = self._example(told, mirror, random)
            if example is not None:
                examples.append(example)
            if len(examples) == size:
                return examples
        raise UserError("Captions hold no motion words; set a lower `least_count` in the section [words].")

    def _drawn(self, random: np.random.Generator) -> _Told:
        if self._composites is not None and random.random() < self._config.composed_share:
            rows = self._composites[1]
            row = rows[int(random.integers(len(rows)))]
            return _Told(row.captions[random.integers(len(row.captions))], (row,), True, row.captions)
        row = self._rows[random.choice(len(self._rows), p=self._weights)]
        with_style = random.random() >= self._config.caption_without_style
        pool = row.captions or captions_of(row.content, row.style, self._config.captions_per_label, with_style)
        return _Told(pool[random.integers(len(pool))], (row,), False, self._all_captions(row))

    def _drawn_near(self, told: _Told, random: np.random.Generator) -> _Told | None:
        """Another whose caption is the same but for one motion word; None where there is none."""
        places = self._words.places(told.caption)
        keys = [told.caption[:start] + _GAP + told.caption[end:] for _, start, end in places]
        others = [other for key in keys for other in self._near.get(key, ()) if other.caption != told.caption]
        return others[int(random.integers(len(others)))] if others else None

    def _near_ones(self) -> dict[str, list[_Told]]:
        """Captions with a gap for one motion word → all that fill it."""
        told = [
            _Told(caption, (row,) if row.captions else rows, False, self._all_captions(row))
            for rows in self._of_label.values()
            for row in rows[:1]
            for caption in self._all_captions(row)
        ]
        if self._composites is not None:
            told += [
                _Told(caption, (row,), True, row.captions) for row in self._composites[1] for caption in row.captions
            ]
        near: dict[str, list[_Told]] = {}
        for one in told:
            for _, start, end in self._words.places(one.caption):
                near.setdefault(one.caption[:start] + _GAP + one.caption[end:], []).append(one)
        return {key: ones for key, ones in near.items() if len({one.caption for one in ones}) > 1}

    def _example(self, told: _Told, mirror: bool, random: np.random.Generator) -> WordExample | None:
        row = told.rows[int(random.integers(len(told.rows)))]
        if told.is_composed:
            assert self._composites is not None
            shards, _, partitions = self._composites
            return self._with_word(shards.clip_features(row), told, partitions.get(told.caption), mirror, random)
        start, length = draw_window(row, int(self._config.max_seconds * ms272.FPS), random)
        return self._with_word(self._shards.clip_features(row)[start : start + length], told, None, mirror, random)

    def _with_word(
        self,
        features: NDArray[np.float32],
        told: _Told,
        partition: Sequence[Segment] | None,
        mirror: bool,
        random: np.random.Generator,
    ) -> WordExample | None:
        """None where the caption has no motion word, or the motion no whole patch."""
        patches = len(features) // self._patch
        features, caption, pool = features[: patches * self._patch], told.caption, told.pool
        if mirror:
            features, caption = ms272.mirrored(features), mirrored_caption(caption)
            pool = tuple(mirrored_caption(other) for other in pool)
        found = self._words.places(caption)
        if not found or not patches:
            return None
        weights = np.array([self._words.words[word].count ** -_RARE_WORDS_FIRST for word, _, _ in found])
        word, start, end = found[random.choice(len(found), p=weights / weights.sum())]
        segment = (0, patches)
        if partition is not None:
            parts = zip(self._split(caption), partition, strict=True)
            segment = next((own for part, own in parts if part.start <= start < part.end), segment)
        return WordExample(features, caption, word, (start, end), segment, self._said(pool))

    def _words_said(self, captions: tuple[str, ...]) -> frozenset[int]:
        return frozenset(word for caption in captions for word, _, _ in self._words.places(caption))

    def _all_captions(self, row: ClipRow) -> tuple[str, ...]:
        count = self._config.captions_per_label
        return row.captions or (
            *captions_of(row.content, row.style, count),
            *captions_of(row.content, row.style, count, with_style=False),
        )


def all_captions(rows: Sequence[ClipRow], composed: Sequence[ClipRow], config: DataConfig) -> list[str]:
    """Every caption that a sampler of these rows and composites may draw, sorted."""
    own = {caption for row in (*rows, *composed) for caption in row.captions}
    for content, style in {(row.content, row.style) for row in rows if not row.captions}:
        for with_style in (True, False):
            own |= set(captions_of(content, style, config.captions_per_label, with_style))
    return sorted(own | {mirrored_caption(caption) for caption in own})
