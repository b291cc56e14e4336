"""The whole window with a Blender at its pipes: what Blender says is shown, what the user does arrives there."""

import signal
import subprocess
import sys
import time
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from blender_addon.prompt_panel import saved_project
from blender_addon.prompt_panel.blender_link import protocol
from blender_addon.prompt_panel.blender_link.bar import Bar
from blender_addon.prompt_panel.blender_link.link import Link
from blender_addon.prompt_panel.blender_link.protocol import (
    Answer,
    EngineAt,
    OpenProject,
    Saved,
    Scene,
    SetFrame,
)
from blender_addon.prompt_panel.companion import BlenderCompanion, ProjectCompanion, _row
from blender_addon.prompt_panel.engine_client import Condition
from blender_addon.prompt_panel.project import Project, Range
from blender_addon.prompt_panel.project_keeping import Earlier, ProjectKeeper
from tests.blender_addon.prompt_panel.other_side import OtherSide
from tests.blender_addon.prompt_panel.seen import nameless, not_reached_by_tab, without_a_tip

WAIT_MS = 20_000
CTRL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier
READY = Scene("Hero", "ready", "Mixamo", 25.0, 101.0, 101, 200)


@pytest.fixture
def other(window, tmp_path):
    """Blender's end of the pipes, of a window that has opened the project of an unsaved scene."""
    side = OtherSide()
    keeper = ProjectKeeper(window.model, tmp_path / "projects", window)
    link, bar = Link(side.incoming, side.outgoing, window), Bar(with_blender=True)
    ProjectCompanion(window, keeper, bar)
    window.companion = BlenderCompanion(window, keeper, link, bar)
    window.keeper, window.bar, window.link = keeper, bar, link
    settings = window.model.project.settings
    side.say(protocol.encode(OpenProject("")))
    yield side
    side.close()
    keeper.finish(on_purpose=True)
    assert settings.preset == "draft"


def tell(qtbot, other, message, until):
    other.say(protocol.encode(message))
    qtbot.waitUntil(until, timeout=WAIT_MS)


@pytest.fixture
def ready(qtbot, other, window):
    """A character in Blender, and short motions."""
    tell(qtbot, other, READY, lambda: window.link.scene == READY)
    short = replace(window.model.project.settings, automatic_length=False, seconds=1.0, variations=2, preset="draft")
    window.model.apply(lambda project: replace(project, settings=short))
    return other


def hear(other, kind):
    """The next message of a kind; project messages come whenever they like."""
    while (heard := other.hear(lambda: QTest.qWait(10)))["type"] != kind:
        assert heard["type"] in ("project", "set_frame"), heard
    return heard


def test_the_character_and_its_state_are_shown(qtbot, window, ready):
    assert window.bar.rig.accessibleName() == "Hero · Mixamo · 25 fps"
    assert not window.bar.bake.isEnabled(), "there is no take yet"
    refused = replace(READY, map_state="refused", detail="“Hero” has no bones.")
    tell(qtbot, ready, refused, lambda: window.bar.rig.accessibleName() == "“Hero” has no bones.")
    assert window.bar.lamp.accessibleName() == "Character: refused"
    gone = replace(READY, rig="", map_state="none", detail="")
    tell(qtbot, ready, gone, lambda: "Select a character" in window.bar.rig.accessibleName())


def test_the_ruler_is_the_scenes_and_the_frame_goes_both_ways(qtbot, window, ready):
    assert window.timeline.canvas.scale.fps == 25.0
    tell(qtbot, ready, SetFrame(126.0), lambda: window.timeline.canvas.seconds == 1.0)
    assert window.playback.seconds == 1.0
    assert not window.playback.playing
    window.timeline.canvas.ruler.setFocus()
    qtbot.keyClick(window.timeline.canvas.ruler, Qt.Key.Key_Right)
    assert hear(ready, "set_frame")["frame"] == pytest.approx(127.0)


def frames_heard(qtbot, other, milliseconds):
    """What the window has set in Blender for a while."""
    qtbot.wait(milliseconds)
    other.say(b"nonsense")
    heard = []
    while (line := other.hear(lambda: QTest.qWait(10)))["type"] != "refused":
        heard += [line["frame"]] if line["type"] == "set_frame" else []
    return heard


def test_blender_plays_along_where_that_is_switched_on(qtbot, window, ready, type_and_enter):
    type_and_enter("a person walks")
    window.playback.set_playing(True)
    assert frames_heard(qtbot, ready, 200) == [], "nobody asked for it"
    assert window.viewer.along.isVisible()
    qtbot.keyClick(window, Qt.Key.Key_Space, CTRL | SHIFT)
    frames = frames_heard(qtbot, ready, 1500)
    assert len(frames) >= 12
    assert set(frames) <= set(range(101, 126)), "one second at 25 frames, from the scene's first frame on"
    assert all(now != before for before, now in pairwise(frames)), "each frame once"
    window.playback.set_playing(False)
    frames_heard(qtbot, ready, 50)
    assert frames_heard(qtbot, ready, 200) == []


