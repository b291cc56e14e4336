"""Typing into the prompt box, key by key."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLineEdit

from blender_addon.prompt_panel.prompt_box import PromptBox
from blender_addon.prompt_panel.vocabulary import Vocabulary

KEY, SHIFT = Qt.Key, Qt.KeyboardModifier.ShiftModifier
WORDS = Vocabulary({"walks": 9, "waves": 20, "a": 50, "person": 50})


@pytest.fixture
def box(qtbot):
    shown = PromptBox()
    qtbot.addWidget(shown)
    shown.set_vocabulary(WORDS)
    shown.show()
    qtbot.waitExposed(shown)
    shown.activateWindow()
    shown.setFocus()
    qtbot.waitUntil(shown.hasFocus)
    return shown


def test_enter_submits_and_shift_enter_begins_a_line(qtbot, box):
    qtbot.keyClicks(box, "a person")
    with qtbot.assertNotEmitted(box.submitted):
        qtbot.keyClick(box, KEY.Key_Return, SHIFT)
    qtbot.keyClicks(box, "waves")
    with qtbot.waitSignal(box.submitted, timeout=1000):
        qtbot.keyClick(box, KEY.Key_Return)
    assert box.text() == "a person\nwaves"


def test_escape_dismisses_but_first_takes_the_completion_away(qtbot, box):
    qtbot.keyClicks(box, "a wa")
    assert box.completion == "ves"
    with qtbot.assertNotEmitted(box.dismissed):
        qtbot.keyClick(box, KEY.Key_Escape)
    assert box.completion == ""
    with qtbot.waitSignal(box.dismissed, timeout=1000):
        qtbot.keyClick(box, KEY.Key_Escape)


@pytest.mark.parametrize("key", [KEY.Key_Tab, KEY.Key_Right])
def test_tab_and_right_take_the_completion(qtbot, box, key):
    qtbot.keyClicks(box, "a wal")
    qtbot.keyClick(box, key)
    assert box.text() == "a walks"
    assert box.completion == ""


def test_there_is_no_completion_in_the_middle_of_words(qtbot, box):
    qtbot.keyClicks(box, "wa person")
    for _ in range(7):
        qtbot.keyClick(box, KEY.Key_Left)
    assert box.textCursor().position() == 2
    assert box.completion == ""


def test_tab_without_a_completion_goes_on_to_the_next_control(qtbot, box):
    beside = QLineEdit(box)
    beside.show()
    qtbot.keyClicks(box, "zz")
    qtbot.keyClick(box, KEY.Key_Tab)
    assert beside.hasFocus()
    assert box.text() == "zz"


def test_up_and_down_go_through_the_history_and_back_to_what_was_typed(qtbot, box):
    box.set_history(["first", "second"])
    qtbot.keyClicks(box, "third")
    seen = []
    for key in (KEY.Key_Up, KEY.Key_Up, KEY.Key_Up, KEY.Key_Down, KEY.Key_Down):
        qtbot.keyClick(box, key)
        seen.append(box.text())
    assert seen == ["second", "first", "first", "second", "third"]


def test_up_and_down_inside_several_lines_move_the_cursor(qtbot, box):
    box.set_history(["earlier"])
    qtbot.keyClicks(box, "one")
    qtbot.keyClick(box, KEY.Key_Return, SHIFT)
    qtbot.keyClicks(box, "two")
    qtbot.keyClick(box, KEY.Key_Up)
    assert box.text() == "one\ntwo"
    assert box.textCursor().blockNumber() == 0
    qtbot.keyClick(box, KEY.Key_Up)
    assert box.text() == "earlier"


def test_unknown_words_are_told_once_they_are_whole(qtbot, box):
    told = []
    box.strange.connect(told.append)
    qtbot.keyClicks(box, "a zork")
    assert told[-1] == []
    qtbot.keyClicks(box, " walks")
    assert told[-1] == ["zork"]


def test_filling_tells_nobody_that_something_was_typed(qtbot, box):
    with qtbot.assertNotEmitted(box.edited):
        box.fill("a person")
    assert box.textCursor().position() == 8


def test_unknown_words_are_underlined_once_they_are_whole(qtbot, box):
    qtbot.keyClicks(box, "a zork")
    assert box.document().firstBlock().layout().formats() == []
    qtbot.keyClicks(box, " ")
    marked = box.document().firstBlock().layout().formats()
    assert [(each.start, each.length) for each in marked] == [(2, 4)]
