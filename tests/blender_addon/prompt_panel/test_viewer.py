"""The large view: from which side, which moment, which feet."""

import math

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtTest import QTest

from blender_addon.prompt_panel.playback import Playback
from blender_addon.prompt_panel.scrubber import _runs
from blender_addon.prompt_panel.viewer import Shown, Viewer

KEY = Qt.Key


@pytest.fixture
def playback():
    clock = Playback()
    clock.set_playing(False)
    return clock


@pytest.fixture
def viewer(qtbot, playback, make_figure):
    shown = Viewer(playback)
    qtbot.addWidget(shown)
    shown.resize(500, 420)
    shown.show()
    qtbot.waitExposed(shown)
    shown.show_one(Shown(make_figure(), "a person walks", "1.0 s"))
    return shown


def picture(viewer):
    return viewer.canvas.grab().toImage()


def drag(widget, start, end, key=Qt.KeyboardModifier.NoModifier):
    QTest.mousePress(widget, Qt.MouseButton.LeftButton, key, start)
    QTest.mouseMove(widget, end)
    QTest.mouseRelease(widget, Qt.MouseButton.LeftButton, key, end)


def test_dragging_orbits(qtbot, viewer):
    before, seen = viewer.canvas.camera, picture(viewer)
    qtbot.mousePress(viewer.canvas, Qt.MouseButton.LeftButton, pos=QPoint(200, 150))
    qtbot.mouseMove(viewer.canvas, QPoint(240, 150))
    qtbot.mouseRelease(viewer.canvas, Qt.MouseButton.LeftButton, pos=QPoint(240, 150))
    assert viewer.canvas.camera.azimuth_rad < before.azimuth_rad
    assert viewer.canvas.camera.elevation_rad == before.elevation_rad
    assert picture(viewer) != seen


def test_the_wheel_and_the_keys_zoom(qtbot, viewer):
    canvas = viewer.canvas
    before = canvas.camera.distance_m
    wheel = QWheelEvent(
        *(QPointF(100, 100), QPointF(100, 100), QPoint(), QPoint(0, 120)),
        *(Qt.MouseButton.NoButton, Qt.KeyboardModifier.NoModifier, Qt.ScrollPhase.NoScrollPhase, False),
    )
    canvas.wheelEvent(wheel)
    nearer = canvas.camera.distance_m
    assert nearer < before
    qtbot.keyClick(canvas, KEY.Key_Minus)
    assert canvas.camera.distance_m == pytest.approx(nearer * 1.1)


def test_arrow_keys_orbit_and_home_resets(qtbot, viewer):
    canvas = viewer.canvas
    first = canvas.camera
    qtbot.keyClick(canvas, KEY.Key_Right)
    qtbot.keyClick(canvas, KEY.Key_Up)
    assert canvas.camera.azimuth_rad - first.azimuth_rad == pytest.approx(math.radians(7.5))
    assert canvas.camera.elevation_rad - first.elevation_rad == pytest.approx(math.radians(7.5))
    qtbot.keyClick(canvas, KEY.Key_Home)
    assert (canvas.camera.azimuth_rad, canvas.camera.elevation_rad) == (first.azimuth_rad, first.elevation_rad)


def test_space_plays_and_the_button_says_it(qtbot, viewer, playback):
    qtbot.keyClick(viewer.canvas, KEY.Key_Space)
    assert playback.playing
    qtbot.mouseClick(viewer._play, Qt.MouseButton.LeftButton)
    assert not playback.playing


def test_without_following_the_whole_way_is_in_the_picture(qtbot, viewer, make_figure):
    figure = make_figure(frames=120, step_m=0.05)
    viewer.show_one(Shown(figure))
    qtbot.keyClick(viewer.canvas, KEY.Key_F)
    assert not viewer._follow.isChecked()
    canvas = viewer.canvas
    ends = canvas.camera.projected(figure.points_m[[0, -1]].reshape(-1, 3), canvas.width(), canvas.height())
    assert ends[:, 0].min() > 0
    assert ends[:, 0].max() < canvas.width()
    assert ends[:, 1].min() > 0
    assert ends[:, 1].max() < canvas.height()


def test_two_are_seen_side_by_side_and_move_together(viewer, playback, make_figure):
    first, second = make_figure(arm_turns=0.05), make_figure(arm_turns=-0.05, frames=60)
    viewer.show_two(Shown(first, "up"), Shown(second, "down"))
    half = viewer.canvas.width() // 2
    before = picture(viewer)
    playback.follow(0.5)
    after = picture(viewer)
    for x in (0, half):
        assert before.copy(x + 4, 40, half - 8, 300) != after.copy(x + 4, 40, half - 8, 300)


def test_a_moment_is_chosen_with_the_mouse(qtbot, viewer, playback):
    scrubber = viewer.scrubber
    x = scrubber._left + 0.5 * (scrubber.width() - scrubber._left - 6.0)
    with qtbot.waitSignal(playback.moved, timeout=1000) as moved:
        qtbot.mouseClick(scrubber, Qt.MouseButton.LeftButton, pos=QPoint(round(x), 10))
    assert moved.args[0] == pytest.approx(0.5, abs=0.01)
    assert viewer._time.text() in ("0.50 s · frame 14", "0.50 s · frame 15", "0.50 s · frame 14")


def test_keys_step_single_frames_and_stay_inside(qtbot, viewer, playback):
    seen = []
    for key in (KEY.Key_Right, KEY.Key_Right, KEY.Key_Left, KEY.Key_End, KEY.Key_Right, KEY.Key_Home, KEY.Key_Left):
        qtbot.keyClick(viewer.scrubber, key)
        seen.append(round(playback.seconds * 30))
    assert seen == [1, 2, 1, 29, 29, 0, 0]


def test_runs_of_standing_feet():
    assert _runs(np.array([2, 2, 1, 0, 0, 1, 2])) == [(0, 2, 2), (2, 3, 1), (5, 6, 1), (6, 7, 2)]
    assert _runs(np.zeros(4)) == []


def test_the_feet_that_stand_are_painted_green(viewer, playback):
    """In the first half the left foot stands: its row is green on the left and not on the right."""
    image = viewer.scrubber.grab().toImage()
    row = round(viewer.scrubber.height() * 0.31)

    def green(share):
        x = viewer.scrubber._left + share * (viewer.scrubber.width() - viewer.scrubber._left - 6.0)
        color = image.pixelColor(round(x), row)
        return color.green() > 180 and color.green() > color.red() + 40

    assert (green(0.25), green(0.75)) == (True, False)


def test_going_over_to_another_motion_glides(qtbot, viewer, make_figure):
    viewer.show_one(Shown(make_figure(arm_turns=0.0, frames=90)), glide=True)
    assert viewer.canvas._glide is not None
    qtbot.waitUntil(lambda: (picture(viewer), viewer.canvas._glide is None)[1], timeout=3000)


def test_nothing_shown_says_what_to_do(viewer):
    viewer.show_one(None)
    assert viewer.shown == ()
    picture(viewer)
    assert "press Enter" in viewer.canvas.empty_text
