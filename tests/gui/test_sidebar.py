"""A whole working day in a real Blender window: a sentence, progress, cancel, again, undo, takes, and what goes wrong.

Pictures of each step are kept in the folder that MOTIONWRIGHT_TEST_SCREENSHOTS names, else beside the test's files.
"""

import json
import os
import shutil
import time
from pathlib import Path

import pytest

STAGE = Path(__file__).with_name("stage.py")
SENTENCE = "a person walks forward and waves"
# Pixels from the sidebar's left and upper edge, at the window's size and Blender's usual font.
SENTENCE_FIELD, GENERATE, CANCEL = (110, 76), (110, 208), (219, 208)
NEXT_TAKE, KEEP = (237, 210), (75, 245)


class Sidebar:
    """A Blender with a character, and ways to use the sidebar as a hand does."""

    def __init__(self, window, folder, pictures):
        self.window, self.folder, self.pictures = window, folder, pictures

    def start(self, character):
        self.window.start("--python", STAGE, "--", self.folder, character, seconds=240)
        self.window.wait_for((self.folder / "answer.json").exists, 300, "the stage")
        self.window.focus()
        return self

    def ask(self, source, seconds=120):
        """What a Python expression is in that Blender; statements set `answer`."""
        answer = self.folder / "answer.json"
        answer.unlink()
        statement = source if "\n" in source or " = " in source else f"answer = {source}"
        new = self.folder / "question.new"
        new.write_text(statement, encoding="utf-8")
        new.rename(self.folder / "question.py")
        self.window.wait_for(answer.exists, seconds, f"an answer to {source}")
        reply = json.loads(answer.read_text(encoding="utf-8"))
        assert not (isinstance(reply, dict) and "error" in reply), reply
        return reply

    def wait(self, source, seconds=240):
        """Ask until it is true; returns the answer."""
        end = time.monotonic() + seconds
        while not (reply := self.ask(source)):
            if time.monotonic() > end:
                self.picture("failed")
                pytest.fail(f"never: {source}; {self.ask('state()')}; {self.window.output[-2000:]}")
            time.sleep(0.1)
        return reply

    def point(self, place):
        """The place of the screen that lies there in the sidebar."""
        x, y, height, screen = self.ask("[sidebar().x, sidebar().y, sidebar().height, window().height]")
        return x + place[0], screen - (y + height) + place[1]

    def click(self, place, until):
        """Click there until it shows: a slow machine draws a button as pointed at only after a while."""
        for _ in range(10):
            x, y = self.point(place)
            self.window.xdotool("mousemove", "--sync", x - 3, y)
            time.sleep(0.3)
            self.window.xdotool("mousemove", "--sync", x, y)
            time.sleep(0.7)
            self.window.xdotool("mousedown", 1)
            time.sleep(0.2)
            self.window.xdotool("mouseup", 1)
            end = time.monotonic() + 8
            while time.monotonic() < end:
                if self.ask(until):
                    return
                time.sleep(0.1)
        self.picture("failed")
        pytest.fail(f"no click shows at {place}: {self.ask('state()')}; {self.window.output[-2000:]}")

    def type(self, place, words):
        """Type into a field of the sidebar."""
        self.window.xdotool("mousemove", "--sync", *self.point(place))
        time.sleep(1.0)
        self.window.xdotool("click", 1)
        time.sleep(0.5)
        self.window.xdotool("type", "--delay", "30", words)
        self.window.xdotool("key", "Return")

    def press(self, keys):
        """A shortcut over the viewport."""
        self.window.xdotool("mousemove", "--sync", 500, 500)
        time.sleep(0.3)
        self.window.xdotool("key", keys)
        time.sleep(0.5)

    def picture(self, name):
        time.sleep(1.0)
        return self.window.screenshot(self.pictures / f"{name}.png")


@pytest.fixture
def sidebar(blender_window, tmp_path):
    pictures = Path(os.environ.get("MOTIONWRIGHT_TEST_SCREENSHOTS", tmp_path))
    pictures.mkdir(parents=True, exist_ok=True)
    return Sidebar(blender_window, tmp_path, pictures)


