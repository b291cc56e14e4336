"""The whole window with a real engine: typed into, clicked, and walked through by keyboard."""

from dataclasses import replace

import pytest
from PySide6.QtCore import Qt

from blender_addon.prompt_panel.engine_client import Address
from blender_addon.prompt_panel.figure import read_figure
from blender_addon.prompt_panel.project import Block, Project, Range
from blender_addon.prompt_panel.vocabulary import Vocabulary
from engine.motion.bvh import read_bvh
from tests.blender_addon.prompt_panel.seen import cut_off, nameless, not_reached_by_tab, without_a_tip

WAIT_MS = 20_000
KEY = Qt.Key


def shown_titles(window):
    return [shown.title for shown in window.viewer.shown]


def test_enter_makes_takes_shows_the_first_and_remembers_the_words(window, type_and_enter):
    made = type_and_enter("a person bows")
    project = window.model.project
    assert project.shown == made[0]
    assert project.history == ("a person bows",)
    assert project.takes[0].prompts == ("a person bows",)
    assert project.takes[1].seed == project.takes[0].seed + 1
    assert shown_titles(window) == ["a person bows"]
    assert all(card.figure is not None for card in window.takes.cards.values())


def test_every_line_is_a_sentence_of_its_own(qtbot, window):
    window.model.apply(lambda project: replace(project, settings=replace(project.settings, seconds=2.0)))
    qtbot.keyClicks(window.column.prompt, "a person walks")
    qtbot.keyClick(window.column.prompt, KEY.Key_Return, Qt.KeyboardModifier.ShiftModifier)
    qtbot.keyClicks(window.column.prompt, "a person bows")
    qtbot.keyClick(window.column.prompt, KEY.Key_Return)
    qtbot.waitUntil(lambda: len(window.model.project.takes) == 2, timeout=WAIT_MS)
    assert window.model.project.takes[0].prompts == ("a person walks", "a person bows")
    assert window.model.project.takes[0].seconds == pytest.approx(2.0)


def test_escape_cancels_what_is_being_made(qtbot, window):
    slow = replace(window.model.project.settings, preset="best", seconds=10.0, variations=16)
    window.model.apply(lambda project: replace(project, settings=slow))
    qtbot.keyClicks(window.column.prompt, "a person walks")
    qtbot.keyClick(window.column.prompt, KEY.Key_Return)
    qtbot.waitUntil(lambda: window.director.working, timeout=WAIT_MS)
    assert window.column.go.text() == "Cancel"
    qtbot.keyClick(window.column.prompt, KEY.Key_Escape)
    qtbot.waitUntil(lambda: not window.director.working, timeout=WAIT_MS)
    assert window.column.go.text() == "Generate"
    assert window.model.project.takes == ()
    assert window.takes._pending == []


def enter_early(qtbot, window):
    qtbot.keyClicks(window.column.prompt, "a person walks")
    qtbot.keyClick(window.column.prompt, KEY.Key_Return)
    assert window.column.message.text() == "The engine is starting; then your takes are made. Esc cancels."
    assert window.column.message.objectName() == "quiet"
    assert window.column.go.text() == "Cancel"
    assert len(window.takes._pending) == 2


def test_enter_before_the_engine_is_there_waits_for_it(qtbot, early_window, service):
    enter_early(qtbot, early_window)
    early_window.engine.start(Address(service.client.url, service.client.token))
    qtbot.waitUntil(lambda: len(early_window.model.project.takes) == 2, timeout=WAIT_MS)
    assert early_window.model.project.takes[0].prompts == ("a person walks",)
    assert early_window.column.message.text() == ""
    assert early_window.takes._pending == []
    assert early_window.column.go.text() == "Generate"


def test_escape_lets_go_what_waits_for_the_engine(qtbot, early_window, service):
    enter_early(qtbot, early_window)
    qtbot.keyClick(early_window.column.prompt, KEY.Key_Escape)
    assert not early_window.director.working
    assert early_window.takes._pending == []
    assert early_window.column.message.text() == ""
    early_window.engine.start(Address(service.client.url, service.client.token))
    qtbot.waitUntil(lambda: early_window.engine.ready, timeout=WAIT_MS)
    with qtbot.assertNotEmitted(early_window.director.made, wait=500):
        pass


def test_an_engine_that_does_not_come_is_told_and_the_words_stay(qtbot, early_window):
    enter_early(qtbot, early_window)
    early_window.engine.give_up("The engine is not set up yet.")
    assert early_window.column.message.text() == "The engine is not set up yet."
    assert early_window.column.message.objectName() == "error"
    assert early_window.takes._pending == []
    assert early_window.column.prompt.text() == "a person walks"
    assert early_window.column.engine.again.isVisible()


