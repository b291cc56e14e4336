"""A motion at other times than its own frames'."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from engine.motion import rotations
from engine.motion.motion import Motion
from engine.motion.rotations import Array

_Beyond = Callable[[Array, Array], Array]


def resampled(motion: Motion, fps: float) -> Motion:
    """The same motion at `fps` frames a second.

    The first frame stays; the last may move by less than one new frame. ValueError for a rate that is not positive.
    """
    if not fps > 0:
        raise ValueError("a frame rate is positive")
    if fps == motion.fps:
        return motion
    last = len(motion) - 1
    at = np.asarray(np.arange(int(np.floor(last * fps / motion.fps + 1e-9)) + 1) * motion.fps / fps, np.float64)
    return sampled_at(motion, at, fps)


def sampled_at(motion: Motion, at: Array, fps: float) -> Motion:
    """The motion `at` (M,) its own frame numbers, whole or not, played at `fps`.

    Before the first and after the last frame it stands still. Cubic between frames for rotations and the root, so that
    speeds don't jump from frame to frame; the nearest for contacts.
    """
    last = len(motion) - 1
    at = np.clip(at, 0.0, last)
    before = np.minimum(np.floor(at).astype(int), max(last - 1, 0))
    weight = at - before
    local = _with_neighbors_beyond_the_ends(rotations.continuous(motion.local_rotations_wxyz), _beyond_rotation)
    root = _with_neighbors_beyond_the_ends(motion.root_translation_m, _beyond_point)
    return replace(
        motion,
        local_rotations_wxyz=rotations.continuous(rotations.normalize(_cubic(local, before, weight[:, None, None]))),
        root_translation_m=_cubic(root, before, weight[:, None]),
        foot_contacts=motion.foot_contacts[np.rint(at).astype(int)],
        fps=fps,
    )


def _cubic(values: Array, before: NDArray[np.intp], weight: Array) -> Array:
    """Catmull and Rom's curve through `values` (N + 3, ...), whose frame i stands at i + 1, at before + weight (M,)."""
    a, b, c, d = (values[before + i] for i in range(4))
    w = weight
    return np.asarray(b + 0.5 * w * (c - a + w * (2 * a - 5 * b + 4 * c - d + w * (3 * (b - c) + d - a))))


def _with_neighbors_beyond_the_ends(values: Array, beyond: _Beyond) -> Array:
    """(N + 3, ...): one value before the first and two after the last, where the motion would go on as it goes."""
    second, second_last = values[min(1, len(values) - 1)], values[max(len(values) - 2, 0)]
    following = beyond(second_last, values[-1])
    return np.concatenate(
        [beyond(second, values[0])[None], values, following[None], beyond(values[-1], following)[None]]
    )


def _beyond_point(a: Array, b: Array) -> Array:
    return 2.0 * b - a


def _beyond_rotation(a: Array, b: Array) -> Array:
    """b · a⁻¹ · b: as far beyond b as b is beyond a, in the same hemisphere as b."""
    return rotations.multiply(rotations.multiply(b, rotations.inverse(a)), b)
