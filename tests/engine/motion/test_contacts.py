"""Foot contacts: standing, sliding, airborne."""

from __future__ import annotations

import numpy as np
import pytest

from engine.motion import rotations
from engine.motion.contacts import CLEARANCE_M, CONTACT_SPEED_M_S, foot_contacts
from engine.motion.skeleton import BODY

FPS = 30.0


def _standing(frames: int) -> np.ndarray:
    rest, _ = BODY.forward_kinematics(np.tile(rotations.IDENTITY_WXYZ, (22, 1)), BODY.rest_offsets[0])
    return np.tile(rest, (frames, 1, 1))


def _moved(positions, joints, offset):
    moved = positions.copy()
    moved[:, [BODY.index(joint) for joint in joints]] += offset
    return moved


def test_a_standing_body_stands_on_all_four():
    np.testing.assert_array_equal(foot_contacts(_standing(10), FPS), 1.0)
    np.testing.assert_array_equal(foot_contacts(_standing(1), FPS), 1.0)


def test_columns_are_left_heel_left_toe_right_heel_right_toe():
    lift = np.array([0.0, 0.2, 0.0])
    for column, joint in enumerate(("left_ankle", "left_foot", "right_ankle", "right_foot")):
        contacts = foot_contacts(_moved(_standing(5), [joint], lift), FPS)
        expected = np.ones((5, 4))
        expected[:, column] = 0.0
        np.testing.assert_array_equal(contacts, expected)


@pytest.mark.parametrize(("share", "standing"), [(0.9, 1.0), (1.1, 0.0)])
def test_the_thresholds_of_height_and_speed(share, standing):
    raised = _standing(6) + np.array([0.0, share * CLEARANCE_M, 0.0])
    np.testing.assert_array_equal(foot_contacts(raised, FPS), standing)
    np.testing.assert_array_equal(foot_contacts(raised, FPS, ground_m=1.0), 1.0)
    sliding = _standing(6)
    sliding[..., 2] += share * CONTACT_SPEED_M_S * np.arange(6)[:, None] / FPS
    np.testing.assert_array_equal(foot_contacts(sliding, FPS), standing)


def test_a_single_odd_frame_is_smoothed_away():
    positions = _standing(9)
    positions[4, :, 1] += CLEARANCE_M * 1.01
    np.testing.assert_array_equal(foot_contacts(positions, fps=1.0), 1.0)


def test_a_jump_leaves_the_ground_and_lands():
    positions = _standing(40)
    positions[10:30, :, 1] += 0.3
    contacts = foot_contacts(positions, FPS)
    assert contacts[:9].all()
    assert not contacts[12:28].any()
    assert contacts[31:].all()
