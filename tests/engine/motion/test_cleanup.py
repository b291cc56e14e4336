"""Feet above the ground, bodies not lifted without need, and frames that must not change."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from engine.editing.bursts import without_bursts
from engine.motion import rotations
from engine.motion.cleanup import above_ground, cleaned, comparison, foot_skate_cm_s, penetration_cm
from engine.motion.motion import Motion
from engine.motion.skeleton import BODY, FOOT_JOINTS
from tests.engine.motion.test_foot_lock import _sliding

FRAMES = 90


def standing(speed_m_s: float = 0.0, heights_m: np.ndarray | float = 0.0) -> Motion:
    """A figure with bent knees on the ground, or as much above it as `heights_m` (N,) says."""
    motion = _sliding(speed_m_s, frames=FRAMES)
    root = motion.root_translation_m.copy()
    root[:, 1] += heights_m
    return replace(motion, root_translation_m=root)


def dip(depth_m: float, half: int, at: int = 45) -> np.ndarray:
    away = np.abs(np.arange(FRAMES) - at) / half
    return -depth_m * np.where(away < 1.0, np.cos(0.5 * np.pi * np.minimum(away, 1.0)) ** 2, 0.0)


def ankle_heights(motion: Motion) -> np.ndarray:
    return motion.positions_m[:, [FOOT_JOINTS[0], FOOT_JOINTS[2]], 1]


def test_a_body_that_is_too_low_is_raised_as_a_whole():
    low = standing(heights_m=-0.05)
    result = cleaned(low)
    assert penetration_cm(low) == pytest.approx(4.5, abs=0.01)
    assert penetration_cm(result) < 1e-6
    np.testing.assert_allclose(result.local_rotations_wxyz, low.local_rotations_wxyz, atol=1e-9)
    np.testing.assert_allclose(result.root_translation_m[:, 1] - low.root_translation_m[:, 1], 0.045, atol=1e-9)


def test_a_short_dip_is_taken_up_by_the_legs():
    low = standing(heights_m=dip(0.04, 4))
    result = cleaned(low)
    assert penetration_cm(result) < 1e-6
    np.testing.assert_allclose(result.root_translation_m, low.root_translation_m, atol=1e-12)
    assert (result.local_rotations_wxyz != low.local_rotations_wxyz).any()
    far = np.abs(np.arange(FRAMES) - 45) > 12
    np.testing.assert_allclose(result.positions_m[far], low.positions_m[far], atol=1e-9)


def test_what_is_in_the_ground_after_all_is_raised_smoothly_and_the_rest_stays():
    low = standing(heights_m=dip(0.04, 4))
    result = above_ground(low)
    assert penetration_cm(result) < 1e-6
    np.testing.assert_array_equal(result.local_rotations_wxyz, low.local_rotations_wxyz)
    far = np.abs(np.arange(FRAMES) - 45) > 24
    np.testing.assert_array_equal(result.root_translation_m[far], low.root_translation_m[far])
    raised_m = (result.root_translation_m - low.root_translation_m)[:, 1]
    assert np.abs(np.diff(raised_m, n=2)).max() < 0.002
    assert above_ground(result) is result


def test_a_fall_within_a_frame_that_was_smoothed_through_the_ground_is_raised():
    """As the engine tidies: what gives a leap its time knows of no ground."""
    upright = standing()
    local, root = upright.local_rotations_wxyz.copy(), upright.root_translation_m.copy()
    lie_down = rotations.from_axis_angle(np.array([1.0, 0.0, 0.0]), -np.pi / 2)
    local[45:, 0], root[45:, 1] = rotations.multiply(lie_down, local[45:, 0]), 0.2
    smooth = without_bursts(cleaned(replace(upright, local_rotations_wxyz=local, root_translation_m=root)))
    assert penetration_cm(smooth) > 4.0
    assert penetration_cm(above_ground(smooth)) < 0.1


@pytest.mark.parametrize("height_m", [-0.1, 0.0, 0.05])
def test_who_lies_does_so_on_the_ground_and_not_in_it(height_m):
    upright = standing()
    lie_down = rotations.from_axis_angle(np.array([1.0, 0.0, 0.0]), -np.pi / 2)
    local, root = upright.local_rotations_wxyz.copy(), upright.root_translation_m.copy()
    local[:, 0], root[:, 1] = rotations.multiply(lie_down, local[:, 0]), height_m
    result = above_ground(replace(upright, local_rotations_wxyz=local, root_translation_m=root))
    trunk = [BODY.index(name) for name in ("pelvis", "spine2", "head")]
    assert 0.059 < result.positions_m[:, trunk, 1].min() < 0.13  # its heels may be lower
    assert above_ground(result) is result


def test_what_stands_well_is_left_to_the_last_bit():
    motion = standing()
    assert np.array_equal(cleaned(motion).local_rotations_wxyz, motion.local_rotations_wxyz)


def test_lifting_is_smooth():
    low = standing(heights_m=dip(0.04, 4) + dip(0.06, 20, at=70))
    steps = np.diff(ankle_heights(cleaned(low)), n=2, axis=0)
    assert np.abs(steps).max() < 0.02


def test_frames_that_are_not_free_stay_and_a_standing_foot_leaves_them_without_a_jump():
    sliding = standing(speed_m_s=0.2, heights_m=-0.01)
    free = np.zeros(FRAMES, bool)
    free[30:60] = True
    result = cleaned(sliding, free)
    for name in ("local_rotations_wxyz", "root_translation_m"):
        assert np.array_equal(getattr(result, name)[~free], getattr(sliding, name)[~free])
        assert not np.array_equal(getattr(result, name)[free], getattr(sliding, name)[free])
    feet = result.positions_m[:, list(FOOT_JOINTS)]
    largest = np.linalg.norm(np.diff(sliding.positions_m[:, list(FOOT_JOINTS)], axis=0), axis=-1).max()
    assert np.linalg.norm(np.diff(feet, axis=0), axis=-1).max() < 2.0 * largest


def test_a_leg_that_must_not_change_stays():
    sliding = standing(speed_m_s=0.2, heights_m=-0.02)
    result = cleaned(sliding, legs=(True, False), root=False)
    right = [BODY.index(f"right_{joint}") for joint in ("hip", "knee", "ankle", "foot")]
    assert np.array_equal(result.local_rotations_wxyz[:, right], sliding.local_rotations_wxyz[:, right])
    assert np.array_equal(result.root_translation_m, sliding.root_translation_m)
    left = FOOT_JOINTS[0]
    assert np.ptp(result.positions_m[:, left, 2]) < 1e-9


def test_a_leg_near_its_full_length_never_bends_the_wrong_way():
    straight = _sliding(0.3, bend_rad=0.02, frames=FRAMES)
    root = straight.root_translation_m + np.array([0.0, 1.0, 0.0]) * dip(0.12, 15)[:, None]
    result = cleaned(replace(straight, root_translation_m=root))
    knees = [BODY.index("left_knee"), BODY.index("right_knee")]
    bend = 2 * np.arctan2(result.local_rotations_wxyz[:, knees, 1], result.local_rotations_wxyz[:, knees, 0])
    assert np.degrees(bend).min() > -3.0


def test_figures_of_a_motion_that_slides_and_one_that_does_not():
    sliding = standing(speed_m_s=0.2)
    assert foot_skate_cm_s(sliding) == pytest.approx(20.0)
    figures = comparison(sliding, cleaned(sliding))
    assert figures["foot_skate_before_cm_s"] == pytest.approx(20.0)
    assert figures["foot_skate_after_cm_s"] < 0.01
    flying = replace(sliding, foot_contacts=np.zeros((FRAMES, 4)))
    assert foot_skate_cm_s(flying) == 0.0
