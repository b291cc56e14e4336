"""Means over time."""

from __future__ import annotations

import numpy as np

from .rotations import Array


def smoothed(values: Array, frames: float) -> Array:
    """(N, C) a Gaussian mean over time, `frames` its standard deviation.

    At the ends the values go on as they came, turned about their last one, so that both ends stay in place.
    """
    radius = min(int(np.ceil(2.0 * frames)), len(values) - 1)
    if radius < 1:
        return values
    before = 2.0 * values[0] - values[1 : radius + 1][::-1]
    after = 2.0 * values[-1] - values[-radius - 1 : -1][::-1]
    padded = np.concatenate([before, values, after])
    weights = np.exp(-0.5 * (np.arange(-radius, radius + 1) / frames) ** 2)
    weights /= weights.sum()
    columns = [np.convolve(column, weights, mode="valid") for column in padded.T]
    return np.asarray(np.stack(columns, axis=-1), dtype=np.float64)
