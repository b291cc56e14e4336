"""Rotations: closed forms, and inverse pairs over random quaternions."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from engine.motion import rotations

X, Y, Z = np.eye(3)
_NUMBER = st.floats(-1.0, 1.0, width=32)


@st.composite
def unit_quaternions(draw):
    values = np.array([draw(_NUMBER) for _ in range(4)])
    assume(np.linalg.norm(values) > 0.1)
    return rotations.normalize(values)


vectors = st.tuples(_NUMBER, _NUMBER, _NUMBER).map(np.array)


def test_a_quarter_turn_about_z_takes_x_to_y():
    quarter = rotations.from_axis_angle(Z, np.pi / 2)
    np.testing.assert_allclose(quarter, [np.sqrt(0.5), 0.0, 0.0, np.sqrt(0.5)])
    np.testing.assert_allclose(rotations.rotate(quarter, X), Y, atol=1e-15)
    np.testing.assert_allclose(rotations.to_matrix(quarter), [[0, -1, 0], [1, 0, 0], [0, 0, 1]], atol=1e-15)


def test_the_right_factor_turns_first():
    about_z, about_x = rotations.from_axis_angle(Z, np.pi / 2), rotations.from_axis_angle(X, np.pi / 2)
    np.testing.assert_allclose(rotations.rotate(rotations.multiply(about_z, about_x), Y), Z, atol=1e-15)
    np.testing.assert_allclose(rotations.rotate(rotations.multiply(about_x, about_z), Y), -X, atol=1e-15)


def test_six_d_is_the_first_two_columns():
    quarter = rotations.from_axis_angle(Z, np.pi / 2)
    np.testing.assert_allclose(rotations.to_six_d(quarter), [0, 1, 0, -1, 0, 0], atol=1e-15)


def test_six_d_forgives_length_and_slant():
    np.testing.assert_allclose(rotations.from_six_d([0, 2, 0, -1, 5, 0]), rotations.from_axis_angle(Z, np.pi / 2))


def test_short_vectors_stay_as_they_are():
    np.testing.assert_array_equal(rotations.normalize([[0.0, 0.0], [3.0, 4.0]]), [[0.0, 0.0], [0.6, 0.8]])


def test_euler_angles_multiply_from_left_to_right():
    angles = np.array([0.3, -0.4, 0.5])
    expected = rotations.multiply(
        rotations.from_axis_angle(Z, 0.3),
        rotations.multiply(rotations.from_axis_angle(X, -0.4), rotations.from_axis_angle(Y, 0.5)),
    )
    np.testing.assert_allclose(rotations.from_euler(angles, "zxy"), expected)
    np.testing.assert_allclose(rotations.to_euler_zxy(expected), angles)


@pytest.mark.parametrize("x", [np.pi / 2, -np.pi / 2, np.pi / 2 - 1e-6, -np.pi / 2 + 1e-5, np.pi / 2 - 1e-4])
def test_euler_angles_near_gimbal_lock_describe_the_same_rotation(x):
    rotation = rotations.from_euler(np.array([0.7, x, -1.9]), "ZXY")
    back = rotations.from_euler(rotations.to_euler_zxy(rotation), "ZXY")
    assert np.degrees(rotations.angle_between(rotation, back)) < 0.01


@given(unit_quaternions())
def test_matrices_six_d_and_euler_angles_come_back(quaternion):
    for back in (
        rotations.from_matrix(rotations.to_matrix(quaternion)),
        rotations.from_six_d(rotations.to_six_d(quaternion)),
        rotations.from_euler(rotations.to_euler_zxy(quaternion), "ZXY"),
    ):
        assert np.degrees(rotations.angle_between(quaternion, back)) < 0.01
    assert rotations.from_matrix(rotations.to_matrix(quaternion))[0] >= 0.0


@given(unit_quaternions(), vectors)
def test_rotating_by_quaternion_and_by_matrix_agree(quaternion, vector):
    rotated = rotations.rotate(quaternion, vector)
    np.testing.assert_allclose(rotated, rotations.to_matrix(quaternion) @ vector, atol=1e-12)
    np.testing.assert_allclose(rotations.rotate(rotations.inverse(quaternion), rotated), vector, atol=1e-12)


@given(vectors, vectors)
def test_between_vectors_takes_one_direction_to_the_other_by_the_shortest_way(a, b):
    assume(min(np.linalg.norm(a), np.linalg.norm(b)) > 1e-3)
    a, b = rotations.normalize(a), rotations.normalize(b)
    rotation = rotations.between_vectors(a, b)
    np.testing.assert_allclose(rotations.rotate(rotation, a), b, atol=1e-4)
    angle = rotations.angle_between(rotations.IDENTITY_WXYZ, rotation)
    np.testing.assert_allclose(angle, np.arctan2(np.linalg.norm(np.cross(a, b)), a @ b), atol=1e-4)


@pytest.mark.parametrize("direction", [X, -X, Y, Z, np.array([0.6, 0.8, 0.0])])
def test_between_opposite_vectors_is_a_half_turn(direction):
    rotation = rotations.between_vectors(direction, -direction)
    np.testing.assert_allclose(rotations.rotate(rotation, direction), -direction, atol=1e-12)


def test_between_vectors_takes_many_at_once():
    many = np.array([X, Y, -X])
    np.testing.assert_allclose(rotations.rotate(rotations.between_vectors(X, many), X), many, atol=1e-12)


def test_the_angle_between_rotations_does_not_see_the_sign():
    quarter = rotations.from_axis_angle(Y, np.pi / 2)
    np.testing.assert_allclose(rotations.angle_between(rotations.IDENTITY_WXYZ, -quarter), np.pi / 2)


def test_continuous_keeps_neighbors_in_one_hemisphere():
    smooth = rotations.from_axis_angle(Y, np.linspace(0.0, 9.0, 40))
    flipped = smooth * np.where(np.arange(40) % 3 == 1, -1.0, 1.0)[:, None]
    np.testing.assert_allclose(rotations.continuous(flipped), smooth)


def test_slerp_halves_the_angle_and_takes_the_shorter_arc():
    start, end = rotations.IDENTITY_WXYZ, rotations.from_axis_angle(Y, 1.0)
    half = rotations.from_axis_angle(Y, 0.5)
    np.testing.assert_allclose(rotations.slerp(start, end, 0.5), half)
    np.testing.assert_allclose(rotations.angle_between(rotations.slerp(start, -end, 0.5), half), 0.0, atol=1e-12)
    np.testing.assert_allclose(rotations.slerp(start, start, 0.3), start)


@given(unit_quaternions(), unit_quaternions())
def test_slerp_begins_and_ends_where_it_should(a, b):
    assert rotations.angle_between(rotations.slerp(a, b, 0.0), a) < 1e-6
    assert rotations.angle_between(rotations.slerp(a, b, 1.0), b) < 1e-6


def test_heading_is_the_turn_about_y_alone():
    turn, lean = rotations.from_axis_angle(Y, 2.5), rotations.from_axis_angle(X, 0.7)
    np.testing.assert_allclose(rotations.heading(rotations.multiply(turn, lean)), turn, atol=1e-12)
