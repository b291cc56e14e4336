"""Live mode on a real engine: only the newest text is made and shown."""

import pytest
from PySide6.QtCore import Qt

from blender_addon.prompt_panel.live import Live

WAIT_MS = 20_000


def body(text):
    tidy = " ".join(text.split())
    return {"prompts": [{"text": tidy, "seconds": 1}], "preset": "draft", "seed": 7} if tidy else None


@pytest.fixture
def live(engine):
    return Live(engine, body)


def words(made):
    return made.meta["prompts"][0]["text"]


def test_a_pause_brings_a_draft_of_the_newest_text_alone(qtbot, live):
    shown = []
    live.made.connect(lambda made: shown.append(words(made)))
    live.set_on(True, "")
    for text in ("a", "a p", "a person", "a person waves"):
        live.type(text)
        qtbot.wait(20)
    qtbot.waitUntil(lambda: bool(shown), timeout=WAIT_MS)
    qtbot.wait(300)
    assert shown == ["a person waves"]


def test_a_newer_text_cancels_the_older_run(qtbot, engine):
    long = {"prompts": [{"text": "long", "seconds": 60}], "preset": "draft", "rounds": 1000, "flow_steps": 200}
    live = Live(engine, lambda text: long if text == "long" else body(text))
    shown = []
    live.made.connect(lambda made: shown.append(words(made)))
    live.set_on(True, "long")
    with qtbot.waitSignal(live.working, timeout=WAIT_MS):
        pass
    older = live._job
    qtbot.wait(100)
    live.type("short")
    qtbot.waitUntil(lambda: bool(shown), timeout=WAIT_MS)
    assert shown == ["short"]
    assert older is not live._job


def test_nothing_runs_for_the_same_words_or_for_none(qtbot, live):
    shown = []
    live.made.connect(lambda made: shown.append(words(made)))
    live.set_on(True, "a person")
    qtbot.waitUntil(lambda: bool(shown), timeout=WAIT_MS)
    with qtbot.assertNotEmitted(live.working, wait=300):
        live.type("a  person ")
    with qtbot.assertNotEmitted(live.working, wait=300):
        live.type("   ")


def test_switched_off_it_rests(qtbot, live):
    live.set_on(True, "a person")
    live.set_on(False, "")
    with qtbot.assertNotEmitted(live.made, wait=500):
        live.type("a person waves")


def test_drafts_are_seen_in_the_window_and_are_no_takes(qtbot, window):
    window.column.live.click()
    qtbot.keyClicks(window.column.prompt, "a person waves")
    qtbot.waitUntil(lambda: bool(window.viewer.shown), timeout=WAIT_MS)
    assert window.viewer.shown[0].note.startswith("Live draft")
    window.tabs.setCurrentWidget(window.words)
    qtbot.waitUntil(lambda: window.words.shown is not None, timeout=WAIT_MS)
    assert window.words.shown.alignment.words == ("a", "person", "waves")
    first = window.viewer.shown[0].figure
    qtbot.keyClicks(window.column.prompt, " twice")
    qtbot.waitUntil(lambda: window.viewer.shown[0].figure is not first, timeout=WAIT_MS)
    assert window.viewer.canvas._glide is not None
    assert window.model.project.takes == ()
    qtbot.keyClick(window.column.prompt, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: len(window.model.project.takes) == 2, timeout=WAIT_MS)
    assert window.viewer.shown[0].note.startswith("1.0 s")
