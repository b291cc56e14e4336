"""A root that sets out from a border: what is too sudden is taken away and made up for, all else stays."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from engine.editing.calming import calmed
from engine.motion import rotations
from engine.motion.motion import Motion
from engine.motion.rotations import Array
from engine.motion.skeleton import BODY

KNOWN, MADE = 12, 90
HASTE_S = 0.15


def going(root_m: Array, turn_rad: Array, fps: float) -> Motion:
    """A stiff figure on the way root_m (N, 3), turned about Y by turn_rad (N,)."""
    local = np.zeros((len(root_m), len(BODY.joint_names), 4))
    local[..., 0] = 1.0
    local[:, 0] = rotations.from_axis_angle(np.array([0.0, 1.0, 0.0]), turn_rad)
    return Motion(local, root_m, np.zeros((len(root_m), 4)), fps)


def starting(fps: float, backwards: bool = False) -> tuple[Motion, Motion]:
    """Frames of a body that stands, and those of one that runs 0.15 s later; `backwards`, the same reversed."""
    time = np.maximum(np.arange(KNOWN + MADE) - KNOWN + 1, 0) / fps
    started = np.minimum(time, HASTE_S) ** 2 / (2.0 * HASTE_S) + np.maximum(time - HASTE_S, 0.0)
    motion = going(3.0 * started[:, None] * np.array([0.6, 0.0, 0.8]), 9.0 * started, fps)
    known, made = motion.frames(0, KNOWN), motion.frames(KNOWN, KNOWN + MADE)
    return (reversed_(known), reversed_(made)) if backwards else (known, made)


def reversed_(motion: Motion) -> Motion:
    return replace(
        motion,
        local_rotations_wxyz=motion.local_rotations_wxyz[::-1],
        root_translation_m=motion.root_translation_m[::-1],
    )


def bends(known: Motion, piece: Motion) -> tuple[Array, Array]:
    """Lengths of the second differences of the root's way in m/s² and of its turn in rad/s², from `known` on."""
    root = np.concatenate([known.root_translation_m, piece.root_translation_m])
    turned = np.concatenate([known.local_rotations_wxyz[:, 0], piece.local_rotations_wxyz[:, 0]])
    angle = np.unwrap(2.0 * np.arctan2(turned[:, 2], turned[:, 0]))
    fps = piece.fps**2
    return np.linalg.norm(np.diff(root, n=2, axis=0), axis=-1) * fps, np.abs(np.diff(angle, n=2)) * fps


@pytest.mark.parametrize("fps", [23.976, 30.0, 60.0])
@pytest.mark.parametrize("backwards", [False, True])
def test_a_body_that_stands_sets_out_calmly(fps, backwards):
    """What was taken away at the border is made up for soon, and in no haste."""
    known, made = starting(fps, backwards)
    result = calmed(made, None, known) if backwards else calmed(made, known, None)
    if backwards:
        known, made, result = reversed_(known), reversed_(made), reversed_(result)
    first = slice(KNOWN - 2, KNOWN)
    way, turn = bends(known, made)
    assert (way[first].max(), turn[first].max()) > (19.0, 55.0)
    way, turn = bends(known, result)
    assert way[first].max() < 4.7
    assert turn[first].max() < 16.5
    assert way.max() < 35.0
    later = round(0.9 * fps)
    np.testing.assert_allclose(result.root_translation_m[later:], made.root_translation_m[later:], atol=1e-12)


def test_only_the_root_changes():
    known, made = starting(30.0)
    result = calmed(made, known, None)
    assert np.array_equal(result.local_rotations_wxyz[:, 1:], made.local_rotations_wxyz[:, 1:])
    assert not np.array_equal(result.root_translation_m, made.root_translation_m)


def test_a_body_that_moves_as_suddenly_beyond_the_border_is_left_alone():
    time = np.arange(KNOWN + MADE)[:, None] / 30.0
    bouncing = going(0.1 * np.sin(20.0 * time) * [0.0, 1.0, 0.0], 0.2 * np.sin(20.0 * time[:, 0]), 30.0)
    made = bouncing.frames(KNOWN, KNOWN + MADE)
    result = calmed(made, bouncing.frames(0, KNOWN), None)
    np.testing.assert_allclose(result.root_translation_m, made.root_translation_m, atol=1e-12)
    np.testing.assert_allclose(result.local_rotations_wxyz, made.local_rotations_wxyz, atol=1e-9)


@pytest.mark.parametrize("known_frames", [1, 2])
def test_too_few_known_frames_tell_nothing(known_frames):
    known, made = starting(30.0)
    assert calmed(made, known.frames(0, known_frames), None) is made


def test_a_piece_of_few_frames_and_one_without_borders_stay():
    known, made = starting(30.0)
    short = made.frames(0, 4)
    assert calmed(short, known, None) is short
    assert calmed(made, None, None) is made


def test_a_short_piece_takes_the_way_that_bends_least():
    """On a parabola, and at a constant turn, nothing else would do."""
    time = np.arange(16) / 30.0
    falling = going(time[:, None] * [1.0, 2.0, 0.5] - 4.9 * time[:, None] ** 2 * [0.0, 1.0, 0.0], 2.0 * time, 30.0)
    astray = np.random.default_rng(0).normal(0.0, 0.1, (6, 3))
    made = falling.frames(5, 11)
    made = replace(made, root_translation_m=made.root_translation_m + astray)
    result = calmed(made, falling.frames(0, 5), falling.frames(11, 16))
    np.testing.assert_allclose(result.root_translation_m, falling.root_translation_m[5:11], atol=2e-3)
    np.testing.assert_allclose(result.local_rotations_wxyz, falling.local_rotations_wxyz[5:11], atol=1e-9)
