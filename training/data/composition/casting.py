"""Which stretch of which clip plays a part, and where it may be cut."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

import numpy as np

from engine.motion import ms272
from engine.motion.skeleton import BODY
from training.data.captions import canonical_style
from training.data.composition.joining import FADES, Part
from training.data.composition.layering import OWNED_JOINTS
from training.data.composition.strand import Strand
from training.data.shards import ClipRow, Shards

WALKS = ("walk", "walk-back", "walk-left", "walk-right", "walk-turn-left", "walk-turn-right")
RUNS = ("run", "dash")
GESTURES = (*OWNED_JOINTS, "bow")
STAND = "stand"

_OFTEN = {"walk": 4.0, "run": 2.0, "walk-turn-left": 1.5, "walk-turn-right": 1.5, "bow": 2.0}
"""How often a content is cast, against 1 of the others."""

_FADE = max(FADES)
_SLACK = 20
"""Frames at each end of a steady part within which the best cut is sought."""

_CALM_M_S = 0.6
_STILL_M_S = 0.2
_STILL_FRAMES = 8
_LOWERED_FRAMES = 6


@dataclass(frozen=True, eq=False)
class Take:
    """A clip's strand with the frames [first, end) of its event; where the label is steady, the event is empty."""

    content: str
    strand: Strand
    event: tuple[int, int]


class Cast:
    """The clips that may play a part, by content and style."""

    def __init__(self, shards: Shards, rows: Sequence[ClipRow]) -> None:
        self._shards = shards
        self._rows: dict[tuple[str, str], list[ClipRow]] = {}
        for row in rows:
            if row.content in (*WALKS, *RUNS) or (row.content in GESTURES and self._is_calm(row)):
                self._rows.setdefault((row.content, canonical_style(row.style)), []).append(row)
        counts: dict[str, int] = {}
        for (content, style), of_label in self._rows.items():
            if content in (*WALKS, *RUNS):
                counts[style] = counts.get(style, 0) + len(of_label)
        self._styles = sorted(counts)
        self._style_weights = [counts[style] ** 0.5 for style in self._styles]

    def _is_calm(self, row: ClipRow) -> bool:
        """A gesture that begins and ends in standing, so that something may come before and after."""
        ends = self._shards.clip_features(row)[[1, -1]][:, ms272.SLICES["joint_velocities"]].reshape(2, -1, 3)
        is_calm = bool(np.linalg.norm(ends, axis=-1).max() * ms272.FPS < _CALM_M_S)
        has_rests = row.event_start >= 3 and row.event_end <= row.frames - _LOWERED_FRAMES
        return is_calm and (has_rests or row.content == "bow")

    def __bool__(self) -> bool:
        return bool(self._styles)

    def style(self, random: Random) -> str:
        """A style that some gait has."""
        return random.choices(self._styles, self._style_weights)[0]

    def contents(self, among: Sequence[str], style: str) -> list[str]:
        """Those of `among` that there are clips of in this style."""
        return [content for content in among if (content, style) in self._rows]

    def content(self, among: Sequence[str], style: str, random: Random) -> str | None:
        """One of `among`, the common ones more often; None where the style has none."""
        present = self.contents(among, style)
        return random.choices(present, [_OFTEN.get(name, 1.0) for name in present])[0] if present else None

    def take(self, content: str, style: str, random: Random) -> Take:
        """A clip with this label, re-timed by nothing yet."""
        row = random.choice(self._rows[content, style])
        strand = Strand.from_features(self._shards.clip_features(row))
        event = (row.event_start, row.event_end) if row.content != "bow" else (_SLACK, row.frames - _SLACK)
        return Take(content, strand, event)


def retimed(take: Take, tempo: float) -> Take:
    """The take at another tempo; 1 leaves it as it is."""
    if tempo == 1.0:
        return take
    first, end = (round(frame / tempo) for frame in take.event)
    return Take(take.content, take.strand.faster(tempo), (first, end))


def part_of(take: Take, random: Random, frames: int) -> Part | None:
    """The part that a take plays in a sequence: about `frames` long where it is steady; None where it is too short."""
    if take.content in GESTURES:
        return _gesture(take)
    if take.content.startswith("walk-turn"):
        return _turn(take)
    return _steady(take, random, frames)


def _gesture(take: Take) -> Part:
    """All of it, with held poses around, so that there is something to fade from and to."""
    first, end = take.event
    strand = take.strand.held(_FADE, _FADE)
    latest_entry = max(_FADE + first - _FADE, _FADE // 2)
    return Part(
        strand, (4, latest_entry), (min(_FADE + end + _LOWERED_FRAMES, len(strand) - _FADE), len(strand) - _FADE)
    )


def _turn(take: Take) -> Part | None:
    first, end = take.event
    enter = (max(0, first - 40), max(0, first - _FADE))
    leave = (end, min(end + 30, len(take.strand) - _FADE))
    return Part(take.strand, enter, leave) if leave[0] <= leave[1] else None


def _steady(take: Take, random: Random, frames: int) -> Part | None:
    length = min(len(take.strand), frames + 2 * _SLACK)
    if length < 2 * _FADE + 24:
        return None
    start = random.randrange(len(take.strand) - length + 1)
    slack = min(_SLACK, (length - 2 * _FADE) // 2)
    return Part(take.strand.frames(start, start + length), (0, slack), (length - _FADE - slack, length - _FADE))


def standing(take: Take, frames: int) -> Part | None:
    """A stand of `frames`, out of the quiet frames before and after a gesture; None where it has none.

    The quiet frames are played to and fro, slowing down where they turn, as a body sways that stands.
    """
    quiet = _quietest(take.strand)
    if quiet is None:
        return None
    still = take.strand.frames(*quiet)
    period = 2.4 * (len(still) - 1)
    at = 0.5 * (len(still) - 1) * (1.0 - np.cos(2.0 * np.pi * np.arange(frames + 2 * _FADE) / max(period, 30.0)))
    return Part(still.sampled(at), (0, _FADE), (frames, frames + _FADE))


def _quietest(strand: Strand) -> tuple[int, int] | None:
    """The longest run of frames [first, end) in which no joint moves; None where there is none of some length."""
    speed = np.linalg.norm(np.gradient(strand.joints_m, axis=0), axis=-1).max(axis=1) * ms272.FPS
    is_still = (speed < _STILL_M_S) & strand.contacts.any(axis=1) & _arms_hang(strand)
    edges = np.flatnonzero(np.diff(np.concatenate([[False], is_still, [False]]).astype(int)))
    runs = sorted(zip(edges[::2], edges[1::2], strict=True), key=lambda run: run[0] - run[1])
    return (int(runs[0][0]), int(runs[0][1])) if runs and runs[0][1] - runs[0][0] >= _STILL_FRAMES else None


def _arms_hang(strand: Strand) -> np.ndarray:
    wrists, elbows = ([BODY.index(f"{side}_{joint}") for side in ("left", "right")] for joint in ("wrist", "elbow"))
    height = strand.joints_m[..., 1]
    return np.asarray((height[:, wrists] < height[:, elbows] - 0.1).all(axis=1))
