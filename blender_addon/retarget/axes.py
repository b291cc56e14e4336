"""Between the axes of a motion and those of an armature; both directions side by side, and nowhere else.

A motion: X to the character's left, Y up, +Z forward, right-handed. An armature: whatever its author chose; Blender's
habit is Z up and facing −Y. With the matrix C whose columns are the armature's directions for left, up and forward:

    v_armature = C · v_motion          R_armature = C · R_motion · Cᵀ   (a turn in space)
    v_motion = Cᵀ · v_armature         M_motion = Cᵀ · M_armature       (an orientation, whose own axes stay)
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .rotations import Array, normalize, turn


@dataclass(frozen=True, eq=False)
class CharacterAxes:
    """matrix: (3, 3) with columns left, up, forward of the character in armature space; a rotation."""

    matrix: Array

    @classmethod
    def facing(cls, up: Array, forward: Array) -> CharacterAxes:
        """From the up direction (3,) and a roughly forward direction (3,) in armature space."""
        up = normalize(up)
        forward = normalize(forward - np.dot(forward, up) * up)
        return cls(np.stack([np.cross(up, forward), up, forward], axis=-1))

    def vectors_to_armature(self, vectors: Array) -> Array:
        """(..., 3) in the motion's axes → (..., 3) in the armature's."""
        return turn(self.matrix, vectors)

    def vectors_to_motion(self, vectors: Array) -> Array:
        """(..., 3) in the armature's axes → (..., 3) in the motion's."""
        return turn(self.matrix.T, vectors)

    def orientations_to_armature(self, orientations: Array) -> Array:
        """(..., 3, 3) a bone's axes seen in the motion's frame → seen in the armature's."""
        return self.matrix @ orientations

    def orientations_to_motion(self, orientations: Array) -> Array:
        """(..., 3, 3) a bone's axes seen in the armature's frame → seen in the motion's."""
        return self.matrix.T @ orientations


BLENDER_DEFAULT = CharacterAxes.facing(up=np.array([0.0, 0.0, 1.0]), forward=np.array([0.0, -1.0, 0.0]))
"""Z up, facing −Y: (x, y, z) of a motion is (x, −z, y) in Blender."""
