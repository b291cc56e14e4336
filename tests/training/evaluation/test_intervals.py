"""Intervals hold what they promise."""

from __future__ import annotations

import math

import numpy as np
import pytest

from training.evaluation.intervals import estimate, share


def test_an_interval_of_few_repeats_by_hand():
    """Student's t of 3 degrees of freedom is 3.182; the standard error of 1, 2, 3, 4 is 0.645."""
    one = estimate([1.0, 2.0, 3.0, 4.0])
    assert (one.mean, one.half_width) == (2.5, pytest.approx(3.1824 * np.sqrt(5 / 3) / 2, rel=1e-4))
    assert str(one) == "2.500 ±2.054"


def test_one_repeat_knows_nothing_of_its_spread():
    assert estimate([0.5]).half_width == math.inf
    assert str(estimate([0.5])) == "0.500 ±?"


def test_95_of_100_intervals_hold_the_truth():
    random = np.random.default_rng(0)
    held = [abs(one.mean - 7.0) <= one.half_width for one in
            (estimate(7.0 + random.standard_normal(5)) for _ in range(2000))]  # fmt: skip
    assert np.mean(held) == pytest.approx(0.95, abs=0.015)


def test_a_share_has_wilsons_interval():
    one = share(9, 10)
    assert one.value == 0.9
    assert (one.low, one.high) == (pytest.approx(0.5958, abs=1e-4), pytest.approx(0.9821, abs=1e-4))
    assert share(10, 10).high == 1.0
    nothing_known = share(0, 0)
    assert (nothing_known.low, nothing_known.high) == (0.0, 1.0)
    assert np.isnan(nothing_known.value)
