"""What part a clip can play in a composite: told by its label where the label is of gaits or gestures, else by what is
seen in it, whatever archive or folder it comes from.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from engine.motion import ms272
from engine.motion.rotations import Array
from engine.motion.skeleton import BODY, FOOT_JOINTS
from training.data.captions import actions, knows
from training.data.composition.layering import OWNED_JOINTS
from training.data.labels import FrameLabel
from training.data.measures import UPRIGHT_M, WALKS_FROM_M_S
from training.data.predicates import OBSERVATIONS
from training.data.shards import ClipRow

Kind = Literal["walk", "turn", "run", "gesture"]
SLACK = 20
"""Frames at each end of a part within which the best cut is sought."""

_BY_LABEL: Mapping[str, Kind] = {
    **dict.fromkeys(("walk", "walk-back", "walk-left", "walk-right"), "walk"),
    **dict.fromkeys(("walk-turn-left", "walk-turn-right"), "turn"),
    **dict.fromkeys(("run", "dash"), "run"),
    **dict.fromkeys((*OWNED_JOINTS, "bow"), "gesture"),
}
_CALM_M_S, _NEARLY_CALM_M_S = 0.6, 1.2
_CALM_SPEED_M_S = 0.6
_SOME_OF_A_GAIT = 0.4
_ON_GROUND_M = 0.22
_LOWERED_FRAMES = 6
_STEADY_SHARE = 0.8
_SHORTEST_GESTURE, _LONGEST_GESTURE = 24, 180
_GAITS: Mapping[str, Kind] = {
    "walks forward": "walk", "walks backward": "walk", "walks to the left": "walk", "walks to the right": "walk",
    "runs": "run",
}  # fmt: skip
_TURNS = ("turns left", "turns right")
_CURVES = ("walk and turn {side}", "walk in a curve to the {side}", "walk forward, turning to the {side}")
_ROWS = {row.name: row for row in OBSERVATIONS}
_ARMS = {joint for joints in OWNED_JOINTS.values() for joint in joints}


@dataclass(frozen=True)
class Role:
    """What a clip shows and how it may stand beside others.

    content: what is done, the same for all clips that do it. event: the frames [first, end) that must be shown; (0, 0)
    where any stretch shows it. joints: those that do it, none where it takes the whole body. actions: base forms.
    begins_upright, ends_upright: whether something may come before and after.
    """

    content: str
    kind: Kind
    event: tuple[int, int]
    joints: tuple[str, ...]
    actions: tuple[str, ...]
    begins_upright: bool = True
    ends_upright: bool = True


def is_told_by_label(row: ClipRow) -> bool:
    """Whether its label says what a clip's role could be."""
    return row.content in _BY_LABEL


def role_of_label(row: ClipRow, features: Array) -> Role | None:
    """The role of a clip whose label is of a gait or a gesture; None for other labels and gestures without rest."""
    kind = _BY_LABEL.get(row.content)
    if kind is None:
        return None
    words = tuple(actions(row.content, row.style if knows(row.content, row.style) else "normal"))
    event = (row.event_start, row.event_end)
    if kind == "gesture":
        has_rests = row.event_start >= 3 and row.event_end <= row.frames - _LOWERED_FRAMES
        if not (is_calm(features, 1) and is_calm(features, -1) and (has_rests or row.content == "bow")):
            return None
        event = (SLACK, row.frames - SLACK) if row.content == "bow" else event
    return Role(row.content, kind, event, OWNED_JOINTS.get(row.content, ()), words)


def role_seen(row: ClipRow, features: Array, labels: Sequence[FrameLabel]) -> Role | None:
    """The role of any clip by what is seen in it; None where that is more than one thing, or has no calm end."""
    seen = [label for label in labels if label.text in _ROWS]
    words = tuple(actions(row.content, row.style)) if knows(row.content, row.style) else ()
    deeds = {label.text for label in seen} - {"stands"}
    gaits = [name for name in _GAITS if name in deeds]
    main = max(gaits, key=lambda name: _covered(seen, name, row.frames), default=None)
    if main is not None and _covered(seen, main, row.frames) > _STEADY_SHARE:
        return _gait(row, seen, main, deeds, words)
    if main is not None and _covered(seen, main, row.frames) > _SOME_OF_A_GAIT:
        return None
    return _gesture(row, features, seen, deeds, words)


def _gait(row: ClipRow, seen: Sequence[FrameLabel], main: str, deeds: set[str], words: tuple[str, ...]) -> Role | None:
    others = deeds - {main}
    if words:
        return Role(row.content, _GAITS[main], (0, 0), (), words) if row.event_end == 0 else None
    if not others:
        return Role(main, _GAITS[main], (0, 0), (), _ROWS[main].actions)
    if main == "walks forward" and len(others) == 1 and (turn := next(iter(others))) in _TURNS:
        spans = [label for label in seen if label.text == turn]
        side = turn.removeprefix("turns ")
        if len(spans) == 1:
            event = (spans[0].start, spans[0].end)
            return Role(f"walks and {turn}", "turn", event, (), tuple(shape.format(side=side) for shape in _CURVES))
    return None


def _gesture(
    row: ClipRow, features: Array, seen: Sequence[FrameLabel], deeds: set[str], words: tuple[str, ...]
) -> Role | None:
    """Something that is done once, from rest to rest; at one end the body may lie or sit."""
    begins, ends = (is_calm(features, at, _NEARLY_CALM_M_S) and _is_standing(features, at) for at in (1, -1))
    if not (_SHORTEST_GESTURE <= row.frames <= _LONGEST_GESTURE) or not (begins or ends):
        return None
    limbs = [label for label in seen if set(_ROWS[label.text].joints) <= _ARMS]
    is_one_limb = len(deeds) == 1 and len(limbs) == 1
    if not words and len(deeds) != 1:
        return None
    name = row.content if words else next(iter(deeds))
    if not words and name in (*_GAITS, *_TURNS):
        return None
    stays = bool(np.linalg.norm(_way_m(features)) < WALKS_FROM_M_S)
    joints = _ROWS[limbs[0].text].joints if is_one_limb and stays else ()
    event = (limbs[0].start, limbs[0].end) if joints else (min(SLACK, row.frames // 4), row.frames - row.frames // 4)
    said = words or _ROWS[name].actions
    return Role(name, "gesture", event, joints, said, begins_upright=begins, ends_upright=ends)


def _covered(seen: Sequence[FrameLabel], name: str, frames: int) -> float:
    return sum(label.end - label.start for label in seen if label.text == name) / frames


def is_calm(features: Array, frame: int, below_m_s: float = _CALM_M_S) -> bool:
    """Whether no joint moves fast at a frame of features (N, 272)."""
    velocities = features[frame, ms272.SLICES["joint_velocities"]].reshape(-1, 3)
    return bool(np.linalg.norm(velocities, axis=-1).max() * ms272.FPS < below_m_s)


def _is_standing(features: Array, frame: int) -> bool:
    height = features[frame, ms272.SLICES["joint_positions"]].reshape(-1, 3)[:, 1]
    step = features[frame, ms272.SLICES["root_velocity"]]
    is_slow = float(np.linalg.norm(step)) * ms272.FPS < _CALM_SPEED_M_S
    return bool(height[BODY.index("pelvis")] > UPRIGHT_M and height[list(FOOT_JOINTS)].max() < _ON_GROUND_M and is_slow)


def _way_m(features: Array) -> Array:
    """(2,) about how far the body goes from the first frame to the last, as it faces."""
    return np.asarray(features[1:, ms272.SLICES["root_velocity"]].sum(axis=0))
