"""Sink-ctrl by hand: w · (1 + λ · (s − s_ref)), kept between 1 and twice what was asked for."""

from __future__ import annotations

import numpy as np

from engine.sampling.sinking import SinkControl


def floats(*values):
    return np.array(values, np.float32)


def test_more_sinking_guides_more_and_less_guides_less():
    scale = SinkControl(strength=2.0, reference=0.3).scale(floats(2.5, 2.5, 2.5), floats(0.3, 0.5, 0.2))
    np.testing.assert_allclose(scale, [2.5, 2.5 * 1.4, 2.5 * 0.8], rtol=1e-6)


def test_it_stays_between_no_guidance_and_twice_what_was_asked_for():
    scale = SinkControl(strength=20.0, reference=0.5).scale(floats(2.5, 2.5), floats(0.0, 1.0))
    np.testing.assert_allclose(scale, [1.0, 5.0])


def test_a_wish_for_no_or_less_guidance_stays_and_so_does_what_nobody_measured():
    scale = SinkControl(strength=5.0, reference=0.1).scale(floats(0.5, 1.0, 3.0), floats(0.9, 0.9, np.nan))
    np.testing.assert_allclose(scale, [0.5, 1.0, 3.0])


def test_no_strength_leaves_guidance_alone():
    np.testing.assert_array_equal(SinkControl(0.0, 0.4).scale(floats(2.5), floats(0.9)), floats(2.5))
