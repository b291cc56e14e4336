"""Changing a captured motion as a whole, in the words of the sidebar. No bpy here."""

from __future__ import annotations

import numpy as np

from ..retarget import edits
from ..retarget.smoothing import smoothed
from ..retarget.source import SourceMotion

_SWAY_SECONDS = 0.3
"""Within this time the hips sway over their way: a step's sway stays, the travel goes."""


def faster(motion: SourceMotion, speed: float) -> SourceMotion:
    """The motion `speed` times as fast, at the same frame rate."""
    return edits.retimed(motion, round((len(motion) - 1) / speed) + 1)


def in_place(motion: SourceMotion) -> SourceMotion:
    """The motion without its travel over the ground; the sway of each step stays."""
    way = smoothed(edits.hip_centers_m(motion), _SWAY_SECONDS * motion.fps)
    return edits.moved(motion, np.zeros(()), way, np.broadcast_to(way[0], way.shape))
