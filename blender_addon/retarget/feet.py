"""Feet on the ground on other proportions: no sole under the floor, none sliding while the motion's stands.

All in the motion's axes and the rig's units. The corrections are small by construction, for the legs already point
where the motion's legs point: they take up what wider hips, another ankle height and a longer foot leave over.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from .rig import Rig
from .rotations import Array, about_axis, normalize, turn
from .soles import dipping, lift_soles, on_floor, stand_level
from .source import SourceMotion
from .two_bone import solve_leg
from .wide_hips import hips_lowered, wideness

_LEVEL = np.array([1.0, 0.0, 1.0])
_UP = np.array([0.0, 1.0, 0.0])
_HEEL_BEHIND_ANKLE = 0.3  # as a share of the distance from ankle to ball
_LARGEST_TILT = np.radians(35.0)
_TILTS = 0.85  # how much less a foot on its ball counts for the height of the pelvis
_HEEL_OFF = 0.01  # as a share of the leg: a heel so far above its ball is no longer on the ground
_KNEE_COST = 4.0  # what a step along the leg costs against one across it: an arc of the hip against a bend of the knee
_RETURN_SECONDS, _LOOSE = 0.1, 0.02
_RISE_SECONDS = 0.12
_HIGHEST_RISE = 0.08  # as a share of the leg
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
    wanted_ankle: Array
    wanted_toe_joint: Array
    heel: Array
    ball: Array
    ankle: Array
    toe_joint: Array
    heel_down: NDArray[np.bool_]
    ball_down: NDArray[np.bool_]

    @property
    def stands(self) -> NDArray[np.bool_]:
        """(N,) whether any of it is on the ground."""
        return np.asarray(self.heel_down | self.ball_down)

    def on_ball(self, leg_length: float) -> Array:
        """(N,) 0 a foot that stands flat, or does not stand; 1 one that stands on its ball."""
        raised = np.clip((self.wanted_heel - self.wanted_ball)[:, 1] / (_HEEL_OFF * leg_length), 0.0, 1.0)
        return np.asarray(self.ball_down * np.where(self.heel_down, raised, 1.0), dtype=np.float64)

    @property
    def lowest(self) -> Array:
        """(N,) the height of the lower one of heel and ball."""
        return np.asarray(np.minimum(self.heel[:, 1], self.ball[:, 1]), dtype=np.float64)

    def lift(self, floor: float) -> Array:
        """(N,) by how much the foot stands lower than the motion's foot does, or higher where it is below 0."""
        clearance = np.minimum(self.wanted_heel[:, 1], self.wanted_ball[:, 1])
        return np.asarray(floor + np.maximum(clearance, 0.0) - self.lowest, dtype=np.float64)


def plant_feet(
    source: SourceMotion, rig: Rig, turns: Array, pelvis_heads: Array, still: bool = False
) -> tuple[Array, Array]:
    """Turns (N, B, 3, 3) and pelvis heads (N, 3) with the legs bent so that the feet stand; toes kept off the floor.

    What standing feet lack goes first into the pelvis, over and above the ground, then, where only a ball is down, into
    the tilt of that foot, and only the rest into the knees: near a straight leg a centimeter there is many degrees.
    """
    turns = turns.copy()
    legs = {side: [rig.index(f"{side}_{part}") for part in ("hip", "knee", "ankle")] for side in ("left", "right")}
    feet = _feet(source, rig, turns, pelvis_heads, legs)
    for side, foot in feet.items():
        stand_level(rig, side, turns, _eased(foot.stands.astype(np.float64), 2))
    feet = _feet(source, rig, turns, pelvis_heads, legs)
    pelvis_heads = pelvis_heads + _drift(list(feet.values()), source.fps, still)
    pelvis_heads = pelvis_heads + _rise(rig, list(feet.values()), source.fps)[:, None] * _UP
    feet = _feet(source, rig, turns, pelvis_heads, legs)
    if wideness(rig) > 0.0:
        turns[:, 0], pelvis_heads = hips_lowered(rig, turns[:, 0], pelvis_heads, -_lifts(rig, list(feet.values())))
    for side, foot in _feet(source, rig, turns, pelvis_heads, legs).items():
        heads = _heads(rig, turns, pelvis_heads, legs[side])
        _tread(rig, side, foot, turns, heads[2] - heads[0])
    targets = []
    for side, foot in _feet(source, rig, turns, pelvis_heads, legs).items():
        shift = _standing_shift(foot, still)
        shift[:, 1] = foot.lift(rig.floor_height) * _eased(foot.stands.astype(np.float64), 2)
        shift[:, 1] += _eased(np.maximum(rig.floor_height - foot.lowest - shift[:, 1], 0.0), 1)
        targets.append(_heads(rig, turns, pelvis_heads, legs[side])[2] + shift)
    needed = _sinking(rig, turns, pelvis_heads, list(legs.values()), targets)
    drops = needed.max(axis=0) + wideness(rig) * (needed - needed.max(axis=0))
    turns[:, 0], pelvis_heads = hips_lowered(rig, turns[:, 0], pelvis_heads, drops)
    for (hip, knee, ankle), target in zip(legs.values(), targets, strict=True):
        heads = _heads(rig, turns, pelvis_heads, (hip, knee, ankle))
        turns[:, hip], turns[:, knee] = solve_leg(heads, target, turns[:, hip], turns[:, knee], _REACH)
    for side, leg in legs.items():
        lift_soles(rig, side, turns, _heads(rig, turns, pelvis_heads, leg)[2])
    return turns, pelvis_heads


