"""The prompt window beside a real Blender, used by its keys alone; and whatever ends in the middle, nothing is lost.

Pictures of each step are kept in the folder that MOTIONWRIGHT_TEST_SCREENSHOTS names, else beside the test's files.
"""

import json
import os
import signal
import time
from itertools import groupby
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtGui import QImage
from test_sidebar import Sidebar, character, sidebar  # noqa: F401  (fixtures)

SENTENCE = "a person walks forward and waves"
PLACE, SIZE = (640, 60), (950, 640)
PROJECT = (
    "answer = (lambda text: json.loads(text.as_string()) if text else None)(bpy.data.texts.get('Motionwright Project'))"
)
ENGINE_PID = "extension('engine_link.engine')._engine._server._process.pid"
VIEW = slice(255, 765)
"""Where the large view lies in a window of that size, in its pixels from the left."""
ACCENT, LEFT_LIMBS, RIGHT_LIMBS = (0x47, 0x72, 0xB3), (0xF0, 0xB0, 0x64), (0x4A, 0x86, 0xD6)
WINDOW_PID = "extension('session.prompt_window').opened().process_id"


class PromptWindow:
    """The window on the screen, and Blender beside it."""

    def __init__(self, blender):
        self.blender = blender
        self.xdotool = blender.window.xdotool

    def open(self):
        assert self.blender.ask("list(bpy.ops.motionwright.open_prompt_window())") == ["FINISHED"]
        self.wait(self.window_id, "the prompt window", 60)
        self.xdotool("windowmove", "--sync", self.window_id(), *PLACE)
        self.xdotool("windowsize", "--sync", self.window_id(), *SIZE)
        self.blender.wait("extension('engine_link.engine').status().state == 'ready'")
        time.sleep(3.0)  # the window asks it who it is
        self.focus()
        return self

    def window_id(self):
        found = self.blender.window.screen.run("xdotool", "search", "--onlyvisible", "--name", "^Motionwright$")
        return next(iter(found.stdout.split()), None)

    def focus(self):
        self.xdotool("windowraise", self.window_id(), "windowfocus", "--sync", self.window_id())
        time.sleep(0.3)

    def key(self, *keys):
        for key in keys:
            self.xdotool("key", "--delay", "20", key)
            time.sleep(0.15)

    def type(self, words):
        self.xdotool("type", "--delay", "30", words)

    def compare_with_second_take(self):
        """Ctrl and a click on its card, right of the middle of the window."""
        self.xdotool("mousemove", "--sync", PLACE[0] + 805, PLACE[1] + 320)
        time.sleep(0.3)
        self.xdotool("keydown", "ctrl", "click", 1, "keyup", "ctrl")
        time.sleep(0.5)

    def view(self, name):
        """(H, W, 3) the large view as the screen shows it now."""
        image = QImage(str(self.picture(name))).convertToFormat(QImage.Format.Format_RGB888)
        rows = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.bytesPerLine())
        screen = rows[:, : 3 * image.width()].reshape(image.height(), image.width(), 3)
        (left, top), (width, height) = PLACE, SIZE
        return screen[top : top + height // 2, left : left + width][:, VIEW].astype(int)

    def project(self):
        saved = self.blender.ask(PROJECT)
        return saved["project"] if saved else {"takes": [], "prompt_text": "", "range": None}

    def takes(self):
        """The ids of the motions that the .blend holds."""
        return [take["motion_id"] for take in self.project()["takes"]]

    def make_more(self, known):
        """Press Enter and wait for its takes; all that were known are still there."""
        self.key("Return")
        self.wait(lambda: len(self.takes()) == len(known) + 4, "further takes")
        assert set(known) < set(self.takes())
        return self.takes()

    def wait(self, condition, what, seconds=120):
        end = time.monotonic() + seconds
        while not (reply := condition()):
            if time.monotonic() > end:
                self.picture("failed")
                pytest.fail(
                    f"no {what}: {self.blender.ask('state()')}; {self.log()}; {self.blender.window.output[-2000:]}"
                )
            time.sleep(0.2)
        return reply

    def log(self):
        file = Path(self.blender.ask("str(extension('session.kept_project').folder())")) / "window.log"
        return file.read_text(encoding="utf-8", errors="replace")[-3000:]

    def picture(self, name):
        return self.blender.picture(f"prompt-{name}")


@pytest.fixture
def prompt(sidebar, character):  # noqa: F811  (fixtures)
    return PromptWindow(sidebar.start(character))


def is_running(pid):
    """Whether a process lives; one that has ended and that nobody has asked for is none."""
    try:
        return Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def assert_gone(pids, seconds=5.0):
    end = time.monotonic() + seconds
    while left := [pid for pid in pids if is_running(pid)]:
        assert time.monotonic() < end, left
        time.sleep(0.1)


def badges(view):
    """From where to where the letters of compared takes lie: [first, last) columns of the accent color."""
    columns = (view[:80] == ACCENT).all(axis=-1).sum(axis=0) > 3
    return [
        (run[0], run[-1] + 1)
        for there, group in groupby(range(len(columns)), columns.__getitem__)
        if there
        for run in [list(group)]
    ]


def has_a_body(view):
    """Whether limbs of the left and of the right are seen; their colors grow darker with the distance."""
    share = view / np.maximum(view.max(axis=-1, keepdims=True), 1)
    return all(
        (np.abs(share - np.array(color) / max(color)).max(axis=-1) < 0.06).sum() > 50
        for color in (LEFT_LIMBS, RIGHT_LIMBS)
    )


def compared_side_by_side(prompt):
    """Two takes with their letters, each in its half, both moving; the same once more ends it."""
    assert badges(prompt.view("2-takes")) == []
    prompt.compare_with_second_take()
    first, later = prompt.view("2-compared"), prompt.view("2-compared-later")
    (a, _), (b, _) = badges(first)
    half = first.shape[1] // 2
    assert a < 40 and abs(b - a - half) <= 3, (a, b, half)
    for side in (slice(0, half - 2), slice(half + 2, None)):
        assert has_a_body(first[:, side])
        assert (first[80:, side] != later[80:, side]).any(), "it holds still"
    prompt.compare_with_second_take()
    alone = prompt.view("2-alone")
    assert badges(alone) == []
    assert has_a_body(alone)


def played_along_in_blender(prompt):
    """Blender's frame runs while the window plays, until that is switched off."""
    frame, start = "bpy.context.scene.frame_current", prompt.blender.ask("bpy.context.scene.frame_start")
    assert prompt.blender.ask(frame) == start
    prompt.key("ctrl+shift+space")
    seen = {prompt.blender.ask(frame) for _ in range(12)}
    assert len(seen) > 3 and min(seen) >= start, seen
    prompt.key("ctrl+shift+space")

    def rests():
        before = prompt.blender.ask(frame)
        time.sleep(1.0)
        return prompt.blender.ask(frame) == before

    prompt.wait(rests, "rest in Blender")


def made_anew_on_the_rig(prompt):
    """The character's own animation, in Blender's preview range: other inside, the same outside."""
    blender = prompt.blender
    values = (
        "[[curve.evaluate(f) for curve in extension('session.ranges').fcurves(character())] for f in (10, 60, 120)]"
    )
    before = blender.ask(values)
    blender.ask("s = bpy.context.scene\ns.use_preview_range, s.frame_preview_start, s.frame_preview_end = True, 48, 72")
    time.sleep(1.0)
    prompt.key("ctrl+shift+r")
    blender.wait("job() is not None or extension('session.prompt_window').opened()._jobs == []")
    blender.wait("job() is None")
    after = blender.wait(f"(lambda now: now if now[1] != {before[1]} else None)({values})")
    for place in (0, 2):
        assert after[place] == pytest.approx(before[place], abs=1e-4)
    blender.ask("bpy.context.scene.use_preview_range = False")


@pytest.mark.slow
def test_a_sentence_is_typed_compared_made_anew_in_part_and_baked(prompt):
    blender = prompt.blender
    prompt.open()
    prompt.picture("1-open")
    prompt.type(SENTENCE)
    prompt.wait(lambda: prompt.project()["prompt_text"] == SENTENCE, "sentence in the .blend")
    blender.ask("monitor.start()")
    prompt.key("Return")
    prompt.wait(lambda: len(prompt.project()["takes"]) == 4, "takes")
    wall, computing = blender.ask("[monitor.wall, monitor.computing]")
    print(
        f"\nlongest stretch of Blender's main thread while takes are made: {1000 * computing:.0f} ms, wall {wall:.2f} s"
    )
    assert computing < 0.05
    compared_side_by_side(prompt)
    played_along_in_blender(prompt)

    prompt.key("ctrl+3", "Home", *["Right"] * 12, "i", *["Right"] * 24, "o")
    rate = blender.ask("bpy.context.scene.render.fps")

    def marked():
        span = prompt.project()["range"] or {"start": 0.0, "end": 0.0}
        return (round(span["start"] * rate), round(span["end"] * rate))

    prompt.wait(lambda: marked() == (12, 36), "range")
    start = blender.ask("bpy.context.scene.frame_start")
    assert blender.wait("bpy.context.scene.frame_current") == start + 36
    prompt.picture("3-range")
    prompt.key("ctrl+r")
    prompt.wait(lambda: len(prompt.project()["takes"]) == 8, "takes of the range")
    prompt.picture("4-anew")

    blender.ask("show_frame(20)")
    time.sleep(1.0)
    prompt.picture("5-follows")
    prompt.key("ctrl+p")
    blender.wait("len(character().motionwright.takes) == 1")
    prompt.picture("6-preview")
    prompt.key("ctrl+d")
    blender.wait("len(character().motionwright.takes) == 0")
    assert blender.ask("action()") is None
    prompt.key("ctrl+b")
    assert blender.wait("action()")
    curves = "extension('session.ranges').fcurves(character())"
    assert blender.ask(f"len({{key.co[0] for curve in {curves} for key in curve.keyframe_points}})") > 30
    made_anew_on_the_rig(prompt)
    blender.ask("show_frame(30)")
    prompt.picture("7-baked")
    blender.ask("for bone in character().data.bones: bone.select = True\nanswer = True")
    prompt.xdotool("windowmove", "--sync", prompt.window_id(), 640, 900)
    prompt.picture("8-keys")
    blender.window.focus()
    for _ in ("made anew", "baked"):
        blender.press("ctrl+z")
    assert blender.wait("action() is None")
    assert len(prompt.project()["takes"]) == 8, "undo took the window's takes along"


@pytest.mark.slow
def test_whatever_is_killed_no_project_is_lost_and_no_process_is_left(prompt, tmp_path):
    blender = prompt.blender
    prompt.open()
    prompt.type(SENTENCE)
    known = prompt.make_more([])

    # The engine goes while it works: the window says so, and has it back.
    first_engine = blender.ask(ENGINE_PID)
    prompt.key("Return")
    os.kill(first_engine, signal.SIGKILL)
    assert_gone([first_engine])
    time.sleep(5.0)
    prompt.picture("9-engine-killed")
    blender.ask("list(bpy.ops.motionwright.restart_engine())")
    blender.wait("extension('engine_link.engine').status().state == 'ready'")
    time.sleep(3.0)
    prompt.focus()
    assert set(known) <= set(prompt.takes())
    known = prompt.make_more(prompt.takes())

    # The window goes while takes are made: Blender says so, and a new one has everything, in the middle of a word too.
    prompt.focus()
    prompt.type(" twice")
    prompt.wait(lambda: prompt.project()["prompt_text"].endswith("twice"), "words in the .blend")
    window = blender.ask(WINDOW_PID)
    prompt.key("Return")
    os.kill(window, signal.SIGKILL)
    assert_gone([window])
    assert "ended unexpectedly" in blender.wait("str(extension('session.jobs').trouble() or '')")
    prompt.open()
    time.sleep(2.0)
    prompt.picture("10-again")
    assert set(known) <= set(prompt.takes())
    known = prompt.make_more(prompt.takes())

    # It is saved with the .blend.
    saved = tmp_path / "saved.blend"
    blender.ask(f"list(bpy.ops.wm.save_as_mainfile(filepath={str(saved)!r}))", 60)
    prompt.focus()
    prompt.type(" again")
    prompt.wait(lambda: prompt.project()["prompt_text"].endswith("again"), "words in the .blend")

    # Blender goes while takes are made: the window and the engine go with it.
    pids = [blender.ask(WINDOW_PID), blender.ask(ENGINE_PID)]
    folder = Path(blender.ask("str(extension('session.kept_project').folder())"))
    prompt.key("Return")
    blender.window.kill()
    assert_gone(pids)
    states = [json.loads(file.read_text(encoding="utf-8")) for file in folder.glob("projects/*/project.json")]
    last = next(state for state in states if state["document"] == str(saved))
    assert last["project"]["prompt_text"].endswith("twice again")
    assert set(known) <= {take["motion_id"] for take in last["project"]["takes"]}

    # What was typed after the last saving is there when the file is opened again; and quitting ends everything.
    blender.folder.joinpath("answer.json").unlink(missing_ok=True)
    PromptWindow(blender.start(saved)).open()
    prompt.wait(lambda: prompt.project()["prompt_text"].endswith("twice again"), "recovered words")
    prompt.picture("11-recovered")
    pids = [blender.ask(WINDOW_PID), blender.wait(ENGINE_PID)]
    blender.ask(
        "answer = True\nbpy.app.timers.register(lambda: bpy.ops.wm.quit_blender() and None, first_interval=0.3)"
    )
    assert blender.window.wait_until_ended(30) == 0, blender.window.output[-2000:]
    assert_gone(pids)
