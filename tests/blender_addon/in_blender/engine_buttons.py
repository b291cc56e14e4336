"""Runs inside Blender: switches the extension on and presses every button of its engine. Usage: ... REQUEST.json"""

import importlib
import json
import os
import socket
import sys
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

request = json.loads(Path(sys.argv[-1]).read_text(encoding="utf-8"))
os.environ["BLENDER_USER_RESOURCES"] = request["out"]  # not the tester's own preferences
bpy = importlib.import_module("bpy")

sys.path.append(request["repository"])
answer = {"states": [], "errors": [], "drawn": []}

bpy.ops.preferences.addon_enable(module="blender_addon")
engine = importlib.import_module("blender_addon.engine_link.engine")
server = importlib.import_module("blender_addon.engine_link.server")
panels = importlib.import_module("blender_addon.panels.base")
preferences = bpy.context.preferences.addons["blender_addon"].preferences


class Drawn:
    """A layout that notes what is drawn on it: sentences, and buttons with whether they can be pressed."""

    def __init__(self):
        self.words, self.buttons = [], []

    def label(self, text="", **_options):
        self.words.append(text)

    def operator(self, name, **_options):
        family, _, own = name.partition(".")
        self.buttons.append([own, bool(getattr(getattr(bpy.ops, family), own).poll())])
        return self

    def progress(self, **_options):
        pass

    def __getattr__(self, _name):
        return lambda *_arguments, **_options: self  # box, row, column: all on the same sheet


def drawn(case):
    """What the first panel of the sidebar shows of the engine."""
    sheet = Drawn()
    panels.draw_engine_trouble(
        sheet, SimpleNamespace(region=SimpleNamespace(width=300), preferences=bpy.context.preferences)
    )
    answer["drawn"].append([case, " ".join(sheet.words), sheet.buttons])


def press(name):
    """The state after a button, or its sentence where it can't be pressed or reports an error."""
    try:
        ended = getattr(bpy.ops.motionwright, name)()
    except RuntimeError as error:
        answer["errors"].append(str(error))
        return
    answer["states"].append([name, *ended, engine.status().state, engine.status().remedy])


press("set_up_engine")
press("start_engine")
press("cancel_set_up")
drawn("missing")
preferences.mode = "python"
press("set_up_engine")
press("start_engine")
preferences.python = request["interpreter"]
preferences.model = request["model"]
press("stop_engine")
press("start_engine")
press("start_engine")
press("restart_engine")
engine._engine._server._process.kill()
engine._engine._server._process.wait()
while engine.status().state == "ready":
    pass
drawn("killed")
press("restart_engine")
press("stop_engine")
drawn("stopped")
with socket.create_server(("127.0.0.1", 0)) as other:
    preferences.port = other.getsockname()[1]
    press("start_engine")
    drawn("port taken")
preferences.port = 0
own = engine.settings()
engine.configure(replace(own, version="9.1.0"))
press("start_engine")
drawn("another version")
engine.configure(own)
wait = server.Server.wait_until_ready


def lost(self, cancelled):
    ready = wait(self, cancelled)
    ready.token_file.unlink()
    return ready


server.Server.wait_until_ready = lost
press("start_engine")
drawn("token file gone")
server.Server.wait_until_ready = wait
press("restart_engine")
drawn("mended")
press("stop_engine")
preferences.mode = "address"
press("start_engine")
preferences.address = "nowhere"
press("start_engine")
press("open_engine_log")
preferences.mode = "python"
press("start_engine")
process = engine._engine._server._process
bpy.ops.preferences.addon_disable(module="blender_addon")
answer["ended"] = process.poll() is not None
answer["registered"] = "MOTIONWRIGHT_OT_set_up_engine" in dir(bpy.types)
bpy.ops.preferences.addon_enable(module="blender_addon")
answer["again"] = str(engine.status().state)
Path(request["result"]).write_text(json.dumps(answer), encoding="utf-8")
