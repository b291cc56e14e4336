"""Composition in time: one strand goes over into another where their poses are most alike.

Both play on while one fades into the other. Blended poses move their feet; so the way over the ground is not blended
but follows from the foot that stands in both: root step = what keeps it where it is.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from engine.motion import rotations
from engine.motion.rotations import Array
from training.data.composition.strand import Strand, about_up, chained

FADES = (10, 13, 16)
"""Lengths of a transition, in frames."""

_SPEED_WEIGHT_S = 0.12
_NO_COMMON_FOOT_M = 0.10
_REACH_WEIGHT = 0.5


@dataclass(frozen=True)
class Part:
    """A strand that may be joined to others.

    enter: [first, last] frames at which a transition into it may begin. leave: the same for one out of it.
    """

    strand: Strand
    enter: tuple[int, int]
    leave: tuple[int, int]


@dataclass(frozen=True)
class Join:
    """A transition of `fade` frames that begins at frame `leave` of the first and `enter` of the second strand.

    cost: how unlike the two are there, in metres a joint.
    """

    leave: int
    enter: int
    fade: int
    cost: float


def best_join(first: Part, second: Part) -> Join | None:
    """The join with the least cost within both parts' bounds; None where there is no room for any."""
    joins = [join for fade in FADES if (join := _best_of_length(first, second, fade)) is not None]
    return min(joins, key=lambda join: join.cost, default=None)


def _best_of_length(first: Part, second: Part, fade: int) -> Join | None:
    leave = np.arange(first.leave[0], min(first.leave[1], len(first.strand) - fade) + 1)
    enter = np.arange(second.enter[0], min(second.enter[1], len(second.strand) - fade) + 1)
    if not len(leave) or not len(enter):
        return None
    cost = np.zeros((len(leave), len(enter)))
    for offset in (0, fade // 2, fade - 1):
        cost += _difference(_poses(first.strand)[leave + offset], _poses(second.strand)[enter + offset]) / 3.0
    cost += _footing(first.strand, second.strand, leave, enter, fade)
    row, column = np.unravel_index(np.argmin(cost), cost.shape)
    return Join(int(leave[row]), int(enter[column]), fade, float(cost[row, column]))


def _poses(strand: Strand) -> Array:
    """(N, 44, 3) joint positions in the heading frame and, weighted, their velocities."""
    joints = strand.joints_m
    velocity = np.gradient(joints, axis=0) * 30.0
    velocity[:, :, [0, 2]] += 30.0 * strand.step_m[:, None]
    return np.concatenate([joints, _SPEED_WEIGHT_S * velocity], axis=1)


def _difference(a: Array, b: Array) -> Array:
    """(A, B) mean distance a joint between poses (A, K, 3) and (B, K, 3)."""
    return np.asarray(np.linalg.norm(a[:, None] - b[None], axis=-1).mean(axis=-1))


def _footing(first: Strand, second: Strand, leave: Array, enter: Array, fade: int) -> Array:
    """(A, B) what is wrong with the feet: none stands in both, or the one that does asks for another way than theirs.

    Over the fade the root covers what separates the standing foot's place in the heading frame before and after; it
    should be what the two speeds cover.
    """
    middle = fade // 2
    common = first.contacts[leave + middle][:, None] & second.contacts[enter + middle][None]  # (A, B, 4)
    way = fade * 0.5 * (first.step_m[leave][:, None] + second.step_m[enter + fade - 1][None])  # (A, B, 2)
    carried = first.feet_m[leave][:, None] - second.feet_m[enter + fade - 1][None]
    misfit = np.linalg.norm(carried[..., [0, 2]] - way[:, :, None], axis=-1)
    best = np.where(common, _REACH_WEIGHT * misfit, np.inf).min(axis=-1)
    return np.minimum(best, _NO_COMMON_FOOT_M)


def joined(first: Strand, second: Strand, join: Join) -> Strand:
    """`first` up to the join, the transition, and `second` from there on."""
    a, b = first.frames(join.leave, join.leave + join.fade), second.frames(join.enter, join.enter + join.fade)
    share = np.arange(1, join.fade + 1) / (join.fade + 1.0)
    share = share * share * (3.0 - 2.0 * share)
    standing = (
        first.contacts[join.leave : join.leave + join.fade] & second.contacts[join.enter : join.enter + join.fade]
    )
    blended = _on_the_ground(a, b, _blended(a, b, share), share)
    blended = _carried_by_the_feet(first.frames(0, join.leave), blended, standing)
    return chained([first.frames(0, join.leave), blended, second.frames(join.enter + join.fade, len(second))])


def _blended(a: Strand, b: Strand, share: Array) -> Strand:
    return Strand(
        rotations.slerp(a.rotations_wxyz, b.rotations_wxyz, share[:, None]),
        a.height_m + share * (b.height_m - a.height_m),
        a.turn_rad + share * (b.turn_rad - a.turn_rad),
        a.step_m + share[:, None] * (b.step_m - a.step_m),
    )


def _on_the_ground(a: Strand, b: Strand, blended: Strand, share: Array) -> Strand:
    """Raised or lowered so that the lowest foot is as high as the two strands say."""
    low_a, low_b, low = (strand.feet_m[..., 1].min(axis=1) for strand in (a, b, blended))
    height = blended.height_m + low_a + share * (low_b - low_a) - low
    return Strand(blended.rotations_wxyz, height, blended.turn_rad, blended.step_m)


def _carried_by_the_feet(before: Strand, blended: Strand, standing: Array) -> Strand:
    """The blended frames with the root steps that keep standing (T, 4) feet where they are.

    A foot at F stands still from frame t − 1 to t where  step_t = Δ_t⁻¹ · F_{t−1} − F_t,  Δ_t the change of heading.
    """
    feet = np.concatenate([before.feet_m[-1:] if len(before) else blended.feet_m[:1], blended.feet_m])
    back = about_up(-blended.turn_rad)
    steps = (rotations.rotate(back[:, None], feet[:-1]) - feet[1:])[..., [0, 2]]  # (T, 4, 2)
    weight = standing.astype(np.float64)
    count = weight.sum(axis=1)
    carried = (steps * weight[..., None]).sum(axis=1) / np.maximum(count, 1.0)[:, None]
    trust = _eased(count > 0)[:, None]
    step = blended.step_m + trust * (carried - blended.step_m)
    return Strand(blended.rotations_wxyz, blended.height_m, blended.turn_rad, step)


def _eased(flags: Array) -> Array:
    """(T,) of 0 to 1: 1 where flagged, softened over three frames so that the root's speed does not jump."""
    padded = np.pad(flags.astype(np.float64), 1, mode="edge")
    return np.minimum(flags, (padded[:-2] + padded[1:-1] + padded[2:]) / 3.0)
