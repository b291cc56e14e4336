"""What an alignment says of each word, and what leaving it out changes: the numbers behind the heat map."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..engine_link.answers import Alignment
from .playback import Spans

_STEERING = (
    (0.5, "The words steered most of this motion"),
    (0.7, "The words and the model's own habits share this motion"),
    (0.85, "Mostly the model's habits, nudged by the words"),
    (1.01, "Almost all habit: the words hardly steered this motion"),
)
"""Up to which SinkRatio each sentence is told. Plain walking is mostly habit, and that is well."""
_AROUND_S = 0.25
_PLAYED_SHARE = 0.7
"""Frames that attend to a word with this share of its highest weight, or more, are played when it is clicked."""


@dataclass(frozen=True, eq=False)
class WordMap:
    """An alignment with the length of its motion. frames: N; fps: of the motion."""

    alignment: Alignment
    frames: int
    fps: float

    @property
    def weights(self) -> NDArray[np.float64]:
        """(W, T) shares, 0..1."""
        return np.array(self.alignment.weights, dtype=np.float64).reshape(len(self.alignment.words), -1)

    def spans(self, word: int) -> Spans:
        """The seconds in which a word gets most of its attention."""
        row = self.weights[word]
        if not row.size or row.max() <= 0:
            return ()
        chosen = np.concatenate([[False], row >= _PLAYED_SHARE * row.max(), [False]])
        edges = np.flatnonzero(np.diff(chosen.astype(int)))
        starts = [*self.alignment.frame_starts, self.frames]
        pairs = zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True)
        return tuple((starts[a] / self.fps, starts[b] / self.fps) for a, b in pairs)

    def shares(self) -> NDArray[np.float64]:
        """(W,) each word's part of all the attention that any word got; they sum to 1."""
        sums = self.weights.sum(axis=1)
        return np.asarray(sums / max(float(sums.sum()), 1e-9))


def widened(spans: Spans, seconds: float) -> Spans:
    """The same stretches of a motion with a little before and after, to be followed by eye; joined where they meet."""
    found: list[tuple[float, float]] = []
    for start, end in spans:
        early, late = max(start - _AROUND_S, 0.0), min(end + _AROUND_S, seconds)
        if found and early <= found[-1][1]:
            found[-1] = found[-1][0], late
        else:
            found.append((early, late))
    return tuple(found)


@dataclass(frozen=True)
class Effect:
    """What leaving a word out changes, with the same seed.

    pose_cm: how far the joints are elsewhere, seen from the pelvis' place on the floor, the mean over joints and
    frames. path_m: how far away from the same point the way over the floor ends.
    """

    pose_cm: float
    path_m: float


def steering(sink_ratio: float) -> str:
    """The SinkRatio (0..1) as a sentence for whoever directs the character."""
    return next(sentence for limit, sentence in _STEERING if sink_ratio < limit)
