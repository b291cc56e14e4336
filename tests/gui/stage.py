"""Runs inside a Blender with a window: prepares the scene, watches the main thread, and answers questions of a test.

blender --python stage.py -- FOLDER FILE     FILE: a character. Questions come as FOLDER/question.py, a Python
expression or statements that set `answer`; answers go to FOLDER/answer.json.
"""

import json
import os
import sys
import time
import traceback
from pathlib import Path

import bpy

FOLDER, FILE = Path(sys.argv[-2]), sys.argv[-1]
QUESTION, ANSWER = FOLDER / "question.py", FOLDER / "answer.json"


class Monitor:
    """How long the main thread was busy at a stretch: wall seconds, and seconds of its own computing.

    On a busy machine the wall clock also counts what others compute; the thread's own clock does not.
    """

    def __init__(self):
        self.start()

    def start(self):
        self.wall = self.computing = 0.0
        self._last = time.perf_counter(), time.thread_time()

    def tick(self):
        now = time.perf_counter(), time.thread_time()
        self.wall = max(self.wall, now[0] - self._last[0])
        self.computing = max(self.computing, now[1] - self._last[1])
        self._last = now
        return 0.001


monitor = Monitor()


def window():
    return bpy.context.window_manager.windows[0]


def view():
    return next(area for area in window().screen.areas if area.type == "VIEW_3D")


def sidebar():
    return next(region for region in view().regions if region.type == "UI")


def character():
    return next(each for each in bpy.context.scene.objects if each.type == "ARMATURE")


def action():
    animation = character().animation_data
    return animation.action.name if animation and animation.action else None


def extension(name):
    """A module of the installed extension."""
    package = next(each for each in sys.modules if each.endswith(".motionwright") and each.startswith("bl_ext."))
    return sys.modules[f"{package}.{name}"]


def job():
    running = extension("session.jobs").running()
    return None if running is None else running.fraction


def last_operator(name):
    """What F9 would show, if it is this operator."""
    done = bpy.context.window_manager.operators
    return done[-1] if len(done) and done[-1].bl_idname == name else None


def show_frame(frame):
    """Go to a frame, and have everything drawn with it."""
    bpy.context.scene.frame_set(frame)
    for area in window().screen.areas:
        area.tag_redraw()


def state():
    """What the sidebar has to say, for a test that failed."""
    return [str(extension("session.jobs").trouble()), str(extension("engine_link.engine").status()), job()]


def prepare():
    """The character in the middle of the view, its sidebar open at the extension's tab."""
    bpy.context.preferences.view.show_splash = False
    if FILE.endswith(".blend"):
        bpy.ops.wm.open_mainfile(filepath=FILE, load_ui=False)
    else:
        bpy.ops.wm.read_homefile(use_empty=True)
        bpy.ops.import_scene.gltf(filepath=FILE)
    bpy.app.timers.register(arrange, first_interval=0.5, persistent=True)


def arrange():
    view().spaces[0].show_region_ui = True
    with bpy.context.temp_override(window=window()):
        bpy.ops.object.select_all(action="DESELECT")
        character().select_set(True)
        bpy.context.view_layer.objects.active = character()
    bpy.app.timers.register(show_tab, first_interval=1.0, persistent=True)


def show_tab():
    """The tab can be chosen once the sidebar has been drawn; the choice shows when it is drawn again."""
    region = sidebar()
    if region.active_panel_category != "Motionwright":
        try:
            region.active_panel_category = "Motionwright"
        except TypeError:
            print("the tab is not there yet")
        view().tag_redraw()
        return 0.5
    frame_character()
    bpy.ops.ed.undo_push(message="Ready")
    bpy.app.timers.register(monitor.tick, persistent=True)
    bpy.app.timers.register(answer_question, persistent=True)
    bpy.app.timers.register(ready, first_interval=2.0, persistent=True)
    return None


def frame_character():
    region = next(region for region in view().regions if region.type == "WINDOW")
    with bpy.context.temp_override(window=window(), area=view(), region=region):
        bpy.ops.view3d.view_axis(type="FRONT")
        bpy.ops.view3d.view_orbit(angle=0.6, type="ORBITRIGHT")
        bpy.ops.view3d.view_orbit(angle=0.25, type="ORBITUP")
        bpy.ops.view3d.view_selected()
        bpy.ops.view3d.zoom(delta=-2)


def ready():
    view().tag_redraw()
    ANSWER.write_text("null", encoding="utf-8")


def answer_question():
    if not QUESTION.exists():
        return 0.05
    source = QUESTION.read_text(encoding="utf-8")
    QUESTION.unlink()
    names = {**globals(), "answer": None}
    try:
        with bpy.context.temp_override(window=window(), area=view(), region=sidebar()):
            exec(source, names)
        reply = names["answer"]
    except Exception:
        traceback.print_exc()
        reply = {"error": traceback.format_exc()}
    new = ANSWER.with_suffix(".new")
    new.write_text(json.dumps(reply, default=list), encoding="utf-8")
    os.replace(new, ANSWER)
    return 0.05


bpy.app.timers.register(prepare, first_interval=0.5)