def test_only_the_last_of_what_was_asked_early_is_made(qtbot, early_window, service):
    enter_early(qtbot, early_window)
    qtbot.keyClicks(early_window.column.prompt, " twice")
    qtbot.keyClick(early_window.column.prompt, KEY.Key_Return)
    assert len(early_window.takes._pending) == 2
    early_window.engine.start(Address(service.client.url, service.client.token))
    qtbot.waitUntil(lambda: len(early_window.model.project.takes) == 2, timeout=WAIT_MS)
    assert early_window.model.project.takes[0].prompts == ("a person walks twice",)


def test_an_empty_prompt_is_answered_with_a_sentence(qtbot, window):
    qtbot.keyClick(window.column.prompt, KEY.Key_Return)
    assert window.column.message.text().startswith("Write what the character should do")


def test_comparing_shows_two_in_step_and_once_more_ends_it(qtbot, window, type_and_enter):
    first, second = type_and_enter()
    qtbot.keyClick(window.takes.cards[second], KEY.Key_C)
    figures = [window.director.motions[each].figure for each in (first, second)]
    assert [shown.figure for shown in window.viewer.shown] == figures
    qtbot.keyClick(window.takes.cards[second], KEY.Key_C)
    assert len(window.viewer.shown) == 1
    qtbot.keyClick(window.takes.cards[second], KEY.Key_Return)
    assert window.model.project.shown == second


def test_starring_keeping_deleting_and_bringing_back(qtbot, window, type_and_enter):
    first, second = type_and_enter()
    qtbot.keyClick(window.takes.cards[first], KEY.Key_S)
    assert [take.starred for take in window.model.project.takes] == [True, False]
    qtbot.keyClick(window.takes.cards[first], KEY.Key_S)
    qtbot.keyClick(window.takes.cards[second], KEY.Key_K)
    assert [take.motion_id for take in window.model.project.takes] == [second]
    assert window.model.project.takes[0].starred
    assert window.model.project.shown == second
    window.column.undo.click()
    assert {take.motion_id for take in window.model.project.takes} == {first, second}
    qtbot.keyClick(window.takes.cards[first], KEY.Key_Delete)
    qtbot.keyClick(window.takes.cards[second], KEY.Key_Delete)
    assert window.viewer.shown == ()
    assert window.model.project.shown is None


def test_using_a_takes_words_brings_settings_and_seed(qtbot, window, type_and_enter):
    first, _ = type_and_enter("a person bows")
    window.column.prompt.fill("")
    window.takes.reuse_wanted.emit(first)
    assert window.column.prompt.text() == "a person bows"
    assert window.model.project.settings.seed == window.model.project.take(first).seed
    assert window.column.controls.seed.field.text() == str(window.model.project.settings.seed)
    again = type_and_enter("a person bows")
    figures = [window.director.motions[each].figure.points_m for each in (first, again[0])]
    assert (figures[0] == figures[1]).all()


def test_exporting_writes_what_other_programs_read(qtbot, window, type_and_enter, tmp_path):
    first, _ = type_and_enter()
    made = window.director.motions[first]
    for name in ("out.bvh", "out.npz"):
        with qtbot.waitSignal(window.exporter.said, timeout=WAIT_MS) as said:
            window.exporter.save(made, tmp_path / name)
        assert said.args == [f"Saved as {name}.", "quiet"]
    clip = read_bvh((tmp_path / "out.bvh").read_text(encoding="utf-8"), name="out.bvh")
    assert len(clip.local_rotations_wxyz) == 30
    assert (read_figure(tmp_path / "out.npz").points_m == made.figure.points_m).all()


def test_hovering_a_card_has_its_bvh_ready_for_dragging(qtbot, window, type_and_enter):
    first, _ = type_and_enter()
    window.takes.bvh_soon.emit(first)
    qtbot.waitUntil(lambda: window.motions.path(first, ".bvh").is_file(), timeout=WAIT_MS)


def test_words_show_attention_and_what_each_of_them_moves(qtbot, window, type_and_enter):
    type_and_enter("a person walks")
    qtbot.keyClick(window, KEY.Key_4, Qt.KeyboardModifier.ControlModifier)
    assert window.tabs.currentWidget() is window.words
    qtbot.waitUntil(lambda: window.words.shown is not None, timeout=WAIT_MS)
    assert window.words.shown.alignment.words == ("a", "person", "walks")
    qtbot.waitUntil(lambda: len(window.words.chart._effects) == 3, timeout=WAIT_MS)
    assert all(effect.pose_cm > 0.0 for effect in window.words.chart._effects.values())