def test_whoever_moves_blenders_playhead_holds_what_plays(qtbot, window, ready, type_and_enter):
    type_and_enter("a person walks")
    window.viewer.along.setChecked(True)
    window.playback.set_playing(True)
    frames_heard(qtbot, ready, 200)
    tell(qtbot, ready, SetFrame(106.0), lambda: not window.playback.playing)
    assert window.playback.seconds == pytest.approx(0.2)
    frames_heard(qtbot, ready, 50)
    assert frames_heard(qtbot, ready, 200) == []


def test_what_is_previewed_on_the_rig_is_played_there(qtbot, window, ready):
    assert not window.viewer.along.isChecked()
    tell(qtbot, ready, replace(READY, takes=1), window.viewer.along.isChecked)


def test_the_bar_is_used_without_a_mouse(window, ready, type_and_enter):
    type_and_enter("a person walks")
    assert nameless(window) == []
    assert without_a_tip(window) == []
    assert not_reached_by_tab(window.column.prompt) == []
    assert window.bar.bake.isEnabled() and window.viewer.along.isVisible(), "they were among them"


def test_earlier_projects_are_offered_and_opened(qtbot, window, ready):
    def offered():
        window.bar.recent.aboutToShow.emit()
        return [row.text().split(" · ")[0] for row in window.bar.recent.actions()]

    window.model.apply(lambda project: replace(project, prompt_text="a person bows & waves"))
    first = window.keeper.saved.id
    window.bar.new_wanted.emit()
    window.model.apply(lambda project: replace(project, prompt_text="another"))
    qtbot.waitUntil(lambda: offered() == ["a person bows && waves"], timeout=WAIT_MS)
    window.bar.recent.actions()[0].trigger()
    assert window.column.prompt.text() == "a person bows & waves"
    assert window.keeper.saved.id == first
    qtbot.waitUntil(lambda: offered() == ["another"], timeout=WAIT_MS)


def test_an_earlier_project_is_told_by_its_words_takes_and_document(make_take):
    take, _ = make_take()
    long = "a person " + "walks and " * 20
    saved = saved_project.new_project("/scenes/hero.blend").changed(Project(takes=(replace(take, prompts=(long,)),)))
    title, takes, document, when = _row(Earlier(Path("x"), saved, 0.0)).split(" · ")
    assert (title[:20], title[-1], len(title) <= 48) == (long[:20], "…", True)
    assert (takes, document) == ("1 take", "hero.blend")
    assert "Jan" in when or "Dec" in when, "the first second of 1970, wherever this is"


def test_without_earlier_projects_the_menu_says_so(window, ready):
    window.bar.recent.aboutToShow.emit()
    (row,) = window.bar.recent.actions()
    assert (row.text(), row.isEnabled()) == ("No earlier projects", False)


def test_the_shown_take_is_baked_and_the_answer_shown(qtbot, window, ready, type_and_enter):
    made = type_and_enter("a person walks")
    assert window.bar.bake.isEnabled()
    qtbot.mouseClick(window.bar.bake, Qt.MouseButton.LeftButton)
    order = hear(ready, "bake")
    assert (order["name"], order["frame"]) == ("a person walks", 101)
    assert Path(order["file"]) == window.director.motions[made[0]].file
    assert not window.bar.bake.isEnabled(), "it waits for the answer"
    tell(qtbot, ready, Answer(order["order"], True, "Baked it."), window.bar.bake.isEnabled)
    assert window.column.message.text() == "Baked it."


def test_a_preview_is_kept_or_discarded(qtbot, window, ready, type_and_enter):
    type_and_enter("a person walks")
    qtbot.keyClick(window, Qt.Key.Key_P, CTRL)
    order = hear(ready, "preview")
    ready.say(protocol.encode(Answer(order["order"], True, "Hero shows it.")))
    tell(qtbot, ready, replace(READY, takes=1), window.bar.keep.isVisible)
    assert not window.bar.preview.isVisible()
    assert not window.bar.bake.isEnabled()
    qtbot.keyClick(window, Qt.Key.Key_D, CTRL)
    assert hear(ready, "end_preview")["keep"] is False


