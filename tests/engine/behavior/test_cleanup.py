"""Cleaning up never makes a motion leap, whatever was asked for."""

from __future__ import annotations

import numpy as np

from engine.bundle import DEFAULT_BUNDLE, Bundle
from engine.generator import Engine
from engine.requests import GenerationRequest, Prompt, SamplingOptions


def test_no_joint_leaps_within_a_frame():
    """A leg of a lying body that reaches for the ground turned its knee over in one frame, at 19 m/s."""
    odd = Prompt("a person turns left and right at the same time while lying down and jumping", 4.0)
    (motion,) = Engine(Bundle(DEFAULT_BUNDLE)).generate(GenerationRequest((odd,), SamplingOptions(seed=9_200_015)))
    steps_m = np.linalg.norm(np.diff(motion.positions_m, axis=0), axis=-1)
    assert steps_m.max() * motion.fps < 15.0
