"""Every way to touch the timeline, by mouse and by key, on the real widgets."""

from dataclasses import replace

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget

from blender_addon.prompt_panel.exporting import TAKE_TYPE
from blender_addon.prompt_panel.project import Block, Project, Range, Take
from blender_addon.prompt_panel.project_model import ProjectModel
from blender_addon.prompt_panel.timeline import TimelineView
from blender_addon.prompt_panel.timeline.locks import keeps_everything

NO_KEY, CTRL, SHIFT, ALT = (
    Qt.KeyboardModifier.NoModifier,
    Qt.KeyboardModifier.ControlModifier,
    Qt.KeyboardModifier.ShiftModifier,
    Qt.KeyboardModifier.AltModifier,
)
LEFT = Qt.MouseButton.LeftButton
PX = 100
"""Pixels a second in these tests."""


@pytest.fixture
def view(qtbot):
    model = ProjectModel(Project(blocks=(Block("walk", 2.0), Block("wave", 1.0), Block("bow", 1.5))))
    shown = TimelineView(model)
    shown.model = model
    qtbot.addWidget(shown)
    shown.resize(900, 240)
    shown.set_scene(24.0, 1)
    shown.set_can_regenerate(True)
    shown.show()
    qtbot.waitExposed(shown)
    shown.activateWindow()
    qtbot.wait(10)
    shown.buttons["closer"].click()  # from here on its size changes no scale
    shown.canvas.set_scale(replace(shown.canvas.scale, pixels_per_second=PX))
    return shown


def blocks(view):
    return [(block.text, pytest.approx(block.seconds)) for block in view.model.project.blocks]


def drag(widget, start, moved, key=NO_KEY):
    """Press at a point of the widget and move by pixels; the widget may move along with the mouse."""
    parent, origin = widget.parentWidget(), widget.mapToParent(QPoint(*start))
    QTest.mousePress(widget, LEFT, key, QPoint(*start))
    for part in (0.4, 0.8, 1.0):
        there = widget.mapFromParent(origin + QPoint(round(moved * part), 0))
        move(widget, there, key)
    there = widget.mapFromParent(origin + QPoint(moved, 0))
    QTest.mouseRelease(widget, LEFT, key, there)
    assert parent is not None


def move(widget, place, key):
    from PySide6.QtCore import QEvent, QPointF
    from PySide6.QtGui import QMouseEvent
    from PySide6.QtWidgets import QApplication

    where = QPointF(place)
    event = QMouseEvent(QEvent.Type.MouseMove, where, widget.mapToGlobal(where), Qt.MouseButton.NoButton, LEFT, key)
    QApplication.sendEvent(widget, event)


def press(view, key, modifier=NO_KEY):
    QTest.keyClick(view.canvas.block(max(view.canvas.selection, 0)), key, modifier)


def test_an_edge_is_dragged_to_a_whole_frame_and_the_others_move_along(view):
    block = view.canvas.block(0)
    drag(block, (block.width() - 2, 20), 52)
    assert blocks(view) == [("walk", 2 + 12 / 24), ("wave", 1.0), ("bow", 1.5)]
    assert view.canvas.block(1).x() == pytest.approx(12 + 250, abs=1)
    view.model.undo()
    assert blocks(view)[0] == ("walk", 2.0)


def test_with_ctrl_the_neighbor_makes_up_for_it(view):
    drag(view.canvas.block(1), (2, 20), -50, CTRL)
    assert blocks(view) == [("walk", 1.5), ("wave", 1.5), ("bow", 1.5)]


def test_a_block_is_carried_to_another_place(view):
    drag(view.canvas.block(0), (60, 20), 220)
    assert [text for text, _ in blocks(view)] == ["wave", "walk", "bow"]
    assert view.canvas.selection == 1
    drag(view.canvas.block(2), (60, 20), -400)
    assert [text for text, _ in blocks(view)] == ["bow", "wave", "walk"]


def test_a_click_chooses_and_moves_nothing(view):
    QTest.mouseClick(view.canvas.block(1), LEFT, NO_KEY, QPoint(30, 20))
    assert view.canvas.selection == 1
    assert view.block_row.sentence.text() == "wave"
    assert not view.model.can_undo
    QTest.mouseClick(view.canvas, LEFT, NO_KEY, QPoint(800, 40))
    assert view.canvas.selection == -1
    assert not view.block_row.isEnabled()


def test_the_keys_of_blender_edit_blocks(view):
    view.canvas.select(1, focus=True)
    press(view, Qt.Key.Key_D, SHIFT)
    assert [text for text, _ in blocks(view)] == ["walk", "wave", "wave", "bow"]
    press(view, Qt.Key.Key_X)
    press(view, Qt.Key.Key_Left, ALT)
    assert [text for text, _ in blocks(view)] == ["walk", "bow", "wave"]
    press(view, Qt.Key.Key_Right, SHIFT)
    assert blocks(view)[1] == ("bow", 1.5 + 1 / 24)
    press(view, Qt.Key.Key_Right)
    assert view.canvas.selection == 2
    press(view, Qt.Key.Key_K)
    assert blocks(view)[2:] == [("wave", 0.5), ("wave", 0.5)]
    for _ in range(5):
        press(view, Qt.Key.Key_Z, CTRL)
    assert [text for text, _ in blocks(view)] == ["walk", "wave", "bow"]
    press(view, Qt.Key.Key_Z, CTRL | SHIFT)
    assert [text for text, _ in blocks(view)] == ["walk", "wave", "wave", "bow"]


