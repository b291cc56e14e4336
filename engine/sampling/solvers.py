"""Steps of the whole-sequence flow from time t to an earlier one, and where on the way from noise to data they lie.

The convention of `engine.sampling.flow`: t runs from 1, noise, to 0, data, along dx/dt = v(x, t).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from engine.sampling.flow import Floats

Velocity = Callable[[Floats, float], Floats]
"""v (B, l, d) of x (B, l, d) at a time."""

Noise = Callable[[], Floats]
"""Fresh standard normal noise (B, l, d)."""

Step = Callable[[Velocity, Floats, float, float, Noise], Floats]
"""x (B, l, d) at the later of two times to x at the earlier one."""


def euler(velocity: Velocity, x_t: Floats, t: float, t_next: float, _noise: Noise) -> Floats:
    """x' = x − (t − t') · v(x, t)."""
    return x_t - np.float32(t - t_next) * velocity(x_t, t)


def midpoint(velocity: Velocity, x_t: Floats, t: float, t_next: float, _noise: Noise) -> Floats:
    """x' = x − (t − t') · v(x̂, t̂), x̂ half an Euler step away; of second order, two velocities a step."""
    half = 0.5 * (t + t_next)
    x_half = x_t - np.float32(t - half) * velocity(x_t, t)
    return x_t - np.float32(t - t_next) * velocity(x_half, half)


def heun(velocity: Velocity, x_t: Floats, t: float, t_next: float, _noise: Noise) -> Floats:
    """x' = x − (t − t') · (v(x, t) + v(x̂, t')) / 2, x̂ an Euler step away; of second order, two velocities a step."""
    v = velocity(x_t, t)
    x_next = x_t - np.float32(t - t_next) * v
    return x_t - np.float32(0.5 * (t - t_next)) * (v + velocity(x_next, t_next))


def stochastic(velocity: Velocity, x_t: Floats, t: float, t_next: float, noise: Noise) -> Floats:
    """An Euler step on which a share of the noise, as large as the step is of the way left, is drawn anew.

    m̂ = x − t·v and ε̂ = x + (1 − t)·v are what the velocity takes for data and noise; with η² = (t − t') / t,
    x' = (1 − t') · m̂ + t' · (√(1 − η²) · ε̂ + η · ε).
    """
    v = velocity(x_t, t)
    fresh = (t - t_next) / t
    old = x_t + np.float32(1.0 - t) * v
    mixed = np.float32(np.sqrt(1.0 - fresh)) * old + np.float32(np.sqrt(fresh)) * noise()
    data = x_t - np.float32(t) * v
    return np.asarray(np.float32(1.0 - t_next) * data + np.float32(t_next) * mixed, np.float32)


SOLVERS: Mapping[str, Step] = {"euler": euler, "midpoint": midpoint, "heun": heun, "stochastic": stochastic}

TIME_GRIDS: Mapping[str, Callable[[Floats], Floats]] = {
    "uniform": lambda share: 1.0 - share,
    "dense-at-noise": lambda share: 1.0 - share**2,
    "dense-at-data": lambda share: (1.0 - share) ** 2,
}
"""Time after a share of the steps, 0..1."""


def grid_times(grid: str, steps: int) -> list[float]:
    """The S + 1 bounds of S steps from 1 to 0."""
    share = np.linspace(0.0, 1.0, steps + 1, dtype=np.float32)
    return [float(t) for t in TIME_GRIDS[grid](share)]


def noised_again(x_t: Floats, t: float, t_later: float, noise: Floats) -> Floats:
    """x at a later time, from x_t: what was there shrinks, and new noise makes up for the variance.

    x_t'' = a·x_t + √(t''² − a²t²)·ε with a = (1 − t'') / (1 − t): the mean is (1 − t'')·m, the noise's deviation t''.
    """
    shrunk = (1.0 - t_later) / (1.0 - t)
    deviation = np.sqrt(max(t_later**2 - (shrunk * t) ** 2, 0.0))
    return np.asarray(np.float32(shrunk) * x_t + np.float32(deviation) * noise, np.float32)
