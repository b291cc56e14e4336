"""Feet that stand stay where they stand: a correction of the legs by two-bone inverse kinematics.

While a foot is in contact, its pivot (the ball where it is down, else the heel) must not travel over the ground. The
ankle is shifted by what takes that travel away, half before and half after the middle of the contact; between two
contacts the shift eases from one to the next. Hip and knee follow, pelvis and the foot's own direction stay.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np

from engine.motion import rotations
from engine.motion.contacts import foot_contacts
from engine.motion.motion import Motion
from engine.motion.rotations import Array

_REACH = 0.9995
"""The share of its length to which a leg may be stretched: at its very limit a knee snaps."""

_LEVEL = np.array([1.0, 0.0, 1.0])


def lock_feet(motion: Motion) -> Motion:
    """The motion with standing feet held in place; its contacts are found anew."""
    world = motion.global_rotations_wxyz.copy()
    local = motion.local_rotations_wxyz.copy()
    for column, side in ((0, "left"), (2, "right")):
        hip, knee, ankle, ball = (motion.skeleton.index(f"{side}_{part}") for part in ("hip", "knee", "ankle", "foot"))
        heel_down, ball_down = motion.foot_contacts[:, column] > 0.5, motion.foot_contacts[:, column + 1] > 0.5
        positions = motion.positions_m
        shift = _shift(positions[:, ankle], positions[:, ball], heel_down, ball_down)
        world[:, hip], world[:, knee] = _solve_leg(
            positions[:, [hip, knee, ankle]], positions[:, ankle] + shift, world[:, hip], world[:, knee]
        )
        for parent, joint in ((0, hip), (hip, knee), (knee, ankle)):
            local[:, joint] = rotations.multiply(rotations.inverse(world[:, parent]), world[:, joint])
    locked = replace(motion, local_rotations_wxyz=rotations.continuous(local))
    return replace(locked, foot_contacts=foot_contacts(locked.positions_m, motion.fps))


def _shift(heel_m: Array, ball_m: Array, heel_down: np.ndarray, ball_down: np.ndarray) -> Array:
    """(N, 3) level shift of the ankle; heel_m, ball_m (N, 3), heel_down, ball_down (N,)."""
    down = heel_down | ball_down
    shift = np.zeros_like(heel_m)
    edges = np.flatnonzero(np.diff(np.concatenate([[False], down, [False]]).astype(int)))
    stretches = list(zip(edges[::2], edges[1::2], strict=True))
    if not stretches:
        return shift
    travel = np.where(ball_down[1:, None], np.diff(ball_m, axis=0), np.diff(heel_m, axis=0)) * _LEVEL
    for start, end in stretches:
        travelled = np.concatenate([np.zeros((1, 3)), np.cumsum(travel[start : end - 1], axis=0)])
        shift[start:end] = travelled.mean(axis=0) - travelled
    for (_, left), (landed, _) in pairwise(stretches):
        ease = np.arange(1, landed - left + 1) / (landed - left + 1)
        ease = (ease * ease * (3.0 - 2.0 * ease))[:, None]
        shift[left:landed] = shift[left - 1] + ease * (shift[landed] - shift[left - 1])
    shift[: stretches[0][0]] = shift[stretches[0][0]]
    shift[stretches[-1][1] :] = shift[stretches[-1][1] - 1]
    return shift


def _solve_leg(leg_m: Array, target_m: Array, thigh_wxyz: Array, shin_wxyz: Array) -> tuple[Array, Array]:
    """Global rotations of thigh and shin (N, 4) that bring the ankle to target_m (N, 3).

    leg_m: (N, 3, 3) hip, knee and ankle. The knee bends in the plane that it bends in; where the leg is straight, about
    the thigh's own side axis, backwards. A target out of reach is approached as far as the leg goes.
    """
    hip, knee, ankle = leg_m[:, 0], leg_m[:, 1], leg_m[:, 2]
    thigh, shin = np.linalg.norm(knee - hip, axis=-1), np.linalg.norm(ankle - knee, axis=-1)
    reach = np.clip(np.linalg.norm(target_m - hip, axis=-1), np.abs(thigh - shin) + 1e-6, _REACH * (thigh + shin))

    def knee_angle(distance: Array) -> Array:
        # The law of cosines: d² = a² + b² − 2ab·cos γ
        return np.asarray(np.arccos(np.clip((thigh**2 + shin**2 - distance**2) / (2 * thigh * shin), -1.0, 1.0)))

    opening = knee_angle(reach) - knee_angle(np.linalg.norm(ankle - hip, axis=-1))
    axis = np.cross(hip - knee, ankle - knee)
    backwards = rotations.rotate(thigh_wxyz, np.array([-1.0, 0.0, 0.0]))
    is_bent = np.linalg.norm(axis, axis=-1, keepdims=True) > 1e-3 * (thigh * shin)[:, None]
    axis = rotations.normalize(np.where(is_bent, axis, backwards))
    bend = rotations.from_axis_angle(axis, opening)
    bent_ankle = knee + rotations.rotate(bend, ankle - knee)
    swing = rotations.between_vectors(bent_ankle - hip, target_m - hip)
    return rotations.multiply(swing, thigh_wxyz), rotations.multiply(swing, rotations.multiply(bend, shin_wxyz))
