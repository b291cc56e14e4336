"""HumanML3D-263 and MARDM-67: round trips, the published recipe's conventions, and what is lost."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from engine.motion import humanml, rotations
from engine.motion.humanml import SLICES
from engine.motion.motion import Motion
from engine.motion.resampling import resampled
from engine.motion.skeleton import BODY

UP = np.array([0.0, 1.0, 0.0])


@pytest.fixture(scope="module")
def motion(make_motion):
    return make_motion(frames=80, fps=20.0)


@pytest.fixture(scope="module")
def features(motion):
    return humanml.encode(motion)


def _standing(frames: int = 10, root: np.ndarray | None = None) -> Motion:
    root = np.tile(BODY.rest_offsets[0], (frames, 1)) if root is None else root
    return Motion(np.tile(rotations.IDENTITY_WXYZ, (frames, 22, 1)), root, np.ones((frames, 4)), 20.0)


def _degrees_apart(a, b):
    """The angles between two (N, 126) blocks of rotations."""
    a, b = (rotations.from_six_d(block.reshape(-1, 21, 6)) for block in (a, b))
    return np.degrees(rotations.angle_between(a, b))


def _placed_as_decoded(motion):
    """The motion turned and moved to begin where decoded motions do, judged by its first frame's hips and shoulders."""
    first = dict(zip(BODY.joint_names, motion.positions_m[0], strict=True))
    across = sum(first[f"left_{joint}"] - first[f"right_{joint}"] for joint in ("hip", "shoulder"))
    forward = np.cross(across, UP)
    turn = rotations.from_axis_angle(UP, -np.arctan2(forward[0], forward[2]))
    start = motion.root_translation_m[0] * np.array([1.0, 0.0, 1.0])
    return rotations.rotate(turn, motion.positions_m - start)


def test_the_layout_adds_up_to_the_published_widths():
    assert humanml.WIDTH == 263
    assert humanml.MARDM_WIDTH == 67
    assert [(name, part.start, part.stop) for name, part in SLICES.items()] == [
        ("root_angular_velocity", 0, 1),
        ("root_linear_velocity", 1, 3),
        ("root_height", 3, 4),
        ("joint_positions", 4, 67),
        ("joint_rotations", 67, 193),
        ("joint_velocities", 193, 259),
        ("foot_contacts", 259, 263),
    ]


def test_features_come_back_through_a_motion(features):
    again = humanml.encode(humanml.decode(features))
    np.testing.assert_allclose(again, features, atol=1e-9)


def test_joints_come_back_through_features(motion, features):
    np.testing.assert_allclose(humanml.decode(features).positions_m, _placed_as_decoded(motion), atol=1e-9)


def test_mardm_features_decode_to_the_same_motion(motion, features):
    short = humanml.encode_mardm(motion)
    np.testing.assert_array_equal(short, features[:, :67])
    np.testing.assert_array_equal(humanml.decode(short).positions_m, humanml.decode(features).positions_m)


def test_a_hundred_real_clips_come_back(real_motions):
    assert len(real_motions) == 100
    for motion in real_motions:
        at_20 = resampled(motion, 20.0)
        features = humanml.encode(at_20)
        decoded = humanml.decode(features)
        again = humanml.encode(decoded)
        assert np.linalg.norm(decoded.positions_m - _placed_as_decoded(at_20), axis=-1).max() < 1e-4
        assert np.abs(again - features).max() < 1e-4
        assert _degrees_apart(again[:, SLICES["joint_rotations"]], features[:, SLICES["joint_rotations"]]).max() < 0.1


def test_pelvis_and_chest_keep_their_rotations(motion, features):
    decoded = humanml.decode(features)
    for name in ("pelvis", "spine3"):
        joint = BODY.index(name)
        turned = rotations.multiply(
            rotations.inverse(motion.global_rotations_wxyz[0, joint]), motion.global_rotations_wxyz[:, joint]
        )
        turned_back = rotations.multiply(
            rotations.inverse(decoded.global_rotations_wxyz[0, joint]), decoded.global_rotations_wxyz[:, joint]
        )
        assert np.degrees(rotations.angle_between(turned, turned_back)).max() < 0.1


def test_the_rotation_of_hands_is_lost(motion, features):
    local = motion.local_rotations_wxyz.copy()
    turned = rotations.from_axis_angle(np.array([1.0, 0.0, 0.0]), 0.5)
    wrist = BODY.index("left_wrist")
    local[:, wrist] = rotations.multiply(local[:, wrist], turned)
    np.testing.assert_allclose(humanml.encode(replace(motion, local_rotations_wxyz=local)), features, atol=1e-9)


