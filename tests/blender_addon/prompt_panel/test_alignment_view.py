"""The map of words over time: numbers, spans, and what a click does."""

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt

from blender_addon.engine_link.answers import Alignment
from blender_addon.prompt_panel.alignment_view import AlignmentView, heat
from blender_addon.prompt_panel.playback import Playback
from blender_addon.prompt_panel.word_map import Effect, WordMap, steering, widened


@pytest.fixture
def word_map(alignment):
    return WordMap(alignment, frames=20, fps=10.0)


@pytest.fixture
def view(qtbot, word_map):
    shown = AlignmentView(Playback())
    qtbot.addWidget(shown)
    shown.resize(500, 160)
    shown.show()
    qtbot.waitExposed(shown)
    shown.show_map(word_map)
    qtbot.wait(20)
    return shown


def test_spans_are_the_frames_that_listen_most(word_map):
    assert word_map.spans(1) == ((0.4, 1.2), (1.6, 2.0))
    assert word_map.spans(0) == ((0.0, 2.0),)
    assert word_map.spans(2) == ((0.0, 0.4), (1.2, 1.6))


def test_a_word_that_nothing_listens_to_has_no_span():
    silent = WordMap(Alignment(("a",), (0, 4), ((0.0, 0.0),), 0.9, ()), 8, 30.0)
    assert silent.spans(0) == ()
    assert silent.shares().tolist() == [0.0]


def test_shares_are_parts_of_what_all_words_got(word_map):
    assert word_map.shares() == pytest.approx(np.array([0.5, 1.7, 0.7]) / 2.9)


def test_spans_are_widened_and_those_that_meet_are_one():
    assert widened(((0.0, 0.1), (1.0, 1.25), (1.5, 2.0)), 2.0) == ((0.0, 0.35), (0.75, 2.0))
    assert widened((), 2.0) == ()


def test_the_sink_ratio_is_told_in_words(view):
    sentences = [steering(ratio) for ratio in (0.0, 0.2, 0.5, 0.7, 0.95, 1.0)]
    assert len(set(sentences)) == 4
    assert sentences[0] == sentences[1] == "The words steered most of this motion"
    assert view._verdict.text() == "The words steered most of this motion · SinkRatio 0.25"
    assert "25%" in view._verdict.toolTip()


def test_brighter_means_more():
    lightness = [heat(share).lightnessF() for share in np.linspace(0.0, 1.0, 12)]
    assert lightness == sorted(lightness)
    assert lightness[-1] - lightness[0] > 0.6


def test_the_numbers_of_a_cell_are_in_its_tip(view):
    chart = view.chart
    place = QPointF(chart._x(6.0), chart._y(1) + 5)
    assert "60.0% of the attention at 0.40 s (frame 4)" in chart.tip_at(place)
    assert "59% of what all words got" in chart.tip_at(place)
    view.show_effect(1, Effect(12.34, 0.5))
    assert "12.3 cm different" in chart.tip_at(place)
    assert "0.50 m elsewhere" in chart.tip_at(place)
    assert chart.tip_at(QPointF(2, 2)) == ""


def test_a_click_plays_the_words_frames_and_another_everything(qtbot, view):
    place = QPoint(20, round(view.chart._y(1)) + 5)
    with qtbot.waitSignal(view.word_played, timeout=1000):
        qtbot.mouseClick(view.chart, Qt.MouseButton.LeftButton, pos=place)
    assert view._playback.spans == (pytest.approx((0.15, 2.0)),)
    assert view.chart.selected == 1
    qtbot.mouseClick(view.chart, Qt.MouseButton.LeftButton, pos=place)
    assert view._playback.spans == ()
    assert view.chart.selected == -1


def test_the_keyboard_does_the_same(qtbot, view):
    for key in (Qt.Key.Key_Down, Qt.Key.Key_Down, Qt.Key.Key_Return):
        qtbot.keyClick(view.chart, key)
    assert view._playback.spans == (pytest.approx((0.0, 0.65)), pytest.approx((0.95, 1.85)))
    assert "walks 24%" in view.chart.accessibleDescription()


def test_effects_are_seen(view):
    before = view.chart.grab().toImage()
    view.show_effect(0, Effect(3.0, 0.0))
    assert view.chart.grab().toImage() != before
    assert "a 17% moves 3.0 cm" in view.chart.accessibleDescription()


def test_without_a_map_it_says_why(view):
    view.show_nothing("This one was changed.")
    assert view.shown is None
    assert view._verdict.text() == "This one was changed."
    view.chart.grab()
