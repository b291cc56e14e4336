"""Rotations as vectors, axis times angle, in which corrections are added up and faded."""

from __future__ import annotations

import numpy as np

from engine.motion import rotations
from engine.motion.rotations import Array


def to_rotation_vector(quaternions_wxyz: Array) -> Array:
    """Vectors (..., 3) in radians of unit quaternions (..., 4), at most π long."""
    q = np.where(quaternions_wxyz[..., :1] < 0, -quaternions_wxyz, quaternions_wxyz)
    sine = np.linalg.norm(q[..., 1:], axis=-1, keepdims=True)
    angle = 2.0 * np.arctan2(sine, q[..., :1])
    return np.asarray(q[..., 1:] * np.where(sine < 1e-12, 2.0, angle / np.maximum(sine, 1e-12)))


def from_rotation_vector(vectors: Array) -> Array:
    """Unit quaternions (..., 4) of vectors (..., 3) in radians."""
    angle = np.linalg.norm(vectors, axis=-1)
    return rotations.from_axis_angle(rotations.normalize(vectors), angle)