def test_standing_still():
    features = humanml.encode(_standing())
    np.testing.assert_allclose(features[:, :3], 0.0, atol=1e-12)
    np.testing.assert_allclose(features[:, SLICES["joint_velocities"]], 0.0, atol=1e-12)
    np.testing.assert_array_equal(features[:, SLICES["foot_contacts"]], 1.0)
    heights = features[0, SLICES["joint_positions"]].reshape(21, 3)[:, 1]
    assert heights.min() == pytest.approx(0.0)  # the toes
    assert features[0, 3] == pytest.approx(0.898)


def test_walking_ahead_moves_along_z_of_the_heading_frame():
    root = np.tile(BODY.rest_offsets[0], (10, 1))
    root[:, 2] += 0.05 * np.arange(10)
    features = humanml.encode(_standing(root=root))
    np.testing.assert_allclose(features[:, SLICES["root_linear_velocity"]], [[0.0, 0.05]] * 10, atol=1e-12)
    np.testing.assert_array_equal(features[:, SLICES["foot_contacts"]], 0.0)  # 0.05² > 0.002


def test_a_steady_turn_to_the_left_is_half_its_angle_and_negative():
    turn = 0.1 * np.arange(400)  # many times past ±180°
    still = _standing(400)
    local = still.local_rotations_wxyz.copy()
    local[:, 0] = rotations.from_axis_angle(UP, turn)
    features = humanml.encode(replace(still, local_rotations_wxyz=local))
    np.testing.assert_allclose(features[90:-90, 0], -0.05, atol=1e-9)
    decoded = humanml.decode(features)
    forward = rotations.rotate(decoded.local_rotations_wxyz[:, 0], np.array([0.0, 0.0, 1.0]))
    np.testing.assert_allclose(forward[:, 0], np.sin(turn), atol=1e-9)
    np.testing.assert_allclose(forward[:, 2], np.cos(turn), atol=1e-9)


def test_start_and_heading_do_not_matter(motion, features):
    turn = rotations.from_axis_angle(UP, 2.0)
    local = motion.local_rotations_wxyz.copy()
    local[:, 0] = rotations.multiply(turn, local[:, 0])
    root = rotations.rotate(turn, motion.root_translation_m) + np.array([3.0, 0.0, -2.0])
    elsewhere = replace(motion, local_rotations_wxyz=local, root_translation_m=root)
    unturned = slice(0, SLICES["joint_rotations"].start)
    np.testing.assert_allclose(humanml.encode(elsewhere)[:, unturned], features[:, unturned], atol=1e-9)


def test_rotations_follow_the_five_chains_of_the_original(features):
    """The recipe of HumanML3D's recovery from rotations: each chain starts anew from the root's rotation."""
    axes = {10: "+z", 11: "+z", 15: "+z", 1: "+x", 13: "+x", 2: "-x", 14: "-x", 3: "+y", 6: "+y", 9: "+y", 12: "+y"}
    chains = [[0, 2, 5, 8, 11], [0, 1, 4, 7, 10], [0, 3, 6, 9, 12, 15], [9, 14, 17, 19, 21], [9, 13, 16, 18, 20]]
    half_turn = np.concatenate([[0.0], np.cumsum(features[:-1, 0])])
    root = np.stack([np.cos(half_turn), 0 * half_turn, np.sin(half_turn), 0 * half_turn], axis=-1)
    local = rotations.from_six_d(features[:, SLICES["joint_rotations"]].reshape(-1, 21, 6))
    positions = humanml.decode_positions(features)
    for chain in chains:
        rotation = root
        for before, joint in pairwise(chain):
            rotation = rotations.multiply(rotation, local[:, joint - 1])
            sign, letter = axes.get(joint, "-y")
            axis = np.eye(3)["xyz".index(letter)] * (1.0 if sign == "+" else -1.0)
            length = np.linalg.norm(BODY.rest_offsets[joint])
            bone = positions[:, joint] - positions[:, before]
            np.testing.assert_allclose(rotations.rotate(rotation, axis * length), bone, atol=1e-9)


def test_generated_features_of_other_proportions_still_make_a_motion():
    random = np.random.default_rng(0)
    decoded = humanml.decode(random.normal(size=(12, 263)))
    assert len(decoded) == 12
    assert len(humanml.decode(np.zeros((1, 67)))) == 1


@pytest.mark.parametrize(
    "wrong", [np.zeros((3, 66)), np.zeros(263), np.zeros((0, 263)), np.full((3, 67), np.nan)], ids=str
)
def test_wrong_features_are_refused(wrong):
    with pytest.raises(ValueError, match="features are"):
        humanml.decode(wrong)


def test_wrong_motions_are_refused(make_motion):
    with pytest.raises(ValueError, match="resample"):
        humanml.encode(make_motion(frames=10, fps=30.0))
    with pytest.raises(ValueError, match="two frames"):
        humanml.encode(make_motion(frames=1, fps=20.0))