@pytest.fixture
def character(tmp_path):
    """A rigged and skinned person of somebody else's making, where that Blender sees it."""
    shared = Path(os.environ.get("MOTIONWRIGHT_TEST_DATA", STAGE.parents[3] / "shared"))
    file = shared / "rigs" / "makehuman_game_engine.blend"
    if not file.is_file():
        pytest.skip(f"no character in {shared}; MOTIONWRIGHT_TEST_DATA names the folder that holds rigs/")
    return shutil.copy(file, tmp_path)


@pytest.mark.slow
def test_a_sentence_becomes_keyframes_and_undo_takes_them_back(sidebar, character):
    sidebar.start(character)
    sidebar.picture("1-ready")
    sidebar.type(SENTENCE_FIELD, SENTENCE)
    sidebar.wait(f"bpy.context.scene.motionwright.prompt == {SENTENCE!r}")

    # Long enough to be cancelled, also on a fast machine.
    sidebar.ask(
        "s = bpy.context.scene.motionwright\n"
        "s.preset, s.variations, s.length, bpy.context.scene.frame_end = 'best', 16, 'TIMELINE', 1400"
    )
    blocks = sidebar.ask("len(bpy.data.actions)")
    sidebar.click(GENERATE, "job() is not None")
    sidebar.wait("job()")
    sidebar.ask("monitor.start()")
    sidebar.picture("2-progress")
    wall, computing = sidebar.ask("[monitor.wall, monitor.computing]")
    print(f"\nlongest stretch of the main thread while a motion is made: {1000 * computing:.0f} ms, wall {wall:.2f} s")
    assert computing < 0.05
    assert sidebar.ask("job()") is not None, "over before it could be cancelled"
    sidebar.click(CANCEL, "job() is None")
    assert sidebar.ask("action()") is None
    time.sleep(2.0)
    assert sidebar.ask("[action(), len(bpy.data.actions)]") == [None, blocks]
    sidebar.picture("3-cancelled")

    sidebar.ask(
        "s = bpy.context.scene.motionwright\n"
        "s.preset, s.variations, s.length, bpy.context.scene.frame_end = 'standard', 1, 'ESTIMATED', 250"
    )
    sidebar.click(GENERATE, "job() is not None or action()")
    assert sidebar.wait("action()") == SENTENCE
    assert sidebar.ask("job()") is None
    sidebar.ask("show_frame(30)")
    sidebar.picture("4-baked")

    sidebar.ask("show_frame(1)")
    sidebar.press("ctrl+z")
    assert sidebar.wait("action() is None")
    assert sidebar.ask("[entry.text for entry in bpy.context.scene.motionwright.history]") == [SENTENCE]
    sidebar.picture("5-undone")
    sidebar.press("ctrl+shift+z")
    assert sidebar.wait("action()") == SENTENCE
    assert sidebar.ask("len(bpy.context.scene.motionwright.history)") == 1

    sidebar.ask("bpy.context.scene.motionwright.variations = 3")
    sidebar.click(GENERATE, "job() is not None or len(character().motionwright.takes)")
    sidebar.wait("len(character().motionwright.takes) == 3")
    sidebar.click(NEXT_TAKE, "character().motionwright.shown == 1")
    sidebar.picture("6-takes")
    sidebar.click(KEEP, "len(character().motionwright.takes) == 0")
    assert sidebar.ask("len(bpy.context.scene.motionwright.history)") == 2

    # An edit reads what is there while the window goes on, and is one step of undo.
    kept = sidebar.ask("action()")
    sidebar.ask("answer = [monitor.start(), list(bpy.ops.motionwright.mirror('INVOKE_DEFAULT'))]")
    done = "job() is None and last_operator('MOTIONWRIGHT_OT_mirror') is not None and action()"
    assert sidebar.wait(done) == f"{kept} mirrored"
    wall, computing = sidebar.ask("[monitor.wall, monitor.computing]")
    print(f"longest stretch of the main thread in an edit, its bake: {1000 * computing:.0f} ms, wall {wall:.2f} s")
    sidebar.press("ctrl+z")
    assert sidebar.wait("action()") == kept

    # F9 shows what it was made with; changed there, it is made again from what was there before.
    sidebar.ask("bpy.context.scene.motionwright.speed = 1.5")
    sidebar.ask("list(bpy.ops.motionwright.retime('INVOKE_DEFAULT'))")
    last = "last_operator('MOTIONWRIGHT_OT_retime')"
    assert sidebar.wait(f"job() is None and {last} and action()") == f"{kept} at 1.5"
    assert sidebar.ask(f"round({last}.properties.speed, 3)") == 1.5
    sidebar.press("F9")
    sidebar.picture("8-last-operation")
    sidebar.press("Escape")
    sidebar.ask(
        f"answer = [setattr({last}.properties, 'speed', 2.0), list(bpy.ops.ed.undo_redo('EXEC_DEFAULT', True))]"
    )
    assert sidebar.wait(f"action() == '{kept} at 2' and action()") == f"{kept} at 2"
    assert f"{kept} at 1.5" not in sidebar.ask("[each.name for each in bpy.data.actions]")
    sidebar.press("ctrl+z")
    assert sidebar.wait(f"action() == {kept!r}")


