"""Joins in closed form: what already fits stays, what doesn't meets its borders in pose and in velocity."""

from __future__ import annotations

import numpy as np
import pytest

from engine.editing.joining import Border, closed, joined, led, placed
from engine.motion import rotations
from engine.motion.motion import Motion
from engine.motion.skeleton import BODY

FPS = 30.0
LEVEL = [0, 2]


def wandering(frames: int = 60, seed: int = 0) -> Motion:
    """A figure that walks along a curve, turns, and swings every joint."""
    random = np.random.default_rng(seed)
    time = np.arange(frames)[:, None] / FPS
    joints = len(BODY.joint_names)
    phase, speed = random.uniform(0.0, 6.0, (2, joints * 3))
    local = rotations.from_euler(0.4 * np.sin(phase + speed * time).reshape(frames, joints, 3), "ZXY")
    turn = rotations.from_axis_angle(np.array([0.0, 1.0, 0.0]), random.uniform(-1, 1) * time[:, 0])
    local[:, 0] = turn
    root = np.concatenate([np.sin(time), 0.9 + 0.05 * np.sin(3.0 * time), 1.2 * time], axis=1)
    return Motion(rotations.continuous(local), root, np.zeros((frames, 4)), FPS)


def facing(motion: Motion, frame: int) -> np.ndarray:
    return rotations.rotate(rotations.heading(motion.local_rotations_wxyz[frame, 0]), [0.0, 0.0, 1.0])


def assert_same(a: Motion, b: Motion, atol: float = 1e-9) -> None:
    np.testing.assert_allclose(a.root_translation_m, b.root_translation_m, atol=atol)
    angles = rotations.angle_between(a.local_rotations_wxyz, b.local_rotations_wxyz)
    np.testing.assert_allclose(angles, 0.0, atol=max(atol, 1e-7))


def test_a_placed_motion_stands_and_faces_as_asked_and_is_otherwise_the_same():
    motion, like = wandering(), wandering(seed=1).frames(20, 21)
    result = placed(motion, 12, like)
    np.testing.assert_allclose(result.root_translation_m[12, LEVEL], like.root_translation_m[0, LEVEL], atol=1e-12)
    np.testing.assert_allclose(facing(result, 12), facing(like, 0), atol=1e-12)
    np.testing.assert_allclose(result.root_translation_m[:, 1], motion.root_translation_m[:, 1], atol=1e-12)
    steps = [np.linalg.norm(np.diff(each.positions_m, axis=0), axis=-1) for each in (motion, result)]
    np.testing.assert_allclose(*steps, atol=1e-12)


def test_a_led_motion_comes_to_its_end_and_keeps_its_beginning():
    motion, like = wandering(), placed(wandering(seed=3), 0, wandering().frames(50, 51)).frames(7, 8)
    result = led(motion, 5, 50, like)
    assert_same(result.frames(0, 6), motion.frames(0, 6))
    np.testing.assert_allclose(result.root_translation_m[50, LEVEL], like.root_translation_m[0, LEVEL], atol=1e-9)
    np.testing.assert_allclose(facing(result, 50), facing(like, 0), atol=1e-9)
    jump = np.linalg.norm(np.diff(result.root_translation_m, n=2, axis=0), axis=-1)
    assert jump.max() < 0.02, "no step differs from the one before by more than two centimeters"


def test_a_motion_that_comes_where_it_should_is_not_bent():
    motion = wandering()
    assert_same(led(motion, 5, 50, motion.frames(50, 51)), motion)


def test_a_piece_that_fits_stays_as_it_is():
    motion = wandering()
    before, after = motion.frames(8, 10), motion.frames(40, 42)
    assert_same(joined(motion.frames(10, 40), Border(before, before), Border(after, after)), motion.frames(10, 40))


@pytest.mark.parametrize("frames", [1, 2, 5, 30])
def test_a_piece_that_does_not_fit_meets_both_its_borders(frames):
    """Pose and velocity at the borders are the wanted ones; with many frames the middle stays as it was made."""
    made = wandering(frames + 4)
    wanted = placed(wandering(frames + 4, seed=5), 1, made.frames(1, 2))
    end = placed(wanted, frames + 2, made.frames(frames + 2, frames + 3))
    before = Border(made.frames(0, 2), wanted.frames(0, 2))
    after = Border(made.frames(frames + 2, frames + 4), end.frames(frames + 2, frames + 4))
    result = joined(made.frames(2, frames + 2), before, after)
    whole = np.concatenate(
        [before.wanted.root_translation_m, result.root_translation_m, after.wanted.root_translation_m]
    )
    assert np.linalg.norm(np.diff(whole, n=2, axis=0), axis=-1).max() < (0.03 if frames > 5 else 0.2)
    rotated = np.concatenate(
        [before.wanted.local_rotations_wxyz, result.local_rotations_wxyz, after.wanted.local_rotations_wxyz]
    )
    steps = np.degrees(rotations.angle_between(rotated[1:], rotated[:-1]))
    largest = np.degrees(rotations.angle_between(made.local_rotations_wxyz[1:], made.local_rotations_wxyz[:-1])).max()
    assert steps.max() < (2.0 * largest if frames > 5 else 90.0)


def test_the_reach_of_a_correction_ends_inside_of_the_piece():
    made = wandering(200)
    wanted = placed(wandering(200, seed=2), 1, made.frames(1, 2)).frames(0, 2)
    result = joined(made.frames(2, 190), Border(made.frames(0, 2), wanted), None)
    assert_same(result.frames(40, 188), made.frames(42, 190))


def test_a_closed_loop_goes_on_as_it_began():
    """The frame after the last one is the first, placed where the root has got to, and so is the step to it."""
    motion = wandering(62)
    loop = closed(motion, 60)
    assert len(loop) == 60
    np.testing.assert_allclose(loop.root_translation_m[0, LEVEL], 0.0, atol=1e-12)
    np.testing.assert_allclose(facing(loop, 0), [0.0, 0.0, 1.0], atol=1e-12)
    pose = loop.local_rotations_wxyz.copy()
    pose[:, 0] = rotations.multiply(rotations.inverse(rotations.heading(pose[:, 0])), pose[:, 0])
    around = np.concatenate([pose[-2:], pose[:2]])
    steps = np.degrees(rotations.angle_between(around[1:], around[:-1]))
    assert np.abs(np.diff(steps, axis=0)).max() < 3.0
    height = np.concatenate([loop.root_translation_m[-2:, 1], loop.root_translation_m[:2, 1]])
    assert np.abs(np.diff(height, n=2)).max() < 0.005
