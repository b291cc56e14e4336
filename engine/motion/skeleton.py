"""The 22-joint skeleton: SMPL's body joints in SMPL's order, T-pose, metres, Y up, facing +Z, right-handed.

The lengths are the mean of the motion-capture actors of the open corpus (Bandai Namco Research, 1.6 m tall), rounded to
a millimetre; the joint *names* and *order* are SMPL's (Loper et al. 2015).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from engine.motion.rotations import Array, multiply, rotate

# name, parent, offset from the parent in metres. The left side is +X; right joints mirror left ones.
_CENTRE_AND_LEFT: dict[str, tuple[str | None, tuple[float, float, float]]] = {
    "pelvis": (None, (0.0, 0.940, 0.0)),
    "left_hip": ("pelvis", (0.065, -0.022, 0.0)),
    "spine1": ("pelvis", (0.0, 0.157, 0.0)),
    "left_knee": ("left_hip", (0.0, -0.391, 0.0)),
    "spine2": ("spine1", (0.0, 0.045, 0.0)),
    "left_ankle": ("left_knee", (0.0, -0.410, 0.0)),
    "spine3": ("spine2", (0.0, 0.045, 0.0)),
    "left_foot": ("left_ankle", (0.0, -0.075, 0.090)),
    "neck": ("spine3", (0.0, 0.164, 0.0)),
    "left_collar": ("spine3", (0.050, 0.130, 0.0)),
    "head": ("neck", (0.0, 0.065, 0.0)),
    "left_shoulder": ("left_collar", (0.053, 0.0, 0.0)),
    "left_elbow": ("left_shoulder", (0.243, 0.0, 0.0)),
    "left_wrist": ("left_elbow", (0.223, 0.0, 0.0)),
}

_SMPL_ORDER = [
    "pelvis", "left_hip", "right_hip", "spine1", "left_knee", "right_knee", "spine2", "left_ankle", "right_ankle",
    "spine3", "left_foot", "right_foot", "neck", "left_collar", "right_collar", "head", "left_shoulder",
    "right_shoulder", "left_elbow", "right_elbow", "left_wrist", "right_wrist",
]  # fmt: skip


@dataclass(frozen=True, eq=False)
class Skeleton:
    """Joints with their parents and rest offsets.

    joint_names: J names. parents: (J,) indices, a parent before its children, −1 for the root.
    rest_offsets: (J, 3) metres from the parent in the T-pose facing +Z, Y up; the root's is its height over the ground.
    """

    joint_names: tuple[str, ...]
    parents: tuple[int, ...]
    rest_offsets: Array

    def __post_init__(self) -> None:
        count = len(self.joint_names)
        if len(self.parents) != count or self.rest_offsets.shape != (count, 3):
            raise ValueError("joint_names, parents and rest_offsets disagree in length")
        if len(set(self.joint_names)) != count:
            raise ValueError("a joint name stands twice")
        if self.parents[0] != -1 or any(not 0 <= parent < i for i, parent in enumerate(self.parents) if i):
            raise ValueError("parents must come before their children, and only the first joint is a root")

    def index(self, name: str) -> int:
        """The index of the joint called `name`; ValueError where there is none."""
        return self.joint_names.index(name)

    @cached_property
    def mirror_indices(self) -> tuple[int, ...]:
        """(J,) for each joint the index of its twin on the other side; joints of the middle are their own."""
        swap = {"left_": "right_", "right_": "left_"}
        twins = (
            next((name.replace(side, other, 1) for side, other in swap.items() if name.startswith(side)), name)
            for name in self.joint_names
        )
        return tuple(self.index(twin) for twin in twins)

    def forward_kinematics(self, local_rotations_wxyz: Array, root_translation_m: Array) -> tuple[Array, Array]:
        """Global positions (..., J, 3) in metres and global rotations (..., J, 4).

        local_rotations_wxyz: (..., J, 4) relative to the parent, identity in the rest pose.
        root_translation_m: (..., 3).
        R_j = R_parent · r_j;  p_j = p_parent + R_parent · offset_j
        """
        positions = np.empty((*local_rotations_wxyz.shape[:-1], 3))
        rotations = np.empty(local_rotations_wxyz.shape)
        positions[..., 0, :], rotations[..., 0, :] = root_translation_m, local_rotations_wxyz[..., 0, :]
        for joints, parents in self._levels:
            carried = rotations[..., parents, :]
            positions[..., joints, :] = positions[..., parents, :] + rotate(carried, self.rest_offsets[joints])
            rotations[..., joints, :] = multiply(carried, local_rotations_wxyz[..., joints, :])
        return positions, rotations

    @cached_property
    def _levels(self) -> tuple[tuple[list[int], list[int]], ...]:
        """The joints of each depth below the root, with their parents: all that can be placed at once."""
        depths = [0]
        for parent in self.parents[1:]:
            depths.append(depths[parent] + 1)
        levels = [[j for j, depth in enumerate(depths) if depth == level] for level in range(1, max(depths) + 1)]
        return tuple((joints, [self.parents[j] for j in joints]) for joints in levels)


def _smpl_body() -> Skeleton:
    parents: dict[str, str | None] = {}
    offsets: dict[str, tuple[float, float, float]] = {}
    for name, (parent, (x, y, z)) in _CENTRE_AND_LEFT.items():
        parents[name], offsets[name] = parent, (x, y, z)
        if name.startswith("left_"):
            mirrored = name.replace("left_", "right_")
            parents[mirrored] = parent.replace("left_", "right_") if parent else None
            offsets[mirrored] = (-x, y, z)
    indices = [_SMPL_ORDER.index(parent) if (parent := parents[name]) else -1 for name in _SMPL_ORDER]
    return Skeleton(tuple(_SMPL_ORDER), tuple(indices), np.array([offsets[name] for name in _SMPL_ORDER]))


BODY = _smpl_body()
"""The skeleton of every motion in this project."""

FOOT_JOINTS = tuple(BODY.index(name) for name in ("left_ankle", "left_foot", "right_ankle", "right_foot"))
"""Left heel, left toe, right heel, right toe: the order of `foot_contacts`."""