def test_a_block_is_added_and_its_sentence_typed_at_once(view):
    view.canvas.select(0, focus=True)
    press(view, Qt.Key.Key_A, SHIFT)
    assert view.block_row.sentence.hasFocus()
    QTest.keyClicks(view.block_row.sentence, "kick Xx")
    assert [text for text, _ in blocks(view)] == ["walk", "kick Xx", "wave", "bow"]
    view.model.undo()
    assert blocks(view)[1] == ("", 2.0)


def test_the_length_is_typed_in_frames_or_seconds(view):
    view.canvas.select(0)
    view.block_row.length.setValue(36)
    assert blocks(view)[0] == ("walk", 1.5)
    view.buttons["seconds"].click()
    assert view.block_row.length.suffix() == " s"
    view.block_row.length.setValue(1.0)
    assert blocks(view)[0] == ("walk", 1.0)


def test_the_brush_marks_changes_and_clears_a_range(view):
    brush = view.canvas.brush
    drag(brush, (12 + 50, 8), 100)
    assert view.model.project.range == Range(0.5, 1.5)
    drag(brush, (12 + 150, 8), 50)
    assert view.model.project.range == Range(0.5, 2.0)
    drag(brush, (12 + 100, 8), 100)
    assert view.model.project.range == Range(1.5, 3.0)
    view.model.undo()
    assert view.model.project.range == Range(0.5, 2.0)
    QTest.mouseClick(brush, LEFT, NO_KEY, QPoint(600, 8))
    assert view.model.project.range is None


def test_the_range_is_marked_by_keys_alone(view):
    view.set_playhead(1.0)
    view.canvas.select(0, focus=True)
    press(view, Qt.Key.Key_I)
    view.set_playhead(2.0)
    press(view, Qt.Key.Key_O)
    assert view.model.project.range == Range(1.0, 2.0)
    view.canvas.brush.setFocus()
    QTest.keyClick(view.canvas.brush, Qt.Key.Key_Right)
    QTest.keyClick(view.canvas.brush, Qt.Key.Key_Right, SHIFT)
    assert (view.model.project.range.start, view.model.project.range.end) == pytest.approx((25 / 24, 50 / 24))
    QTest.keyClick(view.canvas.brush, Qt.Key.Key_Delete)
    assert view.model.project.range is None


def test_a_range_is_asked_for_with_its_sentence_and_what_is_kept(view, qtbot):
    view.model.apply(lambda project: replace(project, range=Range(1.0, 2.0)))
    view.range_row.locks.menu().actions()[2].trigger()
    assert view.model.project.range.locks == ("left_arm",)
    QTest.keyClicks(view.range_row.sentence, " bows  low ")
    with qtbot.waitSignal(view.regenerate_requested) as asked:
        QTest.keyClick(view.range_row.sentence, Qt.Key.Key_Return)
    assert asked.args == [1.0, 2.0, "bows low", ("left_arm",)]
    view.range_row.sentence.clear()
    with qtbot.waitSignal(view.regenerate_requested) as asked:
        QTest.keyClick(view.canvas.block(0), Qt.Key.Key_R, CTRL)
    assert asked.args == [1.0, 2.0, None, ("left_arm",)]


def test_a_block_is_asked_for_with_its_own_span(view, qtbot):
    view.canvas.select(1)
    view.block_row.locks.menu().actions()[7].trigger()
    with qtbot.waitSignal(view.regenerate_requested) as asked:
        view.block_row.button.click()
    assert asked.args == [2.0, 3.0, "wave", ("head",)]


def test_a_gray_button_says_why(view):
    view.model.apply(lambda project: replace(project, range=Range(0.0, 1.0, ("upper_body", "lower_body"))))
    assert not view.range_row.button.isEnabled()
    assert "Everything is kept" in view.range_row.button.toolTip()
    view.set_can_regenerate(False)
    view.model.apply(lambda project: replace(project, range=Range(0.0, 1.0)))
    assert not view.range_row.button.isEnabled()
    assert "Generate a motion first" in view.range_row.button.toolTip()


def test_parts_of_what_is_kept_as_a_whole_are_not_kept_twice(view):
    view.canvas.select(0)
    actions = {action.text(): action for action in view.block_row.locks.menu().actions()}
    actions["Left arm"].trigger()
    actions["Upper body"].trigger()
    assert view.model.project.blocks[0].locks == ("upper_body",)
    assert actions["Left arm"].isChecked()
    assert not actions["Left arm"].isEnabled()
    assert "left arm" not in view.block_row.locks.accessibleDescription()
    assert not keeps_everything(("upper_body",))


