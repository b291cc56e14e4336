"""The convention of time and sign, shown with velocities whose integrals are known."""

import numpy as np
import pytest

from engine.sampling.flow import integrate

NOISE = np.random.default_rng(0).standard_normal((7, 3)).astype(np.float32)
DATA = np.random.default_rng(1).standard_normal((7, 3)).astype(np.float32)


@pytest.mark.parametrize("solver", ["euler", "midpoint"])
@pytest.mark.parametrize("steps", [1, 2, 13])
def test_the_straight_line_from_noise_leads_to_the_data(solver, steps):
    """v = ε − m = (x_t − m)/t: every solver follows a straight line exactly."""
    result = integrate(lambda x_t, t: (x_t - DATA) / np.float32(t), NOISE, steps, solver, lambda: None)
    np.testing.assert_allclose(result, DATA, atol=1e-5)


@pytest.mark.parametrize("solver", ["euler", "midpoint"])
def test_a_constant_velocity_is_subtracted_once(solver):
    """x_0 = ε − v, because time runs backwards over a length of 1."""
    result = integrate(lambda x_t, t: np.full_like(x_t, 0.5), NOISE, 8, solver, lambda: None)
    np.testing.assert_allclose(result, NOISE - 0.5, atol=1e-6)


def test_a_cubic_gains_one_and_midpoint_converges_faster():
    """dx/dt = 3t² from 1 to 0 subtracts 1: Euler errs as 1/n, midpoint as 1/n²."""
    errors = {}
    for solver in ("euler", "midpoint"):
        result = integrate(lambda x_t, t: np.full_like(x_t, 3 * t * t), NOISE, 100, solver, lambda: None)
        errors[solver] = float(np.abs(result - (NOISE - 1)).max())
    assert errors["euler"] < 0.02
    assert errors["midpoint"] < 1e-4


def test_each_step_is_announced():
    announced = []
    integrate(lambda x_t, t: x_t, NOISE, 6, "euler", lambda: announced.append(1))
    assert len(announced) == 6
