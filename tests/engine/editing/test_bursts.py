"""What leaps in a single frame is smoothed until no joint is faster than a body can be; everything else stays."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from engine.editing.bursts import without_bursts
from engine.motion import rotations
from engine.motion.motion import Motion
from tests.engine.editing.test_joining import FPS, wandering


def fastest_m_s(motion: Motion) -> float:
    return float(np.linalg.norm(np.diff(motion.positions_m, axis=0), axis=-1).max() * FPS)


def flipped(motion: Motion, frame: int, degrees: float) -> Motion:
    """The body turned about its way from one frame to the next, as a badly decoded flip does."""
    local = motion.local_rotations_wxyz.copy()
    turn = rotations.from_axis_angle(np.array([1.0, 0.0, 0.0]), np.radians(degrees))
    local[frame:, 0] = rotations.multiply(turn, local[frame:, 0])
    return replace(motion, local_rotations_wxyz=rotations.continuous(local))


def test_a_motion_that_a_body_can_do_is_the_same_one():
    motion = wandering()
    assert without_bursts(motion) is motion


@pytest.mark.parametrize("frame", [1, 30, 59])
@pytest.mark.parametrize("degrees", [60.0, 120.0])
def test_a_body_that_flips_within_a_frame_takes_its_time(frame, degrees):
    burst = flipped(wandering(), frame, degrees)
    assert fastest_m_s(burst) > 20.0
    result = without_bursts(burst)
    assert fastest_m_s(result) < 15.0
    away = np.abs(np.arange(len(burst)) - frame) > 0.5 * FPS
    np.testing.assert_array_equal(result.local_rotations_wxyz[away], burst.local_rotations_wxyz[away])


def test_one_frame_far_off_is_brought_back():
    burst = wandering()
    root = burst.root_translation_m.copy()
    root[20] += [0.0, 1.0, 0.0]
    result = without_bursts(replace(burst, root_translation_m=root))
    assert fastest_m_s(result) < 15.0
    assert abs(result.root_translation_m[20, 1] - burst.root_translation_m[20, 1]) < 0.4
