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


class WordSampler:
    """Draws triplets of one split, and of composites where it is given any. Every other motion is mirrored."""

    def __init__(
        self,
        shards: Shards,
        rows: Sequence[ClipRow],
        config: DataConfig,
        words: MotionWords,
        splitter: Splitter,
        patch: int,
        composites: tuple[Shards, Sequence[ClipRow], Partitions] | None = None,
    ) -> None:
        """composites: their shards, those of them that are drawn, and the partitions of their captions."""
        if not rows:
            raise UserError("A split of the data holds no clip; training needs more clips than these.")
        self._shards, self._rows, self._config = shards, rows, config
        self._words, self._split, self._patch, self._composites = words, splitter, patch, composites
        counts = Counter(row.content for row in rows)
        weights = np.array([counts[row.content] ** -config.balance for row in rows])
        self._weights = weights / weights.sum()
        self._said = cache(self._words_said)

    def draw(self, size: int, mean: NDArray[np.float32], std: NDArray[np.float32], seed: Sequence[int]) -> WordBatch:
        """`size` triplets, normalized by mean and std (272,); the same for the same seed."""
        random = np.random.default_rng(list(seed))
        examples = [self._example(random) for _ in range(size)]
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

    def _example(self, random: np.random.Generator) -> WordExample:
        """A triplet; UserError where hardly any caption has a motion word."""
        for _ in range(_TRIES):
            is_composed = self._composites is not None and random.random() < self._config.composed_share
            example = self._composed(random) if is_composed else self._of_clip(random)
            if example is not None:
                return example
        raise UserError("Captions hold no motion words; set a lower `least_count` in the section [words].")

    def _of_clip(self, random: np.random.Generator) -> WordExample | None:
        row = self._rows[random.choice(len(self._rows), p=self._weights)]
        start, length = draw_window(row, int(self._config.max_seconds * ms272.FPS), random)
        with_style = random.random() >= self._config.caption_without_style
        pool = row.captions or captions_of(row.content, row.style, self._config.captions_per_label, with_style)
        caption = pool[random.integers(len(pool))]
        features = self._shards.clip_features(row)[start : start + length]
        return self._with_word(features, caption, None, self._all_captions(row), random)

    def _composed(self, random: np.random.Generator) -> WordExample | None:
        assert self._composites is not None
        shards, rows, partitions = self._composites
        row = rows[random.integers(len(rows))]
        caption = row.captions[random.integers(len(row.captions))]
        return self._with_word(shards.clip_features(row), caption, partitions.get(caption), row.captions, random)

    def _with_word(
        self,
        features: NDArray[np.float32],
        caption: str,
        partition: Sequence[Segment] | None,
        pool: tuple[str, ...],
        random: np.random.Generator,
    ) -> WordExample | None:
        """None where the caption has no motion word, or the motion no whole patch."""
        patches = len(features) // self._patch
        features = features[: patches * self._patch]
        if random.random() < 0.5:
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
