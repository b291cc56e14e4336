"""Frame labels: what is done in which frames of a clip, from the source where it says so, else as it is seen.

They are what the autoencoder's class tokens are made of (section 2 of the methods).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from engine.motion.motion import Motion
from training.data.captions import actions, knows, mirrored_caption, told
from training.data.predicates import observed


class FrameLabel(NamedTuple):
    """A sentence without a subject ("walks forward") for the frames [start, end) of a clip."""

    start: int
    end: int
    text: str

    def mirrored(self) -> FrameLabel:
        """The label of the mirrored motion."""
        return FrameLabel(self.start, self.end, mirrored_caption(self.text))


FrameLabels = tuple[FrameLabel, ...]


def observed_labels(motion: Motion) -> FrameLabels:
    """All that is observed in a motion, each with its frames; several may hold in one frame."""
    return tuple(FrameLabel(seen.start, seen.end, seen.observation.name) for seen in observed(motion))


def labels_of(motion: Motion, content: str, style: str, event: tuple[int, int]) -> FrameLabels:
    """What is observed in a motion, and what its label says of its event; of all of it where the label is steady.

    event: frames [start, end), (0, 0) where any stretch shows what the label says.
    """
    seen = observed_labels(motion)
    if not knows(content, style):
        return seen
    start, end = event if event[1] else (0, len(motion))
    return (FrameLabel(start, end, told("someone", actions(content, style)[0], 0)), *seen)


def labels_within(labels: Sequence[FrameLabel], start: int, end: int) -> FrameLabels:
    """The labels that hold somewhere in the frames [start, end), counted from `start` and cut at both ends."""
    return tuple(
        FrameLabel(max(label.start, start) - start, min(label.end, end) - start, label.text)
        for label in labels
        if label.start < end and label.end > start
    )