def _feet(
    source: SourceMotion, rig: Rig, turns: Array, pelvis_heads: Array, legs: dict[str, list[int]]
) -> dict[str, _Foot]:
    return {
        side: _foot(source, rig, side, turns[:, leg[2]], _heads(rig, turns, pelvis_heads, leg)[2])
        for side, leg in legs.items()
    }


def _tread(rig: Rig, side: str, foot: _Foot, turns: Array, leg: Array) -> None:
    """Where only the ball is down, tilt the foot about its own width so that the leg has its ankle where it may.

    leg: (N, 3) from the hip to the ankle. With the ball at rest under the motion's, the best of a fan of tilts is that
    which leaves the ankle least to go, steps along the leg counting more, for they bend the knee. Another length of
    the foot, or another height of the ankle, would else do so.
    """
    index, toe = rig.index(f"{side}_ankle"), rig.find(f"{side}_foot")
    bone = rig.bones[index]
    ball = bone.end if toe is None else rig.bones[toe].head
    arm = turn(turns[:, index], bone.head - on_floor(rig, ball))
    rests = _pinned(foot)
    rests[:, 1] = rig.floor_height + np.maximum(foot.wanted_ball[:, 1], 0.0)
    wanted = foot.ball + arm - rests
    width = normalize(turn(turns[:, index], np.array([1.0, 0.0, 0.0])) * _LEVEL)
    fan = np.linspace(-_LARGEST_TILT, _LARGEST_TILT, 71)[:, None]
    missing = wanted - turn(about_axis(width[None], fan), arm[None])
    along = np.sum(missing * normalize(leg), axis=-1)
    cost = np.sum(missing**2, axis=-1) + (_KNEE_COST**2 - 1.0) * along**2
    share = _eased(foot.on_ball(rig.leg_length), 2)
    tilt = _lowest(cost, fan[:, 0]) * share
    # In the air a foot that would dip into the floor is lifted by its own tilt, not by the knee.
    dips = dipping(tilt, width, -arm, foot.ball[:, 1] + arm[:, 1] - rig.floor_height)
    turns[:, index] = about_axis(width, np.where(foot.stands, tilt, tilt - dips)) @ turns[:, index]


def _lowest(cost: Array, at: Array) -> Array:
    """(N,) where costs (K, N) at evenly spaced places (K,) are least: the vertex of the parabola through three."""
    best = np.clip(np.argmin(cost, axis=0), 1, len(at) - 2)
    before, least, after = (np.take_along_axis(cost, (best + k)[None], axis=0)[0] for k in (-1, 0, 1))
    bend = before - 2.0 * least + after
    step = np.where(bend > 1e-12, 0.5 * (before - after) / np.maximum(bend, 1e-12), 0.0)
    return np.asarray(at[best] + np.clip(step, -1.0, 1.0) * (at[1] - at[0]), dtype=np.float64)


def _pinned(foot: _Foot) -> Array:
    """(N, 3) where the ball belongs: level with the motion's, moved to where the rig's is while the foot is flat."""
    offset = foot.ball - foot.wanted_ball
    rests = np.array(foot.ball)
    for start, end in stretches(foot.stands):
        flat = (foot.heel_down & foot.ball_down)[start:end]
        chosen = flat if flat.any() else np.ones(end - start, dtype=bool)
        rests[start:end] = foot.wanted_ball[start:end] + offset[start:end][chosen].mean(axis=0)
    return rests


