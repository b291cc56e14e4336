"""Figures of the body, on motions whose figures follow from how they were made."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from engine.motion import rotations
from engine.motion.motion import Motion
from engine.motion.skeleton import BODY
from training.evaluation.bodies import body_figures

FRAMES, FPS = 60, 30.0


def standing(root_m=None, turned=None):
    """Standing in the rest pose; root_m: (N, 3) added to the root. turned: joint → quaternion."""
    local = np.tile(rotations.IDENTITY_WXYZ, (FRAMES, len(BODY.joint_names), 1))
    for joint, quaternion in (turned or {}).items():
        local[:, BODY.index(joint)] = quaternion
    root = np.tile(BODY.rest_offsets[0], (FRAMES, 1)) + (0.0 if root_m is None else root_m)
    return Motion(local, root, np.zeros((FRAMES, 4)), FPS)


def along(axis, values):
    path = np.zeros((FRAMES, 3))
    path[:, axis] = values
    return path


def test_standing_still_has_no_fault():
    figures = body_figures(standing())
    assert (figures.foot_skate_cm_s, figures.jerk_m_s3, figures.joint_limits_percent) == (0.0, 0.0, 0.0)
    assert figures.penetration_cm == pytest.approx(0.0, abs=1e-6)


def test_a_body_that_glides_skates_at_its_speed():
    assert body_figures(standing(along(2, 0.2 * np.arange(FRAMES) / FPS))).foot_skate_cm_s == pytest.approx(
        20.0, abs=0.1
    )


def test_claimed_contacts_do_not_count():
    gliding = standing(along(2, 3.0 * np.arange(FRAMES) / FPS))
    assert body_figures(replace(gliding, foot_contacts=np.ones((FRAMES, 4)))).foot_skate_cm_s == 0.0


def test_a_body_in_the_ground_is_as_deep_as_it_is():
    assert body_figures(standing(along(1, -0.03))).penetration_cm == pytest.approx(3.0, abs=1e-6)
    assert [body_figures(standing(along(1, -depth))).sunken_percent for depth in (0.0, 0.009, 0.011)] == [
        0.0,
        0.0,
        100.0,
    ]
    assert body_figures(standing(along(1, 0.5))).penetration_cm == 0.0


def test_jerk_of_a_cubic_path():
    """x = c·t³ has the third derivative 6·c."""
    time = np.arange(FRAMES) / FPS
    assert body_figures(standing(along(0, 0.5 * time**3))).jerk_m_s3 == pytest.approx(3.0, rel=1e-6)


@pytest.mark.parametrize(
    ("joint", "axis", "degrees", "over"),
    [
        ("left_knee", (1, 0, 0), 120.0, False),
        ("left_knee", (1, 0, 0), -20.0, True),
        ("right_knee", (1, 0, 0), 160.0, True),
        ("left_elbow", (0, 1, 0), -100.0, False),
        ("left_elbow", (0, 1, 0), 20.0, True),
        ("right_elbow", (0, 1, 0), 100.0, False),
        ("right_elbow", (0, 1, 0), -20.0, True),
        ("neck", (0, 1, 0), 100.0, True),
        ("left_shoulder", (0, 0, 1), -80.0, False),
    ],
)
def test_joints_over_their_limits(joint, axis, degrees, over):
    turn = rotations.from_axis_angle(np.array(axis, dtype=float), np.radians(degrees))
    percent = body_figures(standing(turned={joint: turn})).joint_limits_percent
    assert percent == pytest.approx(100.0 / 21 if over else 0.0)


def test_a_few_frames_are_enough():
    assert body_figures(standing().frames(0, 2)).jerk_m_s3 == 0.0