def test_the_characters_own_animation_is_made_anew_in_its_preview_range(qtbot, window, ready):
    assert not window.bar.remake.isEnabled()
    tell(qtbot, ready, replace(READY, preview=(110, 130)), window.bar.remake.isEnabled)
    window.model.apply(lambda project: replace(project, range=Range(0.0, 1.0, ("head",))))
    qtbot.mouseClick(window.bar.remake, Qt.MouseButton.LeftButton)
    order = hear(ready, "regenerate")
    assert (order["start"], order["end"], order["text"], order["locks"]) == (110, 130, None, ["head"])


def test_the_engine_is_where_blender_says(qtbot, window, ready, service):
    lacking = EngineAt("", "", "The engine is not set up yet.")
    tell(qtbot, ready, lacking, lambda: window.engine.state.condition is Condition.GONE)
    assert window.column.message.text() == "The engine is not set up yet."
    window.column.engine.again.click()
    assert hear(ready, "start_engine")
    found = EngineAt(service.client.url, service.client.token)
    tell(qtbot, ready, found, lambda: window.engine.state.condition is Condition.READY)


def test_a_project_comes_from_the_blend_and_goes_back_into_it(qtbot, window, ready, tmp_path):
    held = saved_project.new_project("a.blend").changed(Project(prompt_text="from the file"))
    saved_project.write(held, tmp_path / "held.json")
    opened = OpenProject("a.blend", str(tmp_path / "held.json"))
    tell(qtbot, ready, opened, lambda: window.column.prompt.toPlainText() == "from the file")
    qtbot.keyClicks(window.column.prompt, " x")
    qtbot.waitUntil(window.keeper.file.is_file, timeout=WAIT_MS)
    qtbot.waitUntil(lambda: saved_project.read(window.keeper.file).project.prompt_text == "from the file x")
    stamp = window.keeper.saved.stamp
    ready.say(protocol.encode(Saved(window.keeper.saved.id, str(stamp), "a.blend")))
    qtbot.waitUntil(lambda: window.keeper.saved.base == stamp)
    ready.say(protocol.encode(Saved(window.keeper.saved.id, "nonsense", "a.blend")))
    qtbot.waitUntil(lambda: "sitting" in window.column.message.text())


def test_a_project_is_saved_as_a_file_and_opened_again(qtbot, window, other, type_and_enter, tmp_path):
    companion = window.findChild(ProjectCompanion)
    window.model.apply(lambda project: replace(project, prompt_text="kept"))
    companion.save_file(tmp_path / "a.motionwright")
    window.bar.new_wanted.emit()
    assert window.column.prompt.toPlainText() == ""
    companion.open_file(tmp_path / "a.motionwright")
    assert window.column.prompt.toPlainText() == "kept"
    companion.open_file(tmp_path / "none.motionwright")
    assert "can't be read" in window.column.message.text()


def started(folder):
    command = [sys.executable, "-m", "blender_addon.prompt_panel.beside_blender", "--folder", str(folder)]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)


def test_a_window_without_its_blender_writes_the_project_and_goes(tmp_path):
    """Real processes: only lines on stdout, bad ones refused, and within five seconds nobody is there any more."""
    held = saved_project.new_project("a.blend").changed(Project(prompt_text="walk"))
    saved_project.write(held, tmp_path / "held.json")
    with started(tmp_path) as window:
        assert protocol.to_blender(window.stdout.readline()) == protocol.Ready()
        window.stdin.write(b"nonsense\n" + protocol.encode(OpenProject("a.blend", str(tmp_path / "held.json"))) + b"\n")
        window.stdin.flush()
        assert protocol.to_blender(window.stdout.readline()) == protocol.Refused("The line is no JSON.")
        file = Path(protocol.to_blender(window.stdout.readline()).file)
        began = time.monotonic()
        window.stdin.close()
        assert window.wait(10) == 0
        assert time.monotonic() - began < 5.0
    left = saved_project.read(file)
    assert left.project.prompt_text == "walk"
    assert not left.ended, "Blender has not said that it would end"


def test_a_window_that_is_closed_on_purpose_says_so_in_its_project(tmp_path):
    held = saved_project.new_project("a.blend").changed(Project(prompt_text="walk"))
    saved_project.write(held, tmp_path / "held.json")
    with started(tmp_path) as window:
        window.stdout.readline()
        lines = (OpenProject("a.blend", str(tmp_path / "held.json")), protocol.Close())
        window.stdin.write(b"".join(protocol.encode(each) + b"\n" for each in lines))
        window.stdin.close()
        assert window.wait(10) == 0
    assert saved_project.read(tmp_path / "projects" / held.id / "project.json").ended


@pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGINT for another process")
def test_a_window_that_is_closed_beside_a_living_blender_ends_well(tmp_path):
    with started(tmp_path) as window:
        window.stdout.readline()
        window.send_signal(signal.SIGINT)
        assert window.wait(10) == 0
        assert window.stdout.read() == b""
