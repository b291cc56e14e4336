"""Changing a captured motion as a whole: its tempo, its travel. No bpy here."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from ..errors import AddonError
from ..retarget.edits import hip_centers_m, moved
from ..retarget.rotations import Array
from ..retarget.source import SourceMotion

_SWAY_SECONDS = 0.6
"""Within this time the hips sway over their way: a step's sway stays, the travel goes."""


def retimed(motion: SourceMotion, speed: float) -> SourceMotion:
    """The motion `speed` times as fast, at the same frame rate."""
    if (len(motion) - 1) / speed < 1.0:
        raise AddonError("At this speed nothing is left of the motion; choose a lower one.")
    return replace(motion, fps=motion.fps * speed).resampled(motion.fps)


def in_place(motion: SourceMotion) -> SourceMotion:
    """The motion without its travel over the ground; the sway of each step stays."""
    centers = hip_centers_m(motion)
    way = smoothed(centers, round(_SWAY_SECONDS * motion.fps))
    return moved(motion, np.zeros(()), way, np.broadcast_to(way[0], way.shape))


def smoothed(values: Array, radius: int) -> Array:
    """(N, C) a moving mean over 2 · radius + 1 frames; at the ends the values go on as they came."""
    radius = min(radius, len(values) - 1)
    before = 2.0 * values[0] - values[1 : radius + 1][::-1]
    after = 2.0 * values[-1] - values[-radius - 1 : -1][::-1]
    padded = np.concatenate([before, values, after])
    weights = np.full(2 * radius + 1, 1.0 / (2 * radius + 1))
    return np.stack([np.convolve(column, weights, mode="valid") for column in padded.T], axis=-1)
