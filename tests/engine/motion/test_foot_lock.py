"""Feet that stand stay; everything that does not stand goes on as it was."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from engine.motion import rotations
from engine.motion.contacts import foot_contacts
from engine.motion.foot_lock import lock_feet
from engine.motion.motion import Motion
from engine.motion.skeleton import BODY, FOOT_JOINTS

FPS = 30.0


def _sliding(speed_m_s: float, bend_rad: float = 0.4, frames: int = 40) -> Motion:
    """A figure with bent knees that glides forward without stepping."""
    local = np.tile(rotations.IDENTITY_WXYZ, (frames, 22, 1))
    for side in ("left", "right"):
        for joint, angle in (("hip", -bend_rad), ("knee", 2 * bend_rad), ("ankle", -bend_rad)):
            local[:, BODY.index(f"{side}_{joint}")] = rotations.from_axis_angle(
                np.array([1.0, 0.0, 0.0]), np.array(angle)
            )
    root = np.zeros((frames, 3))
    drop = BODY.forward_kinematics(local[0], np.zeros(3))[0][list(FOOT_JOINTS), 1].min()
    root[:, 1] = 0.042 - drop
    root[:, 2] = np.arange(frames) * speed_m_s / FPS
    motion = Motion(local, root, np.ones((frames, 4)), FPS)
    return replace(motion, foot_contacts=foot_contacts(motion.positions_m, FPS))


def test_a_sliding_foot_is_held_still() -> None:
    sliding = _sliding(0.2)
    assert sliding.foot_contacts.all()
    locked = lock_feet(sliding)
    feet = locked.positions_m[:, FOOT_JOINTS]
    assert np.abs(feet - feet[0]).max() < 1e-9
    assert np.abs(sliding.positions_m[:, FOOT_JOINTS, 2] - sliding.positions_m[0, FOOT_JOINTS, 2]).max() > 0.2


def test_pelvis_and_the_directions_of_the_feet_are_kept() -> None:
    sliding = _sliding(0.2)
    locked = lock_feet(sliding)
    assert np.array_equal(locked.root_translation_m, sliding.root_translation_m)
    ankles = [BODY.index("left_ankle"), BODY.index("right_ankle")]
    angles = rotations.angle_between(locked.global_rotations_wxyz[:, ankles], sliding.global_rotations_wxyz[:, ankles])
    assert np.degrees(angles).max() < 1e-4
    knees = [BODY.index("left_knee"), BODY.index("right_knee")]
    bend = 2 * np.arctan2(locked.local_rotations_wxyz[:, knees, 1], locked.local_rotations_wxyz[:, knees, 0])
    assert (bend > 0).all(), "no knee bends backwards"


def test_bones_keep_their_lengths_and_a_still_figure_stays_as_it_is() -> None:
    still = _sliding(0.0)
    locked = lock_feet(still)
    assert np.abs(locked.positions_m - still.positions_m).max() < 1e-9


def test_feet_in_the_air_are_left_alone() -> None:
    flying = _sliding(0.2)
    root = flying.root_translation_m + np.array([0.0, 1.0, 0.0])
    flying = replace(flying, root_translation_m=root, foot_contacts=np.zeros((len(flying), 4)))
    locked = lock_feet(flying)
    assert np.abs(locked.positions_m - flying.positions_m).max() < 1e-9


def test_a_foot_out_of_reach_stretches_the_leg_and_no_further() -> None:
    far = _sliding(0.34, bend_rad=0.05, frames=60)
    locked = lock_feet(replace(far, foot_contacts=np.ones((60, 4))))
    hip, ankle = (locked.positions_m[:, BODY.index(f"left_{joint}")] for joint in ("hip", "ankle"))
    assert np.linalg.norm(hip - ankle, axis=-1).max() <= 0.801 + 1e-9
    assert np.isfinite(locked.local_rotations_wxyz).all()
