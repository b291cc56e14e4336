"""MS-272: round trips, closed forms, mirroring."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from engine.motion import ms272, rotations
from engine.motion.motion import Motion
from engine.motion.ms272 import SLICES
from engine.motion.skeleton import BODY, Skeleton

UP = np.array([0.0, 1.0, 0.0])


def _placed_as_decoded(motion):
    """Root translation and rotations of a motion that is turned and moved to begin over the origin, facing +Z."""
    turn = rotations.inverse(rotations.heading(motion.local_rotations_wxyz[0, 0]))
    local = motion.local_rotations_wxyz.copy()
    local[:, 0] = rotations.multiply(turn, local[:, 0])
    start = motion.root_translation_m[0] * np.array([1.0, 0.0, 1.0])
    return replace(
        motion,
        local_rotations_wxyz=local,
        root_translation_m=rotations.rotate(turn, motion.root_translation_m - start),
    )


def _assert_round_trip(motion):
    features = ms272.encode(motion)
    decoded, expected = ms272.decode(features), _placed_as_decoded(motion)
    assert np.linalg.norm(decoded.positions_m - expected.positions_m, axis=-1).max() < 1e-4
    angles = rotations.angle_between(decoded.local_rotations_wxyz, expected.local_rotations_wxyz)
    assert np.degrees(angles).max() < 0.1
    np.testing.assert_allclose(ms272.encode(decoded), features, atol=1e-4)


def test_the_layout_adds_up_to_the_published_width():
    assert ms272.WIDTH == 272
    assert [(name, part.start, part.stop) for name, part in SLICES.items()] == [
        ("root_velocity", 0, 2),
        ("heading_change", 2, 8),
        ("joint_positions", 8, 74),
        ("joint_velocities", 74, 140),
        ("joint_rotations", 140, 272),
    ]


def test_a_made_motion_comes_back(make_motion):
    _assert_round_trip(make_motion(frames=120, bend_rad=0.8))


def test_a_hundred_real_clips_come_back(real_motions):
    assert len(real_motions) == 100
    for motion in real_motions:
        _assert_round_trip(motion)


def test_single_precision_is_enough(real_motions):
    motion = max(real_motions, key=len)
    decoded = ms272.decode(ms272.encode(motion).astype(np.float32))
    off = np.linalg.norm(decoded.positions_m - _placed_as_decoded(motion).positions_m, axis=-1)
    assert off.max() < 1e-3


def test_walking_ahead_while_turning_left():
    frames, turn, stride = 8, 0.1, 0.05
    heading = rotations.from_axis_angle(UP, 0.4 + turn * np.arange(frames))
    local = np.tile(rotations.IDENTITY_WXYZ, (frames, 22, 1))
    local[:, 0] = heading
    steps = rotations.rotate(heading, np.array([0.0, 0.0, stride]))
    root = np.cumsum(steps, axis=0) + BODY.rest_offsets[0]
    features = ms272.encode(Motion(local, root, np.zeros((frames, 4)), 30.0))
    np.testing.assert_allclose(features[:, SLICES["root_velocity"]], [[0.0, stride]] * frames, atol=1e-12)
    np.testing.assert_allclose(
        features[:, SLICES["heading_change"]],
        [[np.cos(turn), 0.0, -np.sin(turn), 0.0, 1.0, 0.0]] * frames,
        atol=1e-12,
    )
    positions = features[:, SLICES["joint_positions"]].reshape(frames, 22, 3)
    np.testing.assert_allclose(positions[:, 0], [BODY.rest_offsets[0]] * frames, atol=1e-12)
    np.testing.assert_allclose(positions, positions[:1].repeat(frames, axis=0), atol=1e-12)
    upright = np.tile([1.0, 0.0, 0.0, 0.0, 1.0, 0.0], (frames, 22))
    np.testing.assert_allclose(features[:, SLICES["joint_rotations"]], upright, atol=1e-12)


def test_mirrored_features_are_those_of_the_mirrored_motion(make_motion):
    motion = make_motion()
    expected = ms272.encode(motion.mirrored())
    np.testing.assert_allclose(ms272.mirrored(ms272.encode(motion)), expected, atol=1e-12)


def test_what_it_cannot_describe_is_refused(make_motion):
    motion = make_motion(frames=2)
    names = tuple(f"other_{name}" for name in BODY.joint_names)
    with pytest.raises(ValueError, match="22-joint body"):
        ms272.encode(replace(motion, skeleton=Skeleton(names, BODY.parents, BODY.rest_offsets)))
    with pytest.raises(ValueError, match="two frames"):
        ms272.encode(motion.frames(0, 1))
