"""Rectified flow: from noise to data along learned velocities.

The convention of the whole project. Time t runs from 0, data m, to 1, noise ε, on the straight line

    x_t = (1 − t) · m + t · ε,    v = dx_t/dt = ε − m,

and sampling integrates dx/dt = v(x, t) backwards, from t = 1 to t = 0 (Liu et al. 2022, with time reversed), by Euler
steps x_t' = x_t − (t − t') · v(x_t, t). The steps themselves are a graph of the model.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]


def flow_times(steps: int) -> Floats:
    """(S + 1,) the bounds of S steps of equal length from t = 1, noise, to t = 0, data."""
    return np.linspace(1.0, 0.0, steps + 1, dtype=np.float32)
