"""The one place where axes change: known directions, and there and back again."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from blender_addon.retarget.axes import BLENDER_DEFAULT, CharacterAxes
from blender_addon.retarget.rotations import about_axis, between, continuous, from_matrix, slerp, to_matrix, turn

angles = st.floats(-3.0, 3.0)


def test_blenders_habit():
    left, up, forward = np.eye(3)
    np.testing.assert_allclose(BLENDER_DEFAULT.vectors_to_armature(left), [1, 0, 0], atol=1e-15)
    np.testing.assert_allclose(BLENDER_DEFAULT.vectors_to_armature(up), [0, 0, 1], atol=1e-15)
    np.testing.assert_allclose(BLENDER_DEFAULT.vectors_to_armature(forward), [0, -1, 0], atol=1e-15)


@given(angles, angles, angles)
def test_there_and_back(a, b, c):
    frame = about_axis(np.array([0, 0, 1.0]), np.array(a)) @ about_axis(np.array([1.0, 0, 0]), np.array(b))
    axes = CharacterAxes.facing(frame[:, 2], frame[:, 1] + 0.3 * frame[:, 2])
    vectors = np.array([[1.0, 2.0, 3.0], [-0.4, c, 0.0]])
    orientations = about_axis(np.eye(3), np.array([a, b, c]))
    np.testing.assert_allclose(axes.vectors_to_motion(axes.vectors_to_armature(vectors)), vectors, atol=1e-12)
    there = axes.orientations_to_armature(orientations)
    np.testing.assert_allclose(axes.orientations_to_motion(there), orientations, atol=1e-12)
    assert np.linalg.det(axes.matrix) == pytest.approx(1.0)


@given(angles, angles, angles)
def test_matrices_and_quaternions_are_inverse(a, b, c):
    matrix = about_axis(np.array([0, 0, 1.0]), np.array(a)) @ about_axis(np.array([1.0, 0, 0]), np.array(b))
    matrix = matrix @ about_axis(np.array([0, 1.0, 0]), np.array(c))
    np.testing.assert_allclose(to_matrix(from_matrix(matrix)), matrix, atol=1e-12)


@pytest.mark.parametrize("target", [(0, 1, 0), (-1, 0, 0), (1, 0, 0), (1, 1e-9, 0)])
def test_between_takes_one_direction_to_the_other(target):
    start = np.array([1.0, 0.0, 0.0])
    np.testing.assert_allclose(turn(between(start, np.array(target)), start), np.array(target), atol=1e-8)


def test_slerp_halves_an_angle_and_continuous_keeps_the_rotation():
    quarter = from_matrix(about_axis(np.array([0, 1.0, 0]), np.array([0.0, np.pi / 2])))
    half = slerp(quarter[0], -quarter[1], np.array(0.5))
    np.testing.assert_allclose(half, [np.cos(np.pi / 8), 0, np.sin(np.pi / 8), 0], atol=1e-12)
    flipped = continuous(np.array([quarter[0], -quarter[1], quarter[1]]))
    np.testing.assert_allclose(flipped, [quarter[0], quarter[1], quarter[1]], atol=1e-15)