def _drift(feet: list[_Foot], fps: float, still: bool) -> Array:
    """(N, 3) level: how the pelvis leaves the motion's way so that standing feet stay, and comes back to it.

    With o the offset, w_f whether foot f stands and d_f the step that it would slide, the least of

        Σ_t Σ_f w_f (o_{t+1} − o_t − d_f)² + (1 / τ·fps)² Σ_t o_t²

    Wider hips, or legs of other proportions, circle the standing foot another way than the motion's do.
    """
    count = len(feet[0].heel)
    weights, steps = np.full(count - 1, _LOOSE), np.zeros((count - 1, 3))
    for foot in feet:
        stands = _eased(foot.stands.astype(np.float64), 1)
        share = np.minimum(stands[1:], stands[:-1])
        weights = weights + share
        steps = steps + share[:, None] * _slide(foot, still)
    back = 1.0 / (_RETURN_SECONDS * fps) ** 2
    diagonal = np.full(count, back)
    diagonal[1:] += weights
    diagonal[:-1] += weights
    right = np.zeros((count, 3))
    right[1:] += steps
    right[:-1] -= steps
    return _solve_tridiagonal(diagonal, -weights, right)


def _slide(foot: _Foot, still: bool) -> Array:
    """(N − 1, 3) level: from each frame to the next, the step that would keep up with the motion's ball, else heel.

    still: as if the motion's did not move.
    """
    moves = 0.0 if still else 1.0
    of_ball = np.diff(moves * foot.wanted_toe_joint - foot.toe_joint, axis=0)
    of_heel = np.diff(moves * foot.wanted_ankle - foot.ankle, axis=0)
    return np.asarray(np.where(foot.ball_down[1:, None], of_ball, of_heel) * _LEVEL, dtype=np.float64)


def _solve_tridiagonal(diagonal: Array, beside: Array, right: Array) -> Array:
    """(N, C) x of the symmetric system with `diagonal` (N,) and `beside` it (N − 1,), by elimination (Thomas)."""
    pivots, values = diagonal.copy(), right.copy()
    for i in range(1, len(pivots)):
        factor = beside[i - 1] / pivots[i - 1]
        pivots[i] -= factor * beside[i - 1]
        values[i] -= factor * values[i - 1]
    values[-1] /= pivots[-1]
    for i in range(len(pivots) - 2, -1, -1):
        values[i] = (values[i] - beside[i] * values[i + 1]) / pivots[i]
    return values


