"""Changing the frame rate: lengths, and values where they are known."""

from __future__ import annotations

import numpy as np
import pytest

from engine.motion import rotations
from engine.motion.motion import Motion
from engine.motion.resampling import resampled


def _turning(frames: int, fps: float) -> Motion:
    """A pelvis that turns by 1 rad/s about Y and moves by 1 m/s along X."""
    time = np.arange(frames) / fps
    local = np.tile(rotations.IDENTITY_WXYZ, (frames, 22, 1))
    local[:, 0] = rotations.from_axis_angle(np.array([0.0, 1.0, 0.0]), time)
    root = np.stack([time, np.ones(frames), np.zeros(frames)], axis=-1)
    contacts = np.repeat((np.arange(frames) % 2)[:, None], 4, axis=1).astype(float)
    return Motion(local, root, contacts, fps)


@pytest.mark.parametrize(
    ("frames", "fps", "new_fps", "new_frames"),
    [
        (61, 60, 30, 31),
        (60, 60, 30, 30),
        (31, 30, 20, 21),
        (30, 30, 20, 20),
        (21, 20, 30, 31),
        (121, 120, 29.97, 30),
        (1, 30, 20, 1),
    ],
)
def test_time_goes_on_at_the_same_pace(frames, fps, new_fps, new_frames):
    motion = resampled(_turning(frames, fps), new_fps)
    expected = _turning(new_frames, new_fps)
    assert motion.fps == new_fps
    np.testing.assert_allclose(motion.root_translation_m, expected.root_translation_m, atol=1e-12)
    angles = rotations.angle_between(motion.local_rotations_wxyz, expected.local_rotations_wxyz)
    np.testing.assert_allclose(angles, 0.0, atol=1e-6)


def test_contacts_stay_zero_or_one():
    assert set(np.unique(resampled(_turning(31, 30), 20).foot_contacts)) <= {0.0, 1.0}


def test_the_same_rate_changes_nothing():
    motion = _turning(5, 30)
    assert resampled(motion, 30) is motion


def test_real_motions_survive_30_to_60_and_back(real_motions):
    for motion in real_motions[::10]:
        back = resampled(resampled(motion, 60.0), 30.0)
        np.testing.assert_allclose(back.positions_m, motion.positions_m[: len(back)], atol=1e-9)


@pytest.mark.parametrize("fps", [0.0, -30.0, float("nan")])
def test_a_rate_that_is_not_positive_is_refused(fps):
    with pytest.raises(ValueError, match="positive"):
        resampled(_turning(5, 30), fps)
