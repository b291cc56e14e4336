"""Feet that stand stay where they stand: a correction of the legs by two-bone inverse kinematics.

While a foot is in contact, its pivot (the ball where it is down, else the heel) must not travel over the ground. The
ankle is shifted by what takes that travel away, half before and half after the middle of the contact; between two
contacts the shift eases from one to the next. Hip and knee follow, pelvis and the foot's own direction stay.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from engine.motion import rotations
from engine.motion.contacts import foot_contacts
from engine.motion.motion import Motion
from engine.motion.rotations import Array

_REACH = 0.9995
"""The share of its length to which a leg may be stretched: at its very limit a knee snaps."""

_BENT = 0.3
"""The sine of the knee's bend from which on the leg's own plane can be told."""

_LEVEL = np.array([1.0, 0.0, 1.0])


SIDES = ("left", "right")


def lock_feet(motion: Motion) -> Motion:
    """The motion with standing feet held in place; its contacts are found anew."""
    locked = with_moved_ankles(motion, standing_shifts(motion, np.zeros(len(motion), dtype=np.bool_)))
    return replace(locked, foot_contacts=foot_contacts(locked.positions_m, motion.fps))


def standing_shifts(motion: Motion, frozen: NDArray[np.bool_]) -> Array:
    """(N, 2, 3) level shifts in metres of the left and the right ankle that hold standing feet in place.

    Where `frozen` (N,) is true nothing may move: there the shift is 0, and a foot that stands there stays there.
    """
    positions, down = motion.positions_m, motion.foot_contacts > 0.5
    shifts = [
        _shift(
            positions[:, motion.skeleton.index(f"{side}_ankle")],
            positions[:, motion.skeleton.index(f"{side}_foot")],
            down[:, 2 * i],
            down[:, 2 * i + 1],
            frozen,
        )
        for i, side in enumerate(SIDES)
    ]
    return np.stack(shifts, axis=1)


def with_moved_ankles(motion: Motion, shifts_m: Array) -> Motion:
    """The motion with its ankles shifted by shifts_m (N, 2, 3), left and right; hips and knees follow.

    Pelvis and the feet's directions stay; a leg that is not shifted in any frame is left alone to the last bit.
    """
    world_positions, world = motion.skeleton.forward_kinematics(motion.local_rotations_wxyz, motion.root_translation_m)
    local = motion.local_rotations_wxyz.copy()
    for i, side in enumerate(SIDES):
        if not shifts_m[:, i].any():
            continue
        hip, knee, ankle = (motion.skeleton.index(f"{side}_{part}") for part in ("hip", "knee", "ankle"))
        leg = world_positions[:, [hip, knee, ankle]]
        world[:, hip], world[:, knee] = _solve_leg(leg, leg[:, 2] + shifts_m[:, i], world[:, hip], world[:, knee])
        moved = np.any(shifts_m[:, i] != 0.0, axis=-1)
        for parent, joint in ((0, hip), (hip, knee), (knee, ankle)):
            solved = rotations.multiply(rotations.inverse(world[moved, parent]), world[moved, joint])
            local[moved, joint] = with_signs_of(local[moved, joint], solved)
    return replace(motion, local_rotations_wxyz=local)


def with_signs_of(old_wxyz: Array, new_wxyz: Array) -> Array:
    """The rotations `new` (n, 4), each as that one of its two quaternions that is nearer to `old` (n, 4)."""
    opposite = np.sum(old_wxyz * new_wxyz, axis=-1, keepdims=True) < 0.0
    return np.where(opposite, -new_wxyz, new_wxyz)


def _shift(
    heel_m: Array, ball_m: Array, heel_down: NDArray[np.bool_], ball_down: NDArray[np.bool_], frozen: NDArray[np.bool_]
) -> Array:
    """(N, 3) level shift of the ankle; heel_m, ball_m (N, 3), heel_down, ball_down, frozen (N,)."""
    down = heel_down | ball_down
    shift = np.zeros_like(heel_m)
    travel = np.where(ball_down[1:, None], np.diff(ball_m, axis=0), np.diff(heel_m, axis=0)) * _LEVEL
    for start, end in _stretches(down):
        travelled = np.concatenate([np.zeros((1, 3)), np.cumsum(travel[start : end - 1], axis=0)])
        anchors = np.flatnonzero(frozen[start:end])
        shift[start:end] = _travel_at(anchors, travelled) - travelled
    held = _stretches(down | frozen)
    for (_, left), (landed, _) in pairwise(held):
        ease = smooth_step(np.arange(1, landed - left + 1) / (landed - left + 1))[:, None]
        shift[left:landed] = shift[left - 1] + ease * (shift[landed] - shift[left - 1])
    if held:
        shift[: held[0][0]] = shift[held[0][0]]
        shift[held[-1][1] :] = shift[held[-1][1] - 1]
    return shift


def _travel_at(anchors: NDArray[np.intp], travelled: Array) -> Array:
    """What a standing foot may travel, (n, 3): nothing from its middle, or what takes it from anchor to anchor."""
    if len(anchors) == 0:
        return np.asarray(travelled.mean(axis=0, keepdims=True))
    frames = np.arange(len(travelled))
    return np.stack([np.interp(frames, anchors, travelled[anchors, axis]) for axis in range(3)], axis=-1)


def _stretches(flags: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """Where `flags` (N,) is true without a break: frames [start, end)."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], flags, [False]]).astype(np.int8)))
    return list(zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True))


def smooth_step(x: Array) -> Array:
    """3x² − 2x³: from 0 to 1 with no slope at either end."""
    return x * x * (3.0 - 2.0 * x)


def _solve_leg(leg_m: Array, target_m: Array, thigh_wxyz: Array, shin_wxyz: Array) -> tuple[Array, Array]:
    """Global rotations of thigh and shin (N, 4) that bring the ankle to target_m (N, 3).

    leg_m: (N, 3, 3) hip, knee and ankle. The knee bends in the plane that it bends in; the straighter the leg, the more
    about the thigh's own side axis, backwards. A target out of reach is approached as far as the leg goes.
    """
    hip, knee, ankle = leg_m[:, 0], leg_m[:, 1], leg_m[:, 2]
    thigh, shin = np.linalg.norm(knee - hip, axis=-1), np.linalg.norm(ankle - knee, axis=-1)
    reach = np.clip(np.linalg.norm(target_m - hip, axis=-1), np.abs(thigh - shin) + 1e-6, _REACH * (thigh + shin))

    def knee_angle(distance: Array) -> Array:
        # The law of cosines: d² = a² + b² − 2ab·cos γ
        return np.asarray(np.arccos(np.clip((thigh**2 + shin**2 - distance**2) / (2 * thigh * shin), -1.0, 1.0)))

    opening = knee_angle(reach) - knee_angle(np.linalg.norm(ankle - hip, axis=-1))
    axis = np.cross(hip - knee, ankle - knee) / (thigh * shin)[:, None]
    backwards = rotations.rotate(thigh_wxyz, np.array([-1.0, 0.0, 0.0]))
    bent = np.minimum(np.linalg.norm(axis, axis=-1, keepdims=True) / _BENT, 1.0)
    axis = rotations.normalize(bent * rotations.normalize(axis) + (1.0 - bent) * backwards)
    bend = rotations.from_axis_angle(axis, opening)
    bent_ankle = knee + rotations.rotate(bend, ankle - knee)
    swing = rotations.between_vectors(bent_ankle - hip, target_m - hip)
    return rotations.multiply(swing, thigh_wxyz), rotations.multiply(swing, rotations.multiply(bend, shin_wxyz))