def test_the_playhead_is_scrubbed_on_frames_and_told(view, qtbot):
    told = []
    view.playhead_moved.connect(told.append)
    drag(view.canvas.ruler, (12 + 51, 10), 100)
    assert told == pytest.approx([12 / 24, 22 / 24, 31 / 24, 36 / 24])
    assert view.model.project.playhead == pytest.approx(36 / 24)
    QTest.keyClick(view.canvas.ruler, Qt.Key.Key_Left)
    QTest.keyClick(view.canvas.ruler, Qt.Key.Key_Right, SHIFT)
    assert view.model.project.playhead == pytest.approx(45 / 24)


def test_a_playhead_that_blender_moves_is_not_told_back(view, qtbot):
    with qtbot.assertNotEmitted(view.playhead_moved):
        view.set_playhead(1.25)
    assert view.canvas.seconds == 1.25
    assert view.model.project.playhead == 0.0
    assert view.canvas.ruler.accessibleDescription() == "frame 31"


def test_the_ruler_follows_the_scenes_frame_rate(view):
    view.set_scene(30.0, 101)
    view.set_playhead(1.0)
    assert view.canvas.ruler.accessibleDescription() == "frame 131"
    assert view.canvas.block(0).accessibleDescription() == "101 – 160, 60 frames"


def test_zooming_keeps_the_time_under_the_pointer(view):
    view.canvas.set_scale(replace(view.canvas.scale, pixels_per_second=600))
    view.canvas.adjustSize()
    bar = view.scroller.horizontalScrollBar()
    bar.setValue(700)
    before = view.canvas.scale.seconds(bar.value() + 400)
    view._zoom_by(1.25, 400.0)
    assert view.canvas.scale.seconds(bar.value() + 400) == pytest.approx(before, abs=0.005)
    view.fit()
    assert view.canvas.scale.x(4.5) < view.scroller.viewport().width()


def test_a_take_let_down_on_it_becomes_its_blocks(view, qtbot):
    take = Take("m-1", None, ("a person walks", "a person sits down"), 5.0, 3)
    view.model.apply(lambda project: replace(project, takes=(take,)))
    from PySide6.QtCore import QMimeData, QPointF
    from PySide6.QtGui import QDropEvent

    data = QMimeData()
    data.setData(TAKE_TYPE, b"m-1")
    place = QPointF(50, 50)
    event = QDropEvent(place, Qt.DropAction.CopyAction, data, LEFT, NO_KEY)
    with qtbot.waitSignal(view.take_dropped) as dropped:
        view.dropEvent(event)
    assert dropped.args == ["m-1"]
    assert blocks(view) == [("a person walks", 2.5), ("a person sits down", 2.5)]
    assert view.model.project.shown == "m-1"


def test_everything_is_named_and_reached_by_tab(view):
    view.canvas.select(0)
    view.model.apply(lambda project: replace(project, range=Range(0.0, 1.0)))
    reached, widget = set(), view.canvas.ruler
    for _ in range(100):
        if widget.focusPolicy() & Qt.FocusPolicy.TabFocus and widget.isVisibleTo(view) and widget.isEnabled():
            named = widget.parentWidget() if widget.objectName() == "qt_spinbox_lineedit" else widget
            assert named.accessibleName(), widget
            reached.add(named.accessibleName())
        widget = widget.nextInFocusChain()
    assert {"Playhead", "Range to make anew", "Block 1: walk", "Block 3: bow", "Make Range Anew", "Zoom in"} <= reached
    assert all(
        button.toolTip() for button in view.findChildren(QWidget) if hasattr(button, "clicked") and button.isVisible()
    )


def test_the_shown_take_is_seen_whole_when_it_changes(view, qtbot):
    view.model.apply(lambda project: replace(project, blocks=()))
    for motion_id, seconds in (("m-1", 12.0), ("m-2", 3.0)):
        take = Take(motion_id, None, ("a person walks",), seconds, 3)
        view.model.apply(lambda project, take=take: replace(project, takes=(take,), shown=take.motion_id))
        end = view.canvas.scale.x(seconds)
        assert 0.9 * view.scroller.viewport().width() < end < view.scroller.viewport().width()
    view.resize(700, 240)
    qtbot.waitUntil(lambda: 0.9 * 700 < view.canvas.scale.x(3.0) < 700)
    view.buttons["closer"].click()
    zoomed = view.canvas.scale.pixels_per_second
    view.model.apply(lambda project: replace(project, playhead=1.0))
    view.resize(900, 240)
    qtbot.wait(50)
    assert view.canvas.scale.pixels_per_second == zoomed, "what the user has zoomed to stays"


def test_in_a_narrow_dock_sentences_keep_their_room(view, qtbot):
    view.canvas.select(0)
    assert view.block_row.button.text() == "Make Block Anew"
    view.resize(500, 190)
    qtbot.waitUntil(lambda: view.block_row.button.text() == "Anew")
    assert view.block_row.button.accessibleName() == "Make Block Anew"
    assert view.block_row.sentence.width() >= 90
    assert view.block_row.locks.text() == "Keep"
    assert view.canvas.brush.geometry().bottom() < view.scroller.viewport().height()
