"""A curve that goes on from a border as the frames there ask for, and fades."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from engine.motion.rotations import Array

Frames = NDArray[np.int64]


def fading(away: Frames, values: Array, reach: float, reach_of_speed: float) -> Array:
    """A curve (n, ...) over frames `away` (n,) from a border that goes on from `values` (2 or 3, ...), and fades.

    values: those at the border and the one or two frames before it, latest first. reach, reach_of_speed: how many
    frames the value, and the slope and the curvature, last; at most one beyond the farthest, where nothing is left.

    Quintics of u, 1 at their reach (Hermite): 1 − 10u³ + 15u⁴ − 6u⁵ carries the value, u − 6u³ + 8u⁴ − 3u⁵ the slope,
    ½(u² − 3u³ + 3u⁴ − u⁵) the curvature, which two values do not tell: it is 0 then.
    """
    reach, reach_of_speed = (min(len(away) + 1.0, max(2.0, each)) for each in (reach, reach_of_speed))
    curvature = values[0] - 2.0 * values[1] + values[2] if len(values) > 2 else np.zeros_like(values[0])
    value, slope = values[0], values[0] - values[1] + 0.5 * curvature
    u, v = (np.minimum(away / each, 1.0).reshape(-1, *[1] * value.ndim) for each in (reach, reach_of_speed))
    carries_value = 1 - 10 * u**3 + 15 * u**4 - 6 * u**5
    carries_slope = v - 6 * v**3 + 8 * v**4 - 3 * v**5
    carries_curvature = 0.5 * (v**2 - 3 * v**3 + 3 * v**4 - v**5)
    speed = slope * reach_of_speed * carries_slope
    return np.asarray(value * carries_value + speed + curvature * reach_of_speed**2 * carries_curvature)
