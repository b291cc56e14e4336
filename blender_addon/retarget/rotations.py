"""Rotation matrices and quaternions, vectorised over leading axes.

Matrices act on column vectors. Quaternions are unit, in the order w, x, y, z. Matrices compose and turn vectors with
`@`; quaternions serve only where rotations are interpolated or written.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]


def normalize(vectors: ArrayLike) -> Array:
    """Scale vectors (..., D) to length 1; vectors shorter than 1e-12 come back as they were."""
    array = np.asarray(vectors, dtype=np.float64)
    lengths = np.linalg.norm(array, axis=-1, keepdims=True)
    return array / np.where(lengths < 1e-12, 1.0, lengths)


def turn(matrices: Array, vectors: ArrayLike) -> Array:
    """The vectors (..., 3) turned by matrices (..., 3, 3)."""
    return np.asarray((matrices @ np.asarray(vectors, dtype=np.float64)[..., None])[..., 0])


def about_axis(axes: ArrayLike, angles_rad: ArrayLike) -> Array:
    """Matrices (..., 3, 3) turning by `angles_rad` (...) about unit `axes` (..., 3), right-handed (Rodrigues).

    R = I + sin(a) K + (1 − cos(a)) K², with K·v = axis × v.
    """
    axes, angles = np.broadcast_arrays(np.asarray(axes, np.float64), np.asarray(angles_rad, np.float64)[..., None])
    x, y, z = np.moveaxis(axes, -1, 0)
    zero = np.zeros_like(x)
    cross = np.stack(
        [np.stack([zero, -z, y], axis=-1), np.stack([z, zero, -x], axis=-1), np.stack([-y, x, zero], axis=-1)], axis=-2
    )
    angle = angles[..., :1, None]
    return np.asarray(np.eye(3) + np.sin(angle) * cross + (1.0 - np.cos(angle)) * (cross @ cross))


def between(a: ArrayLike, b: ArrayLike) -> Array:
    """The shortest rotation (..., 3, 3) that takes direction a (..., 3) to direction b (..., 3)."""
    a, b = np.broadcast_arrays(normalize(a), normalize(b))
    cross = np.cross(a, b)
    sine = np.linalg.norm(cross, axis=-1, keepdims=True)
    cosine = np.sum(a * b, axis=-1)
    # Opposite directions leave the axis free: any axis across `a` will do.
    anything = np.where(np.abs(a[..., :1]) < 0.9, np.array([1.0, 0.0, 0.0]), np.array([0.0, 1.0, 0.0]))
    axis = np.where(sine < 1e-9, np.cross(a, anything), cross)
    return about_axis(normalize(axis), np.arctan2(sine[..., 0], cosine))


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
    """Unit quaternions (..., 4) of rotation matrices (..., 3, 3).

    The four rows below are the quaternion times four times one of its components; the longest is the best conditioned
    (Shepperd 1978).
    """
    m = np.asarray(matrices, dtype=np.float64)
    trace = m[..., 0, 0] + m[..., 1, 1] + m[..., 2, 2]
    vector = np.stack([m[..., 2, 1] - m[..., 1, 2], m[..., 0, 2] - m[..., 2, 0], m[..., 1, 0] - m[..., 0, 1]], axis=-1)
    symmetric = m + np.swapaxes(m, -1, -2) + (1.0 - trace)[..., None, None] * np.eye(3)
    first = np.concatenate([(1.0 + trace)[..., None], vector], axis=-1)[..., None, :]
    rows = np.concatenate([first, np.concatenate([vector[..., None], symmetric], axis=-1)], axis=-2)
    longest = np.argmax(np.linalg.norm(rows, axis=-1), axis=-1)[..., None, None]
    return normalize(np.take_along_axis(rows, longest, axis=-2)[..., 0, :])


def continuous(quaternions_wxyz: ArrayLike) -> Array:
    """Flip signs along the first axis (N, ..., 4) so that neighbours lie in the same hemisphere, the first w ≥ 0."""
    quaternions = np.array(quaternions_wxyz, dtype=np.float64)
    quaternions[0] *= np.where(quaternions[0, ..., :1] < 0, -1.0, 1.0)
    dots = np.sum(quaternions[1:] * quaternions[:-1], axis=-1)
    quaternions[1:] *= np.cumprod(np.where(dots < 0, -1.0, 1.0), axis=0)[..., None]
    return quaternions


def slerp(a_wxyz: ArrayLike, b_wxyz: ArrayLike, weight: ArrayLike) -> Array:
    """Spherical interpolation (..., 4) on the shorter arc; `weight` (...) 0 gives a, 1 gives b."""
    a, b = np.asarray(a_wxyz, dtype=np.float64), np.asarray(b_wxyz, dtype=np.float64)
    share = np.asarray(weight, dtype=np.float64)[..., None]
    dot = np.sum(a * b, axis=-1, keepdims=True)
    b, dot = np.where(dot < 0, -b, b), np.abs(dot)
    angle = np.arccos(np.clip(dot, -1.0, 1.0))
    close = angle < 1e-6
    sine = np.where(close, 1.0, np.sin(angle))
    of_a = np.where(close, 1.0 - share, np.sin((1.0 - share) * angle) / sine)
    of_b = np.where(close, share, np.sin(share * angle) / sine)
    return normalize(of_a * a + of_b * b)


def blend(a: Array, b: Array, weight: float) -> Array:
    """Rotation matrices (..., 3, 3) a share `weight` of the way from a to b."""
    if weight in (0.0, 1.0):
        return b if weight else a
    return to_matrix(slerp(from_matrix(a), from_matrix(b), weight))