@pytest.mark.slow
def test_whatever_happens_while_a_motion_is_made_blender_lives_on(sidebar, character):
    sidebar.start(character)
    begin = """
s = bpy.context.scene.motionwright
s.prompt, s.preset, s.variations = "a person walks", "best", 16
answer = list(bpy.ops.motionwright.generate())
"""
    # The character goes in the middle.
    sidebar.ask(begin.replace("best", "draft").replace("16", "1"))
    sidebar.ask("bpy.data.objects.remove(character())")
    sidebar.wait("len(bpy.context.scene.motionwright.history) == 1")
    assert "no longer in this file" in sidebar.wait("extension('session.jobs').trouble().sentence")
    # The file goes in the middle.
    sidebar.ask(f"bpy.ops.wm.open_mainfile(filepath={str(character)!r}, load_ui=False)", 60)
    sidebar.ask("bpy.context.view_layer.objects.active = character()")
    sidebar.ask(begin)
    sidebar.wait("job()")
    sidebar.ask(f"bpy.ops.wm.open_mainfile(filepath={str(character)!r}, load_ui=False)", 60)
    assert sidebar.ask("[job(), action(), len(bpy.context.scene.motionwright.history)]") == [None, None, 0]
    # The engine goes in the middle.
    sidebar.ask("bpy.context.view_layer.objects.active = character()")
    sidebar.ask(begin)
    sidebar.wait("job()")
    sidebar.ask("extension('engine_link.engine')._engine._server._process.kill()")
    sidebar.wait("job() is None")
    sidebar.picture("7-engine-killed")
    assert sidebar.ask("extension('session.jobs').trouble().remedy.value") == "restart"
    assert sidebar.ask("bpy.ops.motionwright.restart_engine.poll()")
    sidebar.ask("list(bpy.ops.motionwright.restart_engine())")
    sidebar.wait("extension('engine_link.engine').status().state == 'ready'")
    # Blender goes in the middle.
    sidebar.ask(begin)
    sidebar.wait("job()")
    pid = sidebar.ask("extension('engine_link.engine')._engine._server._process.pid")
    sidebar.ask(
        "answer = True\nbpy.app.timers.register(lambda: bpy.ops.wm.quit_blender() and None, first_interval=0.3)"
    )
    assert sidebar.window.wait_until_ended(30) == 0, sidebar.window.output[-2000:]
    end = time.monotonic() + 10
    while Path(f"/proc/{pid}").exists() and time.monotonic() < end:
        time.sleep(0.2)
    assert not Path(f"/proc/{pid}").exists()
