"""Fewer keys: which frames of a bone's curves are enough, so that smooth curves through them stay within a tolerance.

All channels of a bone get their keys on the same frames, as an animator sets them. Between two keys runs the cubic
Hermite curve with the slopes that the motion has there; where it strays farthest, the stretch is parted.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Values = NDArray[np.float64]
Errors = Callable[[Values, int, int], Values]
"""How far channels (K, C) are from the motion in frames first..last of it, in units of the tolerance: (K,)."""


@dataclass(frozen=True, eq=False)
class SparseKeys:
    """kept: the indices (M,) of the frames that keep their keys, the first and the last among them."""

    kept: NDArray[np.intp]

    def slopes_of(self, values: Values, frames: Values) -> Values:
        """(N,) slopes of a channel (N,) by frame, with which its keys become a smooth curve."""
        return slopes(values[:, None], frames)[:, 0]


def slopes(channels: Values, frames: Values) -> Values:
    """(N, C) slopes of channels (N, C) by frame."""
    if len(channels) < 2:
        return np.zeros_like(channels)
    return np.asarray(np.gradient(channels, frames, axis=0), dtype=np.float64)


def enough_keys(channels: Values, frames: Values, errors: Errors) -> SparseKeys:
    """The keys that channels (N, C) on `frames` (N,) need for `errors` to stay within 1 everywhere."""
    last = len(channels) - 1
    by_frame = slopes(channels, frames)
    kept = {0, last}
    stretches = [(0, last)]
    while stretches:
        first, end = stretches.pop()
        if end - first < 2:
            continue
        strayed = errors(_hermite(channels, by_frame, frames, first, end), first, end)
        if strayed.max() > 1.0:
            middle = first + int(np.clip(np.argmax(strayed), 1, end - first - 1))
            kept.add(middle)
            stretches += [(first, middle), (middle, end)]
    return SparseKeys(np.array(sorted(kept), dtype=np.intp))


def _hermite(channels: Values, by_frame: Values, frames: Values, first: int, end: int) -> Values:
    """(K, C) the curve between two keys on every frame from one to the other:

    h(s) = (2s³ − 3s² + 1) p₀ + (s³ − 2s² + s) w m₀ + (−2s³ + 3s²) p₁ + (s³ − s²) w m₁
    """
    width = frames[end] - frames[first]
    s = ((frames[first : end + 1] - frames[first]) / width)[:, None]
    start = (2 * s**3 - 3 * s**2 + 1) * channels[first] + (s**3 - 2 * s**2 + s) * width * by_frame[first]
    stop = (-2 * s**3 + 3 * s**2) * channels[end] + (s**3 - s**2) * width * by_frame[end]
    return np.asarray(start + stop, dtype=np.float64)
