"""A rig as the mathematics sees it: the mapped bones at rest, in the motion's axes and the armature's units."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from .axes import CharacterAxes
from .rotations import Array


@dataclass(frozen=True)
class Follow:
    """The joint of the motion whose rotation a bone takes, or a place between two: `weight` of the way to `second`."""

    first: str
    second: str | None = None
    weight: float = 0.0


@dataclass(frozen=True, eq=False)
class RigBone:
    """A mapped bone at rest: X to the character's left, Y up, +Z forward, armature units.

    role: the joint of the motion it stands for; "spine" and "neck" for any of their bones. parent: the mapped bone it
    hangs on, −1 for the pelvis. head: (3,). end: (3,) where it points. orientation: (3, 3), columns its own axes.
    """

    name: str
    role: str
    parent: int
    follow: Follow
    head: Array
    end: Array
    orientation: Array


@dataclass(frozen=True, eq=False)
class Rig:
    """The mapped bones, the pelvis first and parents before children, and the character's axes in its armature.

    stretch: (3, 3) symmetric, how the object's scale deforms the character, in the motion's axes; None where it only
    makes it larger or smaller. soles: role of a foot or of toes → (K, 3) points of its sole at rest, where a mesh shows
    them.
    """

    bones: tuple[RigBone, ...]
    axes: CharacterAxes
    family: str
    stretch: Array | None = None
    soles: Mapping[str, Array] = field(default_factory=dict)

    def find(self, role: str) -> int | None:
        """The index of the bone with this role, None where the rig has none."""
        return next((i for i, bone in enumerate(self.bones) if bone.role == role), None)

    def index(self, role: str) -> int:
        """The index of the bone with this role; ValueError where the rig has none."""
        index = self.find(role)
        if index is None:
            raise ValueError(f"the rig has no {role}")
        return index

    def head(self, role: str) -> Array:
        """(3,) the rest position of a bone that every humanoid has; ValueError where it is missing."""
        return self.bones[self.index(role)].head

    @cached_property
    def leg_length(self) -> float:
        """Thigh and shin, mean of both sides, in armature units."""
        return self._leg_length_under(np.eye(3))

    def measure(self, leg_length_m: float) -> Array:
        """(3, 3) from what a motion measures in metres, on legs of `leg_length_m`, to the armature's units.

        As many lengths of the leg as in the motion, counted as they are seen: under an object scale that differs along
        its axes, S, a way w over the ground is laid out in the armature as S⁻¹ · w.
        """
        if self.stretch is None:
            return np.eye(3) * self.leg_length / leg_length_m
        seen = self._leg_length_under(self.stretch)
        return np.asarray(np.linalg.inv(self.stretch) * seen / leg_length_m, dtype=np.float64)

    def _leg_length_under(self, stretch: Array) -> float:
        sides = [[stretch @ self.head(f"{s}_{joint}") for joint in ("hip", "knee", "ankle")] for s in ("left", "right")]
        lengths = [np.linalg.norm(knee - hip) + np.linalg.norm(ankle - knee) for hip, knee, ankle in sides]
        return float(np.mean(lengths))

    @cached_property
    def ankle_height(self) -> float:
        """The mean height of both ankles at rest."""
        return float((self.head("left_ankle")[1] + self.head("right_ankle")[1]) / 2.0)

    @cached_property
    def floor_height(self) -> float:
        """The height of the ground under the rest pose: 0 where the feet stand near it, else under the lowest foot."""
        feet = [bone for bone in self.bones if bone.role.endswith(("ankle", "foot"))]
        lowest = float(min(min(bone.head[1], bone.end[1]) for bone in feet))
        return 0.0 if abs(lowest) < 0.12 * self.leg_length else lowest

    @cached_property
    def hip_center(self) -> Array:
        """(3,) between the heads of the thighs at rest."""
        return np.asarray((self.head("left_hip") + self.head("right_hip")) / 2.0, dtype=np.float64)


def spine_places(count: int) -> tuple[float, ...]:
    """Where along the trunk, 0 the pelvis and 3 the chest, each of `count` bones of a spine belongs.

    A motion bends its trunk between four joints. The bones are dealt out evenly to the three stretches between them,
    the lowest first, so that every joint's turn is some bone's own and can be read back.
    """
    if count < 3:
        return ((), (3.0,), (1.0, 3.0))[count]
    shares = [count // 3 + (1 if k < count % 3 else 0) for k in range(3)]
    return tuple(k + (i + 1) / share for k, share in enumerate(shares) for i in range(share))
