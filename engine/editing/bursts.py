"""Where a sampled motion leaps in a frame, faster than a body can, it is smoothed."""

from __future__ import annotations

import numpy as np

from engine.editing.joining import softened
from engine.motion.motion import Motion
from engine.motion.rotations import Array

_FASTEST_M_S = 13.0
"""A hundredth of the clips of motion capture have a joint that is faster: flips, spin kicks, and faults."""
_PASSES = 6
_APART_S = 0.1
"""Frames of one leap: it is smoothed around its fastest one."""


def without_bursts(motion: Motion) -> Motion:
    """`motion`, smoothed around every frame in which a joint is faster than a body can be; the same one without any.

    It ends after a few passes: a fast motion that is smooth already may stay a little over the limit.
    """
    for _ in range(_PASSES):
        peaks = _peaks(motion)
        if not peaks:
            break
        for frame in peaks:
            motion = softened(motion, frame + 1)
    return motion


def _peaks(motion: Motion) -> list[int]:
    """The fastest of each run of frames in which any joint is too fast on its way to the next one."""
    speeds = _fastest_m_s(motion)
    apart, peaks = round(_APART_S * motion.fps), list[int]()
    for frame in np.flatnonzero(speeds > _FASTEST_M_S).tolist():
        if peaks and frame - peaks[-1] <= apart:
            peaks[-1] = max(peaks[-1], frame, key=lambda one: float(speeds[one]))
        else:
            peaks.append(frame)
    return peaks


def _fastest_m_s(motion: Motion) -> Array:
    """(N − 1,) the speed of the fastest joint from each frame to the next."""
    steps = np.linalg.norm(np.diff(motion.positions_m, axis=0), axis=-1)
    return np.asarray(steps.max(axis=1) * motion.fps)
