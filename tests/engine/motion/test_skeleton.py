"""The skeleton: forward kinematics of a hand-worked arm, mirror pairs, and what it refuses."""

from __future__ import annotations

import numpy as np
import pytest

from engine.motion import rotations
from engine.motion.skeleton import BODY, FOOT_JOINTS, Skeleton

ARM = Skeleton(
    ("shoulder", "elbow", "wrist"), (-1, 0, 1), np.array([[0, 1, 0], [0.3, 0, 0], [0.25, 0, 0]], dtype=float)
)
IDENTITY = rotations.IDENTITY_WXYZ
QUARTER_ABOUT_Z = rotations.from_axis_angle(np.array([0.0, 0.0, 1.0]), np.pi / 2)


def test_an_arm_at_rest_lies_along_its_offsets():
    positions, _ = ARM.forward_kinematics(np.tile(IDENTITY, (3, 1)), np.array([0.0, 1.0, 0.0]))
    np.testing.assert_allclose(positions, [[0, 1, 0], [0.3, 1, 0], [0.55, 1, 0]])


def test_an_elbow_moves_the_wrist_and_a_shoulder_both():
    elbow_bent = np.array([IDENTITY, QUARTER_ABOUT_Z, IDENTITY])
    both_bent = np.array([QUARTER_ABOUT_Z, QUARTER_ABOUT_Z, IDENTITY])
    positions, turned = ARM.forward_kinematics(np.stack([elbow_bent, both_bent]), np.zeros((2, 3)))
    np.testing.assert_allclose(positions[0], [[0, 0, 0], [0.3, 0, 0], [0.3, 0.25, 0]], atol=1e-15)
    np.testing.assert_allclose(positions[1], [[0, 0, 0], [0, 0.3, 0], [-0.25, 0.3, 0]], atol=1e-15)
    half_turn = rotations.from_axis_angle(np.array([0.0, 0.0, 1.0]), np.pi)
    np.testing.assert_allclose(turned[1, 2], half_turn, atol=1e-15)


def test_the_body_stands_on_the_ground_in_a_t_pose_facing_z():
    rest, _ = BODY.forward_kinematics(np.tile(IDENTITY, (22, 1)), BODY.rest_offsets[0])
    position = dict(zip(BODY.joint_names, rest, strict=True))
    assert position["left_wrist"][0] > position["left_shoulder"][0] > 0.0
    assert position["left_wrist"][1] == pytest.approx(position["left_shoulder"][1])
    assert position["left_foot"][2] > position["left_ankle"][2]
    assert 0.0 < position["left_foot"][1] < 0.1
    assert 1.3 < position["head"][1] < 1.7


def test_names_and_order_are_those_of_smpl():
    assert len(BODY.joint_names) == 22
    assert BODY.joint_names[:4] == ("pelvis", "left_hip", "right_hip", "spine1")
    assert BODY.joint_names[-1] == "right_wrist"
    assert BODY.parents == (-1, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 9, 9, 12, 13, 14, 16, 17, 18, 19)
    assert [BODY.joint_names[joint] for joint in FOOT_JOINTS] == [
        "left_ankle",
        "left_foot",
        "right_ankle",
        "right_foot",
    ]


def test_mirror_pairs_swap_sides_and_offsets_are_symmetric():
    swap = list(BODY.mirror_indices)
    assert [swap[joint] for joint in swap] == list(range(22))
    assert BODY.joint_names[swap[BODY.index("left_knee")]] == "right_knee"
    assert swap[BODY.index("spine2")] == BODY.index("spine2")
    np.testing.assert_array_equal(BODY.rest_offsets[swap], BODY.rest_offsets * np.array([-1.0, 1.0, 1.0]))


@pytest.mark.parametrize(
    ("names", "parents"),
    [
        (("a", "b"), (-1,)),
        (("a", "a"), (-1, 0)),
        (("a", "b"), (-1, -1)),
        (("a", "b"), (1, -1)),
        (("a", "b"), (-1, 1)),
        (("a", "b"), (0, 0)),
    ],
)
def test_a_skeleton_that_is_no_tree_is_refused(names, parents):
    with pytest.raises(ValueError):
        Skeleton(names, parents, np.zeros((2, 3)))
