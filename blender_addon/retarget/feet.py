"""Feet on the ground on other proportions: no sole under the floor, none sliding while the motion's stands.

All in the motion's axes and the rig's units. The corrections are small by construction, for the legs already point
where the motion's legs point: they take up what wider hips, another ankle height and a longer foot leave over.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from .rig import Rig
from .rotations import Array, about_axis, normalize, turn
from .source import SourceMotion
from .two_bone import solve_leg

_LEVEL = np.array([1.0, 0.0, 1.0])
_UP = np.array([0.0, 1.0, 0.0])
_HEEL_BEHIND_ANKLE = 0.3  # as a share of the distance from ankle to ball
_REACH = 0.9995  # a leg is never straightened wholly: a knee at its limit snaps


@dataclass(frozen=True, eq=False)
class _Sole:
    """Points of a sole at rest, relative to the ankle: heel (3,) and ball (3,), both on the floor."""

    heel: Array
    ball: Array

    @classmethod
    def under(cls, ankle: Array, ball: Array, floor: float) -> _Sole:
        ahead = (ball - ankle) * _LEVEL
        down = (floor - ankle[1]) * _UP
        return cls(heel=down - _HEEL_BEHIND_ANKLE * ahead, ball=down + ahead)


@dataclass(frozen=True, eq=False)
class _Foot:
    """One foot: where heel and ball are in the scaled motion and on the rig, (N, 3) each, and what is on the ground."""

    wanted_heel: Array
    wanted_ball: Array
    heel: Array
    ball: Array
    heel_down: NDArray[np.bool_]
    ball_down: NDArray[np.bool_]

    def correction(self, floor: float) -> Array:
        """(N, 3) what to add to the ankle.

        A standing foot gets exactly the clearance that the motion's foot has. A foot in the air follows its leg: with
        a longer foot the same clearance would cost a bent knee.
        """
        shift = _standing_shift(self)
        clearance = np.minimum(self.wanted_heel[:, 1], self.wanted_ball[:, 1])
        lift = floor + np.maximum(clearance, 0.0) - np.minimum(self.heel[:, 1], self.ball[:, 1])
        shift[:, 1] = lift * _eased((self.heel_down | self.ball_down).astype(np.float64), 2)
        return shift


def plant_feet(source: SourceMotion, rig: Rig, turns: Array, pelvis_heads: Array) -> tuple[Array, Array]:
    """Turns (N, B, 3, 3) and pelvis heads (N, 3) with the legs bent so that the feet stand; toes kept off the floor."""
    turns = turns.copy()
    legs = [[_bone(rig, f"{side}_{part}") for part in ("hip", "knee", "ankle")] for side in ("left", "right")]
    targets = []
    for side, (hip, knee, ankle) in zip(("left", "right"), legs, strict=True):
        ankles = _heads(rig, turns, pelvis_heads, (hip, knee, ankle))[2]
        foot = _foot(source, rig, side, turns[:, ankle], ankles)
        targets.append(ankles + foot.correction(rig.floor_height))
    pelvis_heads = pelvis_heads - _sinking(rig, turns, pelvis_heads, legs, targets)[:, None] * _UP
    for (hip, knee, ankle), target in zip(legs, targets, strict=True):
        heads = _heads(rig, turns, pelvis_heads, (hip, knee, ankle))
        turns[:, hip], turns[:, knee] = solve_leg(heads, target, turns[:, hip], turns[:, knee], _REACH)
    for side, (hip, knee, ankle) in zip(("left", "right"), legs, strict=True):
        ankles = _heads(rig, turns, pelvis_heads, (hip, knee, ankle))[2]
        _lift_toes(rig, side, turns, ankles)
    return turns, pelvis_heads


def _bone(rig: Rig, role: str) -> int:
    index = rig.find(role)
    if index is None:
        raise ValueError(f"the rig has no {role}")
    return index


def _heads(rig: Rig, turns: Array, pelvis_heads: Array, chain: tuple[int, ...]) -> tuple[Array, ...]:
    """(N, 3) for each bone of a chain below the pelvis: p_b = p_parent + turn_parent · (head_b − head_parent)."""
    positions, parent, heads = pelvis_heads, 0, []
    for bone in chain:
        positions = positions + turn(turns[:, parent], rig.bones[bone].head - rig.bones[parent].head)
        heads.append(positions)
        parent = bone
    return tuple(heads)


def _foot(source: SourceMotion, rig: Rig, side: str, foot_turns: Array, ankles: Array) -> _Foot:
    ankle, toe = source.index(f"{side}_ankle"), source.index(f"{side}_foot")
    scale = rig.leg_length / source.leg_length_m
    theirs = _Sole.under(source.rest_positions_m[ankle], source.rest_positions_m[toe], 0.0)
    bone, toe_bone = rig.bones[_bone(rig, f"{side}_ankle")], rig.find(f"{side}_foot")
    ball = bone.end if toe_bone is None else rig.bones[toe_bone].head
    ours = _Sole.under(bone.head, ball, rig.floor_height)
    positions, rotations = source.positions_m[:, ankle], source.global_rotations[:, ankle]
    column = 0 if side == "left" else 2
    return _Foot(
        wanted_heel=scale * (positions + turn(rotations, theirs.heel)),
        wanted_ball=scale * (positions + turn(rotations, theirs.ball)),
        heel=ankles + turn(foot_turns, ours.heel),
        ball=ankles + turn(foot_turns, ours.ball),
        heel_down=source.foot_contacts[:, column] > 0.5,
        ball_down=source.foot_contacts[:, column + 1] > 0.5,
    )


def _standing_shift(foot: _Foot) -> Array:
    """(N, 3) level shifts of the ankle, such that a standing foot moves only as much as the motion's does.

    In a stretch of contact the shift makes up for each frame's difference in travel, of the ball where it is down, else
    of the heel; its mean is 0, which leaves the leg where it points. Between stretches it eases from one to the next.
    """
    down = foot.heel_down | foot.ball_down
    shift = np.zeros_like(foot.heel)
    if not down.any():
        return shift
    of_ball = np.diff(foot.wanted_ball - foot.ball, axis=0)
    of_heel = np.diff(foot.wanted_heel - foot.heel, axis=0)
    step = np.where(foot.ball_down[1:, None], of_ball, of_heel) * _LEVEL
    edges = np.flatnonzero(np.diff(np.concatenate([[False], down, [False]]).astype(int)))
    stretches = list(zip(edges[::2], edges[1::2], strict=True))
    for start, end in stretches:
        drift = np.concatenate([np.zeros((1, 3)), np.cumsum(step[start : end - 1], axis=0)])
        shift[start:end] = drift - drift.mean(axis=0)
    for (_, start), (end, _) in pairwise(stretches):
        ease = np.arange(1, end - start + 1) / (end - start + 1)
        ease = (ease * ease * (3.0 - 2.0 * ease))[:, None]
        shift[start:end] = shift[start - 1] + ease * (shift[end] - shift[start - 1])
    shift[: stretches[0][0]] = shift[stretches[0][0]]
    shift[stretches[-1][1] :] = shift[stretches[-1][1] - 1]
    return shift


def _sinking(rig: Rig, turns: Array, pelvis_heads: Array, legs: list[list[int]], targets: list[Array]) -> Array:
    """(N,) how far the pelvis has to come down for both legs to reach, eased over a fifth of a second or so."""
    needed = np.zeros(len(pelvis_heads))
    for (hip, knee, ankle), target in zip(legs, targets, strict=True):
        start = _heads(rig, turns, pelvis_heads, (hip,))[0]
        thigh = np.linalg.norm(rig.bones[knee].head - rig.bones[hip].head)
        shin = np.linalg.norm(rig.bones[ankle].head - rig.bones[knee].head)
        gap = start - target
        level_squared = np.sum((gap * _LEVEL) ** 2, axis=-1)
        tallest = np.sqrt(np.maximum((_REACH * (thigh + shin)) ** 2 - level_squared, 0.0))
        # A leg that is kicked up or carried is not what the pelvis stands on.
        standing = target[:, 1] - rig.bones[ankle].head[1] < 0.1 * rig.leg_length
        needed = np.maximum(needed, np.where(standing, gap[:, 1] - tallest, 0.0))
    return _eased(np.clip(needed, 0.0, 0.05 * rig.leg_length))


def _eased(values: Array, radius: int = 3) -> Array:
    """The largest value within `radius` frames, then a moving mean over as many: nowhere below `values`."""
    padded = np.pad(values, 2 * radius, mode="edge")
    largest = np.lib.stride_tricks.sliding_window_view(padded, 2 * radius + 1).max(axis=-1)
    return np.asarray(np.lib.stride_tricks.sliding_window_view(largest, 2 * radius + 1).mean(axis=-1), dtype=np.float64)


def _lift_toes(rig: Rig, side: str, turns: Array, ankles: Array) -> None:
    """Turn a foot up whose ball would go through the floor, then the toes whose tips would, as when a heel rises."""
    foot, toe = _bone(rig, f"{side}_ankle"), rig.find(f"{side}_foot")
    bone = rig.bones[foot]
    ball = bone.end if toe is None else rig.bones[toe].head
    lift = _lift(turn(turns[:, foot], _on_floor(rig, ball) - bone.head), ankles[:, 1] - rig.floor_height)
    turns[:, foot] = lift @ turns[:, foot]
    if toe is None:
        return
    root = ankles + turn(turns[:, foot], rig.bones[toe].head - bone.head)
    turns[:, toe] = lift @ turns[:, toe]
    tip = turn(turns[:, toe], _on_floor(rig, rig.bones[toe].end) - rig.bones[toe].head)
    turns[:, toe] = _lift(tip, root[:, 1] - rig.floor_height) @ turns[:, toe]


def _on_floor(rig: Rig, point: Array) -> Array:
    return np.asarray(point * _LEVEL + rig.floor_height * _UP, dtype=np.float64)


def _lift(arms: Array, heights: Array) -> Array:
    """(N, 3, 3) turns that raise the ends of `arms` (N, 3) to the floor, `heights` (N,) below where they begin."""
    lengths = np.maximum(np.linalg.norm(arms, axis=-1), 1e-9)
    slopes = np.arcsin(np.clip(arms[:, 1] / lengths, -1.0, 1.0))
    lowest = np.arcsin(np.clip(-heights / lengths, -1.0, 1.0))
    return about_axis(normalize(np.cross(arms, _UP)), np.maximum(lowest - slopes, 0.0))