def test_a_range_that_was_made_anew_is_another_take_without_a_map(qtbot, window, type_and_enter):
    first, _ = type_and_enter()
    window.timeline.regenerate_requested.emit(0.3, 0.7, "a person waves", ("left_arm",))
    qtbot.waitUntil(lambda: len(window.model.project.takes) == 4, timeout=WAIT_MS)
    take = window.model.project.takes[-1]
    before, after = (window.director.motions[each].figure.points_m for each in (first, take.motion_id))
    assert (before[:9] == after[:9]).all()
    assert (before[21:] == after[21:]).all()
    window.tabs.setCurrentWidget(window.words)
    qtbot.waitUntil(lambda: "alignment" in window.words._verdict.text(), timeout=WAIT_MS)


def test_a_range_behind_the_end_is_refused(window, type_and_enter):
    type_and_enter()
    window.timeline.regenerate_requested.emit(3.0, 4.0, None, ())
    assert "ends at 1.0 s" in window.column.message.text()


def test_the_timeline_is_made_as_one_motion(qtbot, window):
    window.model.apply(lambda project: replace(project, blocks=(Block("a person walks", 1.0), Block("he bows", 1.0))))
    window.timeline.generate_requested.emit()
    qtbot.waitUntil(lambda: len(window.model.project.takes) == 2, timeout=WAIT_MS)
    assert window.model.project.takes[0].prompts == ("a person walks", "he bows")
    assert window.model.project.takes[0].seconds == pytest.approx(2.0)


def test_playhead_and_viewer_follow_each_other(window, type_and_enter):
    type_and_enter()
    window.timeline.playhead_moved.emit(0.5)
    assert window.playback.seconds == 0.5
    assert not window.playback.playing
    window.playback.seek(0.25)
    assert window.timeline.canvas.seconds == pytest.approx(0.25)


def test_a_project_that_is_opened_finds_its_motions(qtbot, window, type_and_enter, engine, tmp_path):
    made = type_and_enter()
    project = window.model.project
    window.model.open(Project())
    assert window.viewer.shown == ()
    window.director.motions.clear()
    window.model.open(project)
    qtbot.waitUntil(lambda: len(window.viewer.shown) == 1, timeout=WAIT_MS)
    qtbot.waitUntil(lambda: all(window.takes.cards[each].figure is not None for each in made), timeout=WAIT_MS)


def test_an_engine_that_is_gone_leaves_the_project_and_offers_to_start(window, type_and_enter, engine):
    type_and_enter()
    engine._lost(engine._attempt, "The engine ended unexpectedly; restart it.")
    assert not window.column.go.isEnabled()
    assert window.column.engine.again.isVisible()
    assert len(window.model.project.takes) == 2
    window.column.engine.again.click()
    assert not window.column.engine.again.isVisible()


def test_unknown_words_are_hinted_at_only_with_a_vocabulary(qtbot, window):
    qtbot.keyClicks(window.column.prompt, "a cartwheel now")
    assert not window.column.hint.isVisible()
    window.column.prompt.set_vocabulary(Vocabulary({"a": 1, "now": 1}))
    assert window.column.hint.isVisible()
    assert "“cartwheel”" in window.column.hint.text()


# Everybody can use it


@pytest.fixture(params=["timeline", "words"])
def used(request, qtbot, window, type_and_enter):
    """The window with takes, blocks and a range, at either of its tabs."""
    type_and_enter()
    block, marked = Block("a person bows", 1.0), Range(0.2, 0.6)
    window.model.apply(lambda project: replace(project, blocks=(block, block), range=marked))
    window.timeline.canvas.select(0)
    window.tabs.setCurrentWidget(getattr(window, request.param))
    if request.param == "words":
        qtbot.waitUntil(lambda: window.words.shown is not None, timeout=WAIT_MS)
    return window


def test_everything_that_has_the_focus_has_a_name(used):
    assert nameless(used) == []


def test_everything_can_be_reached_by_tab(used):
    assert not_reached_by_tab(used.column.prompt) == []


def test_every_button_and_field_has_a_tip(used):
    assert without_a_tip(used) == []


@pytest.mark.parametrize("size", [(900, 600), (1400, 900)])
def test_no_text_is_cut_off_in_any_state(qtbot, window, type_and_enter, size):
    window.resize(*size)
    type_and_enter()
    states = []
    for tab in (0, 1):
        window.tabs.setCurrentIndex(tab)
        qtbot.wait(50)
        states += cut_off(window)
    window.engine.give_up("The engine ended unexpectedly; restart it.")
    window.director.delete([window.model.project.takes[0].motion_id])
    window.say("Take deleted.", "quiet", undo=True)
    qtbot.wait(50)
    assert states + cut_off(window) == []