def stretches(down: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """[start, end) of every stretch of frames in which something is on the ground."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], down, [False]]).astype(int)))
    return [(int(start), int(end)) for start, end in zip(edges[::2], edges[1::2], strict=True)]


def eased_between(values: Array, standing: Sequence[tuple[int, int]]) -> Array:
    """(N, C) the values in the stretches [start, end) of `standing`, eased from each to the next, and held outside."""
    eased = np.array(values)
    if not standing:
        return eased
    for (_, start), (end, _) in pairwise(standing):
        ease = np.arange(1, end - start + 1) / (end - start + 1)
        ease = (ease * ease * (3.0 - 2.0 * ease))[:, None]
        eased[start:end] = eased[start - 1] + ease * (eased[end] - eased[start - 1])
    eased[: standing[0][0]] = eased[standing[0][0]]
    eased[standing[-1][1] :] = eased[standing[-1][1] - 1]
    return eased


def _rise(rig: Rig, feet: list[_Foot], fps: float) -> Array:
    """(N,) how far the pelvis goes up so that standing feet are at their height: smooth, and carried over flights."""
    # A foot on its ball can tilt instead.
    weights = np.stack([_eased(foot.stands * (1.0 - _TILTS * foot.on_ball(rig.leg_length)), 1) for foot in feet])
    lifts = np.stack([foot.lift(rig.floor_height) for foot in feet])
    total = weights.sum(axis=0)
    if not total.any():
        return np.zeros(len(total))
    radius = max(round(_RISE_SECONDS * fps), 1)
    kernel = np.hanning(2 * radius + 3)[1:-1]
    numerator = np.convolve(np.pad((weights * lifts).sum(axis=0), radius, mode="edge"), kernel, mode="valid")
    denominator = np.convolve(np.pad(total, radius, mode="edge"), kernel, mode="valid")
    known = np.flatnonzero(denominator > 1e-6)
    risen = np.interp(np.arange(len(total)), known, numerator[known] / denominator[known])
    return np.asarray(np.clip(risen, -_HIGHEST_RISE * rig.leg_length, _HIGHEST_RISE * rig.leg_length))


def _lifts(rig: Rig, feet: list[_Foot]) -> Array:
    """(2, N) by how much wide hips roll so that each of two standing feet is at its own height."""
    lifts = np.stack([foot.lift(rig.floor_height) for foot in feet])
    both = np.min([_eased(foot.stands * (1.0 - _TILTS * foot.on_ball(rig.leg_length)), 1) for foot in feet], axis=0)
    return np.asarray(wideness(rig) * both * lifts, dtype=np.float64)


def _heads(rig: Rig, turns: Array, pelvis_heads: Array, chain: Sequence[int]) -> tuple[Array, ...]:
    """(N, 3) for each bone of a chain below the pelvis: p_b = p_parent + turn_parent · (head_b − head_parent)."""
    positions, parent, heads = pelvis_heads, 0, []
    for bone in chain:
        positions = positions + turn(turns[:, parent], rig.bones[bone].head - rig.bones[parent].head)
        heads.append(positions)
        parent = bone
    return tuple(heads)


def _foot(source: SourceMotion, rig: Rig, side: str, foot_turns: Array, ankles: Array) -> _Foot:
    ankle, toe = source.index(f"{side}_ankle"), source.index(f"{side}_foot")
    measure = rig.measure(source.leg_length_m)
    theirs = _Sole.under(source.rest_positions_m[ankle], source.rest_positions_m[toe], 0.0)
    bone, toe_bone = rig.bones[rig.index(f"{side}_ankle")], rig.find(f"{side}_foot")
    ball = bone.end if toe_bone is None else rig.bones[toe_bone].head
    ours = _Sole.under(bone.head, ball, rig.floor_height)
    positions, rotations = source.positions_m[:, ankle], source.global_rotations[:, ankle]
    column = 0 if side == "left" else 2
    return _Foot(
        wanted_heel=turn(measure, positions + turn(rotations, theirs.heel)),
        wanted_ball=turn(measure, positions + turn(rotations, theirs.ball)),
        wanted_ankle=turn(measure, positions),
        wanted_toe_joint=turn(measure, source.positions_m[:, toe]),
        ankle=ankles,
        toe_joint=ankles + turn(foot_turns, ball - bone.head),
        heel=ankles + turn(foot_turns, ours.heel),
        ball=ankles + turn(foot_turns, ours.ball),
        heel_down=source.foot_contacts[:, column] > 0.5,
        ball_down=source.foot_contacts[:, column + 1] > 0.5,
    )


def _standing_shift(foot: _Foot, still: bool = False) -> Array:
    """(N, 3) level shifts of the ankle, such that a standing foot moves only as much as the motion's does.

    In a stretch of contact the shift makes up for each frame's difference in travel, of the ball where it is down, else
    of the heel; it goes as far to one side as to the other, for it turns the leg. From stretch to stretch it eases.
    """
    shift = np.zeros_like(foot.heel)
    step = _slide(foot, still)
    standing = stretches(foot.stands)
    for start, end in standing:
        drift = np.concatenate([np.zeros((1, 3)), np.cumsum(step[start : end - 1], axis=0)])
        shift[start:end] = drift - (drift.min(axis=0) + drift.max(axis=0)) / 2.0
    return eased_between(shift, standing)


def _sinking(rig: Rig, turns: Array, pelvis_heads: Array, legs: list[list[int]], targets: list[Array]) -> Array:
    """(2, N) how far each hip has to come down for its leg to reach, eased over a fifth of a second or so."""
    needed = []
    for (hip, knee, ankle), target in zip(legs, targets, strict=True):
        start = _heads(rig, turns, pelvis_heads, (hip,))[0]
        thigh = np.linalg.norm(rig.bones[knee].head - rig.bones[hip].head)
        shin = np.linalg.norm(rig.bones[ankle].head - rig.bones[knee].head)
        gap = start - target
        level_squared = np.sum((gap * _LEVEL) ** 2, axis=-1)
        tallest = np.sqrt(np.maximum((_REACH * (thigh + shin)) ** 2 - level_squared, 0.0))
        # A leg that is kicked up or carried is not what the pelvis stands on.
        standing = target[:, 1] - rig.bones[ankle].head[1] < 0.1 * rig.leg_length
        lacking = np.where(standing, gap[:, 1] - tallest, 0.0)
        needed.append(_eased(np.clip(lacking, 0.0, 0.05 * rig.leg_length)))
    return np.stack(needed)


def _eased(values: Array, radius: int = 3) -> Array:
    """The largest value within `radius` frames, then a moving mean over as many: nowhere below `values`."""
    padded = np.pad(values, 2 * radius, mode="edge")
    largest = np.lib.stride_tricks.sliding_window_view(padded, 2 * radius + 1).max(axis=-1)
    return np.asarray(np.lib.stride_tricks.sliding_window_view(largest, 2 * radius + 1).mean(axis=-1), dtype=np.float64)
