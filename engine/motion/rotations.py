"""Rotations as quaternions, matrices and 6-D vectors, vectorised over leading axes.

Quaternions are unit, in the order w, x, y, z. Matrices act on column vectors. The 6-D form is the first two columns of
the matrix, column after column (Zhou et al. 2019, "On the Continuity of Rotation Representations").
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]

IDENTITY_WXYZ: Array = np.array([1.0, 0.0, 0.0, 0.0])


def normalize(vectors: ArrayLike) -> Array:
    """Scale vectors (..., D) to length 1; vectors shorter than 1e-12 come back as they were."""
    vectors = np.asarray(vectors, dtype=np.float64)
    lengths = np.linalg.norm(vectors, axis=-1, keepdims=True)
    return vectors / np.where(lengths < 1e-12, 1.0, lengths)


def multiply(left_wxyz: ArrayLike, right_wxyz: ArrayLike) -> Array:
    """Hamilton product (..., 4): the rotation `right` followed by `left`."""
    a, b = np.asarray(left_wxyz, dtype=np.float64), np.asarray(right_wxyz, dtype=np.float64)
    aw, ax, ay, az = a[..., 0], a[..., 1], a[..., 2], a[..., 3]
    bw, bx, by, bz = b[..., 0], b[..., 1], b[..., 2], b[..., 3]
    return np.stack(
        [
            aw * bw - ax * bx - ay * by - az * bz,
            aw * bx + ax * bw + ay * bz - az * by,
            aw * by - ax * bz + ay * bw + az * bx,
            aw * bz + ax * by - ay * bx + az * bw,
        ],
        axis=-1,
    )


def inverse(quaternions_wxyz: ArrayLike) -> Array:
    """The inverse of unit quaternions (..., 4)."""
    conjugate: Array = np.asarray(quaternions_wxyz, dtype=np.float64) * np.array([1.0, -1.0, -1.0, -1.0])
    return conjugate


def rotate(quaternions_wxyz: ArrayLike, vectors: ArrayLike) -> Array:
    """Rotate vectors (..., 3) by unit quaternions (..., 4): v + 2 w (u × v) + 2 u × (u × v)."""
    quaternions = np.asarray(quaternions_wxyz, dtype=np.float64)
    vectors = np.asarray(vectors, dtype=np.float64)
    w, u = quaternions[..., :1], quaternions[..., 1:]
    twice_cross = 2.0 * _cross(u, vectors)
    return vectors + w * twice_cross + _cross(u, twice_cross)


def _cross(left: Array, right: Array) -> Array:
    """left × right (..., 3); `np.cross` spends most of its time on which axis the vectors lie along."""
    ax, ay, az = left[..., 0], left[..., 1], left[..., 2]
    bx, by, bz = right[..., 0], right[..., 1], right[..., 2]
    return np.stack([ay * bz - az * by, az * bx - ax * bz, ax * by - ay * bx], axis=-1)


def from_axis_angle(axis: ArrayLike, angle_rad: ArrayLike) -> Array:
    """Quaternions (..., 4) turning by `angle_rad` (...) about unit `axis` (..., 3), right-handed."""
    half = np.asarray(angle_rad, dtype=np.float64)[..., None] / 2.0
    axis = np.asarray(axis, dtype=np.float64)
    return np.concatenate([np.cos(half), np.sin(half) * axis], axis=-1)


def angle_between(a_wxyz: ArrayLike, b_wxyz: ArrayLike) -> Array:
    """The angle in radians, 0 to π, that takes rotation a to rotation b (...,)."""
    relative = multiply(inverse(a_wxyz), b_wxyz)
    angle: Array = 2.0 * np.arctan2(np.linalg.norm(relative[..., 1:], axis=-1), np.abs(relative[..., 0]))
    return angle


def between_vectors(a: ArrayLike, b: ArrayLike) -> Array:
    """The shortest rotation (..., 4) that takes direction a (..., 3) to direction b (..., 3)."""
    a, b = normalize(a), normalize(b)
    w = 1.0 + np.sum(a * b, axis=-1, keepdims=True)
    # Opposite directions leave the axis free: any axis across `a` will do.
    across = np.where(np.abs(a[..., :1]) < 0.9, np.array([1.0, 0.0, 0.0]), np.array([0.0, 1.0, 0.0]))
    axis = np.where(w < 1e-9, np.cross(a, across), np.cross(a, b))
    return normalize(np.concatenate([np.where(w < 1e-9, 0.0, w), axis], axis=-1))


def to_matrix(quaternions_wxyz: ArrayLike) -> Array:
    """Matrices (..., 3, 3) of unit quaternions (..., 4)."""
    w, x, y, z = np.moveaxis(np.asarray(quaternions_wxyz, dtype=np.float64), -1, 0)
    return np.stack(
        [
            np.stack([1 - 2 * (y * y + z * z), 2 * (x * y - w * z), 2 * (x * z + w * y)], axis=-1),
            np.stack([2 * (x * y + w * z), 1 - 2 * (x * x + z * z), 2 * (y * z - w * x)], axis=-1),
            np.stack([2 * (x * z - w * y), 2 * (y * z + w * x), 1 - 2 * (x * x + y * y)], axis=-1),
        ],
        axis=-2,
    )


def from_matrix(matrices: ArrayLike) -> Array:
    """Unit quaternions (..., 4) with w ≥ 0 of rotation matrices (..., 3, 3).

    Each of the four columns below is the quaternion times four times one of its own components; the largest is the
    best conditioned (Shepperd 1978).
    """
    m = np.asarray(matrices, dtype=np.float64)
    m00, m01, m02 = m[..., 0, 0], m[..., 0, 1], m[..., 0, 2]
    m10, m11, m12 = m[..., 1, 0], m[..., 1, 1], m[..., 1, 2]
    m20, m21, m22 = m[..., 2, 0], m[..., 2, 1], m[..., 2, 2]
    candidates = np.stack(
        [
            np.stack([1 + m00 + m11 + m22, m21 - m12, m02 - m20, m10 - m01], axis=-1),
            np.stack([m21 - m12, 1 + m00 - m11 - m22, m10 + m01, m02 + m20], axis=-1),
            np.stack([m02 - m20, m10 + m01, 1 - m00 + m11 - m22, m21 + m12], axis=-1),
            np.stack([m10 - m01, m02 + m20, m21 + m12, 1 - m00 - m11 + m22], axis=-1),
        ],
        axis=-2,
    )
    diagonal = np.stack([candidates[..., i, i] for i in range(4)], axis=-1)
    best = np.argmax(diagonal, axis=-1)[..., None, None]
    quaternions = normalize(np.take_along_axis(candidates, best, axis=-2)[..., 0, :])
    return np.where(quaternions[..., :1] < 0, -quaternions, quaternions)


def to_six_d(quaternions_wxyz: ArrayLike) -> Array:
    """The first two matrix columns (..., 6) of unit quaternions (..., 4)."""
    matrices = to_matrix(quaternions_wxyz)
    return np.concatenate([matrices[..., :, 0], matrices[..., :, 1]], axis=-1)


def from_six_d(six_d: ArrayLike) -> Array:
    """Unit quaternions (..., 4) of 6-D vectors (..., 6), by Gram–Schmidt."""
    six_d = np.asarray(six_d, dtype=np.float64)
    x = normalize(six_d[..., :3])
    y = normalize(six_d[..., 3:] - np.sum(x * six_d[..., 3:], axis=-1, keepdims=True) * x)
    return from_matrix(np.stack([x, y, np.cross(x, y)], axis=-1))


def from_euler(angles_rad: ArrayLike, order: str) -> Array:
    """Quaternions (..., 4) of angles (..., K) about the axes named in `order`, e.g. "ZXY": R = R_Z · R_X · R_Y."""
    angles = np.asarray(angles_rad, dtype=np.float64)
    result = np.broadcast_to(IDENTITY_WXYZ, (*angles.shape[:-1], 4))
    for i, axis in enumerate(order.upper()):
        result = multiply(result, from_axis_angle(np.eye(3)["XYZ".index(axis)], angles[..., i]))
    return result


def to_euler_zxy(quaternions_wxyz: ArrayLike) -> Array:
    """Angles (..., 3) about Z, X, Y in radians with R = R_Z · R_X · R_Y, the order of most BVH files."""
    m = to_matrix(quaternions_wxyz)
    x = np.arcsin(np.clip(m[..., 2, 1], -1.0, 1.0))
    locked = np.abs(m[..., 2, 1]) > 1.0 - 1e-9
    z = np.where(locked, np.arctan2(m[..., 1, 0], m[..., 0, 0]), np.arctan2(-m[..., 0, 1], m[..., 1, 1]))
    y = np.where(locked, 0.0, np.arctan2(-m[..., 2, 0], m[..., 2, 2]))
    return np.stack([z, x, y], axis=-1)


def continuous(quaternions_wxyz: ArrayLike) -> Array:
    """Flip signs along the first axis (N, ..., 4) so that neighbours lie in the same hemisphere; same rotations."""
    quaternions = np.array(quaternions_wxyz, dtype=np.float64)
    dots = np.sum(quaternions[1:] * quaternions[:-1], axis=-1)
    signs = np.cumprod(np.where(dots < 0, -1.0, 1.0), axis=0)
    quaternions[1:] *= signs[..., None]
    return quaternions


def slerp(a_wxyz: ArrayLike, b_wxyz: ArrayLike, weight: ArrayLike) -> Array:
    """Spherical interpolation (..., 4) on the shorter arc; `weight` (...) 0 gives a, 1 gives b."""
    a, b = np.asarray(a_wxyz, dtype=np.float64), np.asarray(b_wxyz, dtype=np.float64)
    weight = np.asarray(weight, dtype=np.float64)[..., None]
    dot = np.sum(a * b, axis=-1, keepdims=True)
    b, dot = np.where(dot < 0, -b, b), np.abs(dot)
    angle = np.arccos(np.clip(dot, -1.0, 1.0))
    sine = np.sin(angle)
    nearly_equal = sine < 1e-8
    safe_sine = np.where(nearly_equal, 1.0, sine)
    weight_a = np.where(nearly_equal, 1.0 - weight, np.sin((1.0 - weight) * angle) / safe_sine)
    weight_b = np.where(nearly_equal, weight, np.sin(weight * angle) / safe_sine)
    return normalize(weight_a * a + weight_b * b)


def heading(rotations_wxyz: ArrayLike) -> Array:
    """The turn about Y (..., 4) that takes +Z to where `rotations` take +Z, seen from above."""
    forward = rotate(rotations_wxyz, np.array([0.0, 0.0, 1.0]))
    angle = np.arctan2(forward[..., 0], forward[..., 2])
    return from_axis_angle(np.array([0.0, 1.0, 0.0]), angle)
