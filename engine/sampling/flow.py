"""Rectified flow: from noise to data along learned velocities.

The convention of the whole project. Time t runs from 0, data m, to 1, noise ε, on the straight line

    x_t = (1 − t) · m + t · ε,    v = dx_t/dt = ε − m,

and sampling integrates dx/dt = v(x, t) backwards, from t = 1 to t = 0 (Liu et al. 2022, with time reversed).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from engine.sampling.schedules import flow_times

Floats = NDArray[np.float32]
Velocity = Callable[[Floats, float], Floats]
Solver = Literal["euler", "midpoint"]


def integrate(velocity: Velocity, noise: Floats, steps: int, solver: Solver, before_step: Callable[[], None]) -> Floats:
    """x_0 (M, d) from x_1 = `noise` (M, d) in `steps` steps; `before_step` is called before each of them.

    euler: one evaluation a step, at its start. midpoint: two, the second in the middle (order 2).
    """
    x_t = noise
    for t, t_next in flow_times(steps):
        before_step()
        h = np.float32(t - t_next)
        v = velocity(x_t, t)
        if solver == "midpoint":
            v = velocity(x_t - v * (h / 2), (t + t_next) / 2)
        x_t = x_t - v * h
    return x_t
