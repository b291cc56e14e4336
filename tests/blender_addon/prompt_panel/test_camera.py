"""What the eye sees, against pinhole arithmetic by hand."""

import math

import numpy as np
import pytest

from blender_addon.prompt_panel.camera import NEAR_M, Camera, clipped

FRONT = Camera(azimuth_rad=0.0, elevation_rad=0.0, distance_m=4.0, target_m=(0.0, 1.0, 0.0))
FOCAL = 480 / 2 / math.tan(math.radians(16.0))


def test_the_target_is_in_the_middle():
    assert FRONT.projected(np.array([0.0, 1.0, 0.0]), 640, 480)[:2] == pytest.approx([320, 240])


def test_from_the_front_the_left_hand_is_on_the_right_and_up_is_up():
    x, y, scale = FRONT.projected(np.array([0.5, 1.25, 0.0]), 640, 480)
    assert scale == pytest.approx(FOCAL / 4.0)
    assert (x, y) == (pytest.approx(320 + 0.5 * FOCAL / 4.0), pytest.approx(240 - 0.25 * FOCAL / 4.0))


def test_what_comes_nearer_grows():
    assert FRONT.projected(np.array([0.0, 1.0, 2.0]), 640, 480)[2] == pytest.approx(FOCAL / 2.0)


def test_orbiting_a_quarter_looks_from_the_left_side():
    side = FRONT.orbited(math.pi / 2, 0.0)
    x, _, scale = side.projected(np.array([0.0, 1.0, 1.0]), 640, 480)
    assert x == pytest.approx(320 - FOCAL / 4.0)
    assert scale == pytest.approx(FOCAL / 4.0)


def test_the_eye_never_goes_over_the_pole_nor_too_near():
    assert FRONT.orbited(0.0, 10.0).elevation_rad < math.pi / 2
    assert FRONT.zoomed(1e-6).distance_m > 0.5
    assert FRONT.zoomed(1e6).distance_m < 100.0


def test_panning_moves_what_is_seen_by_as_many_pixels():
    moved = FRONT.orbited(0.7, 0.3).panned(30.0, 12.0, 480.0)
    before = FRONT.orbited(0.7, 0.3).projected(np.array([0.0, 1.0, 0.0]), 640, 480)
    after = moved.projected(np.array([0.0, 1.0, 0.0]), 640, 480)
    assert after[:2] - before[:2] == pytest.approx([30.0, -12.0], abs=1e-6)


def test_lines_are_cut_where_they_pass_the_eye():
    starts = np.array([[0.0, 0.0, 1.0], [0.0, 0.0, -1.0], [0.0, 0.0, -1.0]])
    ends = np.array([[0.0, 0.0, 3.0], [2.0, 0.0, 1.0], [1.0, 0.0, -2.0]])
    a, b = clipped(starts, ends)
    assert len(a) == 2
    assert b.tolist() == [[0.0, 0.0, 3.0], [2.0, 0.0, 1.0]]
    assert a[1] == pytest.approx([1.0 + NEAR_M, 0.0, NEAR_M])
