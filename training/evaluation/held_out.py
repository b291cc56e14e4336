"""Real motion that no training has seen, with its captions: what every model is measured beside, and asked for."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.errors import UserError
from engine.motion import ms272
from engine.motion.motion import Motion
from training.data.captions import captions as captions_of
from training.data.captions import mirrored_caption
from training.data.clip import Split
from training.data.shards import ClipRow, Shards
from training.data.windows import draw_window

LONGEST_SECONDS = 8.0
CAPTIONS_PER_LABEL = 64
_MIRROR = {"left": "right", "right": "left"}


@dataclass(frozen=True, eq=False)
class Example:
    """A stretch of a clip and a sentence that says what is done in it; both may be mirrored.

    content: the clip's label, its sides swapped in a mirrored one. features: (N, 272) as the shards have them.
    """

    clip: str
    content: str
    style: str
    caption: str
    features: NDArray[np.float32]
    mirror: bool

    @property
    def motion(self) -> Motion:
        """Decoded each time it is asked for, since many examples are kept and few are looked at."""
        motion = ms272.decode(self.features)
        return motion.mirrored() if self.mirror else motion

    @property
    def seconds(self) -> float:
        return len(self.features) / ms272.FPS


def examples_of_content(shards: Shards, split: Split, count: int, random: np.random.Generator) -> list[Example]:
    """Up to `count` examples of each content that the split has, mirrored ones among them."""
    examples = draw_examples(shards, split, 2 * len(shards.of(split)), random)
    kept: Counter[str] = Counter()
    chosen = []
    for example in examples:
        if kept[example.content] < count:
            kept[example.content] += 1
            chosen.append(example)
    return chosen


def draw_examples(shards: Shards, split: Split, count: int, random: np.random.Generator) -> list[Example]:
    """`count` examples of a split: every clip and its mirror image once, in random order, before any comes again.

    Which stretch of a clip is shown, and in which words it is told, is drawn anew each time. UserError for an empty
    split.
    """
    rows = shards.of(split)
    if not rows:
        raise UserError(f"The {split} split of the data holds no clip; evaluation needs more clips than these.")
    return [_example(shards, row, mirror, random) for row, mirror in _in_turn(rows, count, random)]


def _in_turn(rows: Sequence[ClipRow], count: int, random: np.random.Generator) -> Iterator[tuple[ClipRow, bool]]:
    given = 0
    while given < count:
        for index in random.permutation(2 * len(rows))[: count - given]:
            yield rows[index // 2], bool(index % 2)
            given += 1


def _example(shards: Shards, row: ClipRow, mirror: bool, random: np.random.Generator) -> Example:
    start, length = draw_window(row, int(LONGEST_SECONDS * ms272.FPS), random)
    pool = row.captions or captions_of(row.content, row.style, CAPTIONS_PER_LABEL)
    caption = pool[random.integers(len(pool))]
    return Example(
        clip=row.name,
        content=mirrored_label(row.content) if mirror else row.content,
        style=row.style,
        caption=mirrored_caption(caption) if mirror else caption,
        features=shards.clip_features(row)[start : start + length],
        mirror=mirror,
    )


def mirrored_label(content: str) -> str:
    """“walk-turn-left” for “walk-turn-right”."""
    return "-".join(_MIRROR.get(word, word) for word in content.split("-"))
