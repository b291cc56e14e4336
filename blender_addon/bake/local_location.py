"""The axes in which a control's location is told: its own, or its parent's, where “Local Location” is switched off.

A pose is composed as pose = space · [turn | D · location], with D the unit matrix for most bones. Without local
location Blender moves a bone along its parent's axes, so that, with the orientations M of both at rest,
D = Mᵀ · M_parent.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ..retarget.rotations import Array


def location_axes(pose_bone: Any) -> Array:
    """(3, 3) D of a control."""
    bone = pose_bone.bone
    if bone.use_local_location:
        return np.eye(3)
    own = np.array(bone.matrix_local.to_3x3(), dtype=np.float64)
    above = np.eye(3) if bone.parent is None else np.array(bone.parent.matrix_local.to_3x3(), dtype=np.float64)
    return np.asarray(own.T @ above, dtype=np.float64)


def within_space(basis: Array, axes: Array) -> Array:
    """(…, 4, 4) what a control's channels, basis (…, 4, 4), do in its space."""
    moved = np.array(basis, dtype=np.float64)
    moved[..., :3, 3] = np.einsum("...ij,...j->...i", axes, moved[..., :3, 3])
    return moved
