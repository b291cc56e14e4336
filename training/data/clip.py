"""A clip: a motion of the training data with what is known about it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Literal

from engine.motion.motion import Motion
from training.data.labels import FrameLabels

PIECE, STRETCH = "~", "#"
"""Between the name of a recording and the number of the piece of it, or of the described stretch, that a clip is."""

Split = Literal["train", "validation", "test"]
SPLITS: tuple[Split, ...] = ("train", "validation", "test")


@dataclass(frozen=True, eq=False)
class Clip:
    """A motion on the 22-joint body at 30 frames a second, what is done in it, and in which manner.

    name: unique and stable, the source's own. content, style: labels of the source, e.g. "walk-turn-left", "elderly".
    captions: sentences of the source's own; where there are none, the labels make them. labels: what the source says of
    single frames; where it says nothing, they are made of what is seen. split: the published one, where there is one.
    """

    name: str
    motion: Motion
    content: str
    style: str
    captions: tuple[str, ...] = ()
    labels: FrameLabels = ()
    split: Split | None = None


def split_of(name: str) -> Split:
    """The split a clip belongs to, from a hash of its name alone: 90 % train, 5 % validation, 5 % test.

    Pieces and stretches of one recording are in the same split.
    """
    recording = name.partition(PIECE)[0].partition(STRETCH)[0]
    bucket = int.from_bytes(hashlib.sha256(recording.encode("utf-8")).digest()[:8], "big") % 100
    return "train" if bucket < 90 else "validation" if bucket < 95 else "test"
