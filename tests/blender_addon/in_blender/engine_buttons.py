"""Runs inside Blender: switches the extension on and presses every button of its engine. Usage: ... REQUEST.json"""

import importlib
import json
import os
import sys
from pathlib import Path

request = json.loads(Path(sys.argv[-1]).read_text(encoding="utf-8"))
os.environ["BLENDER_USER_RESOURCES"] = request["out"]  # not the tester's own preferences
bpy = importlib.import_module("bpy")

sys.path.append(request["repository"])
answer = {"states": [], "errors": []}

bpy.ops.preferences.addon_enable(module="blender_addon")
engine = importlib.import_module("blender_addon.engine_link.engine")
preferences = bpy.context.preferences.addons["blender_addon"].preferences


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
press("restart_engine")
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
