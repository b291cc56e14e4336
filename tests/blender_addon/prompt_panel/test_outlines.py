"""Outlines of limbs: true hulls of circles, walked around as one, and handed to Qt unchanged."""

import numpy as np
import pytest
from PySide6.QtCore import QPointF

from blender_addon.prompt_panel.outlines import capsules, filled, joined, polygons

START, END = np.array([10.0, 10.0]), np.array([40.0, 50.0])


def test_a_point_of_an_outline_lies_on_its_circle_and_none_inside_the_other():
    outline, outward = capsules(START, END, np.array([8.0, 3.0]), 12)
    from_start, from_end = (np.linalg.norm(outline - middle, axis=1) for middle in (START, END))
    assert from_start[:12] == pytest.approx(8.0)
    assert from_end[12:] == pytest.approx(3.0)
    assert from_start[12:].min() > 8.0
    assert from_end[:12].min() > 3.0
    assert np.linalg.norm(outward, axis=1) == pytest.approx(1.0)


def test_the_sides_touch_both_circles():
    """A side's direction is square to the radius at both of its ends."""
    outline, outward = capsules(START, END, np.array([8.0, 3.0]), 12)
    for first, last in ((11, 12), (23, 0)):
        side = outline[last] - outline[first]
        assert outward[first] @ side == pytest.approx(0.0, abs=1e-9)
        assert outward[first] == pytest.approx(outward[last])


def test_a_capsule_without_length_is_a_circle():
    outline, _ = capsules(START, START, np.array([5.0, 5.0]), 9)
    assert np.linalg.norm(outline - START, axis=1) == pytest.approx(5.0)
    assert np.ptp(outline, axis=0) == pytest.approx(10.0, abs=0.5)


def test_many_are_made_at_once():
    starts, ends = np.array([[START, END], [END, START]]), np.array([[END, START], [START, END]])
    together, _ = capsules(starts, ends, np.full((2, 2, 2), 4.0), 5)
    assert together.shape == (2, 2, 10, 2)
    assert together[1, 0] == pytest.approx(capsules(END, START, np.array([4.0, 4.0]), 5)[0])


def test_polygons_are_the_points():
    stacks = [np.arange(12.0).reshape(2, 3, 2), np.array([[[0.125, -7.5]]]), np.empty((1, 0, 2))]
    found = polygons(stacks)
    points = [[(point.x(), point.y()) for point in polygon] for polygon in found]
    assert points == [[(0, 1), (2, 3), (4, 5)], [(6, 7), (8, 9), (10, 11)], [(0.125, -7.5)], []]


def test_capsules_that_are_walked_around_together_enclose_what_each_encloses_and_nothing_between():
    middles = np.array([[10.0, 10.0], [30.0, 10.0], [60.0, 10.0]])
    outlines, _ = capsules(middles, middles + [0.0, 20.0], np.full((3, 2), 6.0), 8)
    shape = filled(polygons([outlines.reshape(1, -1, 2)[:, joined([0, 1, 2], 8)]])[0])
    for x, y in middles + [0.0, 10.0]:
        assert shape.contains(QPointF(x, y))
    for x in (20.0, 45.0, 52.0):
        assert not shape.contains(QPointF(x, 20.0))


def test_what_is_enclosed_twice_is_filled_too():
    middles = np.array([[10.0, 10.0], [14.0, 10.0]])
    outlines, _ = capsules(middles, middles, np.full((2, 2), 6.0), 8)
    shape = filled(polygons([outlines.reshape(1, -1, 2)[:, joined([0, 1], 8)]])[0])
    assert shape.contains(QPointF(12.0, 10.0))
