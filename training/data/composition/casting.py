"""Which stretch of which clip plays a part, and where it may be cut."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from random import Random

import numpy as np

from engine.motion import ms272
from engine.motion.skeleton import BODY
from training.data.captions import canonical_style
from training.data.composition.joining import FADES, Part
from training.data.composition.roles import SLACK, Kind, Role, is_told_by_label, role_of_label, role_seen
from training.data.composition.strand import Strand
from training.data.shards import ClipRow, Shards

STAND = "stand"
WALKING: tuple[Kind, ...] = ("walk", "turn")
RUNNING: tuple[Kind, ...] = ("run",)
MOVING: tuple[Kind, ...] = (*WALKING, *RUNNING)
GESTURE: tuple[Kind, ...] = ("gesture",)

_OFTEN = {"walk": 4.0, "run": 3.0, "walk-turn-left": 1.5, "walk-turn-right": 1.5, "bow": 2.0, "walks forward": 2.0}
"""How often a content is cast, against 1 of the others."""

_FEW_CLIPS = 4
"""A content of fewer clips is cast more rarely than one of many: the same clip would be seen again and again."""

_FADE = max(FADES)
_STILL_M_S = 0.2
_STILL_FRAMES = 8
_LOWERED_FRAMES = 6
_REACH = 0.2
"""How far about the middle of its event a gesture is made to last, in parts of the event: the hand is up there."""


@dataclass(frozen=True, eq=False)
class Take:
    """A clip's strand with its role in it."""

    role: Role
    strand: Strand


class Cast:
    """The clips that may play a part, by content and style."""

    def __init__(self, shards: Shards, rows: Sequence[ClipRow]) -> None:
        self._shards = shards
        self._clips: dict[tuple[str, str], list[tuple[ClipRow, Role]]] = {}
        self._roles: dict[str, Role] = {}
        gaits: dict[str, int] = {}
        for row in rows:
            features = shards.clip_features(row)
            role = role_of_label(row, features)
            if role is None and not is_told_by_label(row):
                role = role_seen(row, features, shards.frame_labels(row))
            if role is not None and self._roles.setdefault(role.content, role).kind == role.kind:
                style = canonical_style(row.style) or "normal"
                self._clips.setdefault((role.content, style), []).append((row, role))
                gaits[style] = gaits.get(style, 0) + (role.kind in MOVING)
        self._styles = sorted(style for style, count in gaits.items() if count)
        contents = Counter(style for _, style in self._clips)
        self._style_weights = [(gaits[style] * contents[style]) ** 0.5 for style in self._styles]

    def __bool__(self) -> bool:
        return bool(self._styles)

    def kind(self, content: str) -> Kind | None:
        """What sort of thing a content is; None for standing."""
        return self._roles[content].kind if content in self._roles else None

    def joints(self, content: str) -> tuple[str, ...]:
        """The joints that do it; none where it takes the whole body."""
        return self._roles[content].joints

    def style(self, random: Random) -> str:
        """A style that some gait has."""
        return random.choices(self._styles, self._style_weights)[0]

    def contents(self, kinds: Sequence[Kind], style: str) -> list[str]:
        """What there are clips of in this style."""
        return sorted(name for name, of_style in self._clips if of_style == style and self._roles[name].kind in kinds)

    def of_limbs(self, style: str) -> list[str]:
        """Gestures of some joints alone."""
        return [name for name in self.contents(GESTURE, style) if self._roles[name].joints]

    def drawn(self, among: Sequence[str], style: str, random: Random) -> str | None:
        """One of `among`, the common ones more often; None where there are none."""
        if not among:
            return None
        weights = [_OFTEN.get(name, 1.0) * min(1.0, len(self._clips[name, style]) / _FEW_CLIPS + 0.1) for name in among]
        return random.choices(list(among), weights)[0]

    def take(self, content: str, style: str, random: Random) -> Take:
        """A clip that does this, re-timed by nothing yet."""
        row, role = random.choice(self._clips[content, style])
        return Take(role, Strand.from_features(self._shards.clip_features(row)))


def retimed(take: Take, tempo: float) -> Take:
    """The take at another tempo; 1 leaves it as it is."""
    if tempo == 1.0:
        return take
    first, end = (round(frame / tempo) for frame in take.role.event)
    return Take(replace(take.role, event=(first, end)), take.strand.faster(tempo))


def sustained(take: Take, frames: int) -> Take:
    """A gesture of the arms whose event lasts about `frames`: at its middle it swings to and fro, in one smooth motion.

    A raised hand stays up so, and a waving one goes on waving.
    """
    first, end = take.role.event
    middle, reach = (first + end) // 2, _REACH * (end - first)
    swings = round((frames - (end - first)) / (2.0 * np.pi * reach))
    if swings < 1:
        return take
    phase = np.linspace(0.0, 2.0 * np.pi * swings, round(2.0 * np.pi * reach * swings), endpoint=False)
    length = len(take.strand)
    at = np.concatenate([np.arange(middle), middle + reach * np.sin(phase), np.arange(middle, length)])
    strand = take.strand.sampled(np.clip(at, 0, length - 1))
    return Take(replace(take.role, event=(first, end + len(phase))), strand)


def part_of(take: Take, random: Random, frames: int) -> Part | None:
    """The part that a take plays in a sequence: about `frames` long where it is steady; None where it is too short."""
    if take.role.kind == "gesture":
        return _gesture(take)
    if take.role.kind == "turn":
        return _turn(take)
    return _steady(take, random, frames)


def _gesture(take: Take) -> Part:
    """All of it, with held poses around, so that there is something to fade from and to."""
    first, end = take.role.event
    strand = take.strand.held(_FADE, _FADE)
    latest_entry = max(_FADE + first - _FADE, _FADE // 2)
    return Part(
        strand, (4, latest_entry), (min(_FADE + end + _LOWERED_FRAMES, len(strand) - _FADE), len(strand) - _FADE)
    )


def _turn(take: Take) -> Part | None:
    first, end = take.role.event
    enter = (max(0, first - 40), max(0, first - _FADE))
    leave = (end, min(end + 30, len(take.strand) - _FADE))
    return Part(take.strand, enter, leave) if leave[0] <= leave[1] else None


def _steady(take: Take, random: Random, frames: int) -> Part | None:
    length = min(len(take.strand), frames + 2 * SLACK)
    if length < 2 * _FADE + 24:
        return None
    start = random.randrange(len(take.strand) - length + 1)
    slack = min(SLACK, (length - 2 * _FADE) // 2)
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
