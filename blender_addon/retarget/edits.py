"""A motion moved, mirrored, or played at another speed."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from ..errors import AddonError
from .rotations import Array, about_axis, from_matrix, slerp, turn
from .source import SourceMotion

_UP = np.array([0.0, 1.0, 0.0])


def moved(motion: SourceMotion, headings_rad: Array, centers_m: Array, onto_m: Array) -> SourceMotion:
    """The motion turned about the vertical through points of the ground, which come to lie on others.

    headings_rad: () or (N,). centers_m, onto_m: (3,) or (N, 3); their heights don't matter.
    """
    yaw = about_axis(_UP, headings_rad)
    level = np.array([1.0, 0.0, 1.0])
    rotations = motion.local_rotations_wxyz.copy()
    rotations[:, 0] = from_matrix(yaw @ motion.global_rotations[:, 0])
    root = turn(yaw, motion.root_translation_m - centers_m * level) + onto_m * level
    return replace(motion, local_rotations_wxyz=rotations, root_translation_m=root)


def heading_rad(motion: SourceMotion) -> Array:
    """(N,) where the pelvis faces: 0 along +Z, rising toward +X, without jumps."""
    forward = motion.global_rotations[:, 0, :, 2]
    return np.unwrap(np.arctan2(forward[:, 0], forward[:, 2]))


def hip_centers_m(motion: SourceMotion) -> Array:
    """(N, 3) the middle between both hips."""
    hips = [motion.index("left_hip"), motion.index("right_hip")]
    return np.asarray(motion.positions_m[:, hips].mean(axis=1), dtype=np.float64)


def standing_as(motion: SourceMotion, other: SourceMotion) -> SourceMotion:
    """The motion where its first frame stands and faces as the first frame of another."""
    by = heading_rad(other)[0] - heading_rad(motion)[0]
    return moved(motion, by, hip_centers_m(motion)[0], hip_centers_m(other)[0])


def mirrored(motion: SourceMotion) -> SourceMotion:
    """Left and right exchanged: reflection in the plane x = 0, which negates y and z of every quaternion."""
    names = motion.joint_names
    swap = {"left_": "right_", "right_": "left_"}
    twins = [
        motion.index(next((name.replace(side, swap[side], 1) for side in swap if name.startswith(side)), name))
        for name in names
    ]
    return replace(
        motion,
        local_rotations_wxyz=motion.local_rotations_wxyz[:, twins] * np.array([1.0, 1.0, -1.0, -1.0]),
        root_translation_m=motion.root_translation_m * np.array([-1.0, 1.0, 1.0]),
        foot_contacts=motion.foot_contacts[:, [2, 3, 0, 1]],
    )


def retimed(motion: SourceMotion, frames: int) -> SourceMotion:
    """The motion played evenly faster or slower, so that it has `frames` frames at its own frame rate.

    AddonError for fewer than two frames.
    """
    if frames < 2 or len(motion) < 2:
        raise AddonError("A motion can be re-timed to two frames or more.")
    times = np.linspace(0.0, len(motion) - 1, frames)
    first = np.minimum(times.astype(int), len(motion) - 2)
    weight = (times - first)[:, None]

    def linear(values: Array) -> Array:
        return np.asarray(values[first] + weight * (values[first + 1] - values[first]), dtype=np.float64)

    rotations = motion.local_rotations_wxyz
    return replace(
        motion,
        local_rotations_wxyz=slerp(rotations[first], rotations[first + 1], weight),
        root_translation_m=linear(motion.root_translation_m),
        foot_contacts=linear(motion.foot_contacts),
    )
