"""The steps of the whole-sequence flow against closed forms: orders of accuracy, variances, grids."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from engine.sampling.solvers import SOLVERS, TIME_GRIDS, grid_times, noised_again

SIGMA, MU = 0.25, 1.5


def gaussian_velocity(x, t):
    """Of data m ~ N(μ, σ²): exact steps turn noise ε into μ + σ·ε."""
    rest = 1.0 - t
    return (t - rest * SIGMA**2) / (rest**2 * SIGMA**2 + t**2) * (x - rest * MU) - MU


def silence():
    raise AssertionError("this solver draws no noise")


def integrated(solver, velocity, x, steps, noise=silence, grid="uniform"):
    times = grid_times(grid, steps)
    for t, t_next in pairwise(times):
        x = SOLVERS[solver](velocity, x, t, t_next, noise)
    return x


@pytest.mark.parametrize("grid", TIME_GRIDS)
@pytest.mark.parametrize(("solver", "order"), [("euler", 1), ("midpoint", 2), ("heun", 2)])
def test_halving_the_steps_halves_or_quarters_what_a_solver_misses(solver, order, grid):
    """Of dx/dt = x, whose x(0) is x(1)/e."""
    x = np.ones((1, 1, 1))
    missed = [abs(integrated(solver, lambda x, t: x, x, steps, grid=grid).item() - np.exp(-1.0)) for steps in (16, 32)]
    assert missed[0] / missed[1] == pytest.approx(2**order, rel=0.12)


@pytest.mark.parametrize("solver", ["euler", "midpoint", "heun"])
def test_noise_becomes_the_data_that_it_stands_for(solver):
    noise = np.random.default_rng(0).standard_normal((2, 9, 3)).astype(np.float32)
    found = integrated(solver, gaussian_velocity, noise, 400)
    np.testing.assert_allclose(found, MU + SIGMA * noise, atol=5e-3)


def test_the_stochastic_solver_gives_the_same_data_by_other_ways():
    random = np.random.default_rng(0)
    noise = random.standard_normal((1, 20_000, 1)).astype(np.float32)
    found = integrated(
        "stochastic", gaussian_velocity, noise, 100, lambda: random.standard_normal(noise.shape).astype(np.float32)
    )
    assert found.mean() == pytest.approx(MU, abs=0.02)
    assert found.std() == pytest.approx(SIGMA, rel=0.06)
    assert abs(np.corrcoef(found.ravel(), noise.ravel())[0, 1]) < 0.6  # 1 without fresh noise


def test_going_back_in_time_adds_as_much_noise_as_belongs_there():
    """From x_t = (1 − t)·m + t·ε to the same at a later time: its mean, and its variance, for a datum m = 2."""
    random = np.random.default_rng(1)
    x_t = np.float32(0.6 * 2.0) + np.float32(0.4) * random.standard_normal((1, 100_000, 1)).astype(np.float32)
    later = noised_again(x_t, 0.4, 0.7, random.standard_normal(x_t.shape).astype(np.float32))
    assert later.mean() == pytest.approx(0.3 * 2.0, abs=0.01)
    assert later.std() == pytest.approx(0.7, rel=0.01)


@pytest.mark.parametrize("grid", TIME_GRIDS)
@pytest.mark.parametrize("steps", [1, 4, 50])
def test_a_grid_falls_from_noise_to_data(grid, steps):
    times = grid_times(grid, steps)
    assert (len(times), times[0], times[-1]) == (steps + 1, 1.0, 0.0)
    assert all(later < earlier for earlier, later in pairwise(times))


def test_where_a_grid_is_dense():
    assert grid_times("uniform", 4) == [1.0, 0.75, 0.5, 0.25, 0.0]
    assert grid_times("dense-at-noise", 2) == [1.0, 0.75, 0.0]
    assert grid_times("dense-at-data", 2) == [1.0, 0.25, 0.0]
