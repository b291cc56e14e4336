"""Runs inside Blender: the extension's side of the prompt window, with a real window that nobody sees.

Usage: blender_scene.py REQUEST.json     {"file", "window_python", "folder", "motion", "out", "result"}
"""

import json
import os
import sys
import threading
import time
from dataclasses import replace
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[3]))

import bpy

import blender_addon
from blender_addon.engine_link import engine, tasks
from blender_addon.engine_link.settings import Mode
from blender_addon.prompt_panel import saved_project
from blender_addon.prompt_panel.blender_link import protocol
from blender_addon.prompt_panel.blender_link.lines import LARGEST_LINE, LineReader
from blender_addon.prompt_panel.blender_link.protocol import Bake, EndPreview, Preview, ProjectChanged, SetFrame
from blender_addon.prompt_panel.project import Project, Take
from blender_addon.session import kept_project, prompt_window

request = json.loads(Path(sys.argv[-1]).read_text(encoding="utf-8"))
said = []


def armature():
    return next(each for each in bpy.context.scene.objects if each.type == "ARMATURE")


def pump(window, until, seconds=30.0):
    end = time.monotonic() + seconds
    while not until():
        assert time.monotonic() < end, said
        window.look()
        for task in tuple(tasks._running):
            task.wait(0.02)
        time.sleep(0.01)


def hear(window, message):
    """As if the window had sent it; returns what Blender answers."""
    count = len(said)
    window._read(protocol.encode(message))
    window.look()
    return [json.loads(line) for line in said[count:]]


def opened():
    window = prompt_window.PromptWindow(Path(request["window_python"]), kept_project.folder(), 1.0)
    prompt_window._windows[:] = [window]
    write = window._writer.write
    window._writer.write = lambda line: said.append(line) or write(line)
    pump(window, lambda: any(b'"open_project"' in line for line in said))
    return window


def orders(window):
    bpy.context.view_layer.objects.active = armature()
    from blender_addon.session.characters import look

    look(armature())
    report = {"scene": [each for each in hear(window, SetFrame(12.0)) if each["type"] == "scene"][-1]}
    report["frame"] = bpy.context.scene.frame_current
    report["silent"] = hear(window, SetFrame(12.0))
    bpy.context.scene.frame_set(20)
    window.look()
    report["told"] = json.loads(said[-1])
    report["led"] = both_move_the_playhead(window)
    motion = request["motion"]
    before = len(bpy.data.actions)
    report["preview"] = hear(window, Preview(1, motion, "walk", 1))
    report["previewed"] = len(bpy.data.actions) - before
    report["discard"] = hear(window, EndPreview(2, False))
    report["discarded"] = len(bpy.data.actions) - before
    report["nothing"] = hear(window, EndPreview(3, True))
    report["bake"] = hear(window, Bake(4, motion, "walk", 1))
    report["action"] = armature().animation_data.action.name
    report["range"] = list(armature().animation_data.action.frame_range)
    report["history"] = [entry.text for entry in bpy.context.scene.motionwright.history]
    report["missing"] = hear(window, Bake(5, motion + ".gone", "walk", 1))
    bpy.context.view_layer.objects.active = None
    report["no rig"] = [each for each in hear(window, Bake(6, motion, "walk", 1)) if each["type"] == "answer"]
    report["refused"] = bad_lines(window)
    return report


def bad_lines(window):
    """What the window's process might send when it is out of its mind, through a pipe; then an order that is heard."""
    count, (end, start) = len(said), os.pipe()
    ended = threading.Event()
    LineReader(os.fdopen(end, "rb"), window._read, lambda: window._refuse(protocol.oversized()), ended.set)
    with os.fdopen(start, "wb") as pipe:
        for line in (b"nonsense", b"\xff\x00", b"y" * (3 * LARGEST_LINE), protocol.encode(SetFrame(9.0))):
            pipe.write(line + b"\n")
    assert ended.wait(10)
    window.look()
    return {"said": [json.loads(line) for line in said[count:]], "frame": bpy.context.scene.frame_current}


def both_move_the_playhead(window):
    """The window plays along while somebody takes the playhead here; and once more later."""
    bpy.context.scene.frame_set(25)
    answers = hear(window, SetFrame(13.0))
    found = [bpy.context.scene.frame_current]
    hear(window, SetFrame(14.0))
    found.append(bpy.context.scene.frame_current)
    time.sleep(0.4)
    hear(window, SetFrame(15.0))
    return {"frames": [*found, bpy.context.scene.frame_current], "told": answers}


def keeping(window):
    """A project goes into the .blend, through undo, a save and a load, and out again on a machine without its files."""
    takes = kept_project.folder() / "takes"
    takes.mkdir(parents=True, exist_ok=True)
    (takes / "m1.npz").write_bytes(Path(request["motion"]).read_bytes())
    project = Project(prompt_text="kept", takes=(Take("m1", "m1.npz", ("walk",), 2.0, 1),))
    saved = saved_project.new_project().changed(project)
    file = kept_project.folder() / "projects" / saved.id / "project.json"
    saved_project.write(saved, file)
    hear(window, ProjectChanged(str(file)))
    report = {"kept": kept_project.held().saved == saved}
    bpy.data.texts.remove(bpy.data.texts[kept_project.TEXT_NAME])
    kept_project._put_back()
    report["after undo"] = kept_project.held().saved == saved
    started = time.perf_counter()
    kept_project.keep(kept_project.read_kept(file))
    report["milliseconds"] = 1000 * (time.perf_counter() - started)
    count = len(said)
    bpy.ops.wm.save_as_mainfile(filepath=request["out"])
    report["saved"] = [json.loads(line) for line in said[count:]]
    report["stamp"] = str(saved.stamp)
    bpy.ops.wm.read_homefile(use_empty=True)
    report["elsewhere"] = kept_project.held() is None
    (takes / "m1.npz").unlink()
    count = len(said)
    bpy.ops.wm.open_mainfile(filepath=request["out"])
    pump(window, lambda: any(b'"open_project"' in line and b"from-blend" in line for line in said[count:]))
    message = next(json.loads(line) for line in said[count:] if b'"from-blend' in line or b"from-blend" in line)
    report["opened"] = saved_project.read(Path(message["file"])) == saved
    report["motion"] = (takes / "m1.npz").read_bytes() == Path(request["motion"]).read_bytes()
    bpy.data.texts[kept_project.TEXT_NAME].from_string("{}")
    window.open_project()
    from blender_addon.session import jobs

    report["damaged"] = jobs.trouble().sentence
    return report


def broken():
    """A Python that has no window."""
    other = prompt_window.PromptWindow(Path(sys.executable), Path(request["folder"]) / "broken", 1.0)
    prompt_window._windows[:] = [other]
    end = time.monotonic() + 30
    while not other.ended and time.monotonic() < end:
        time.sleep(0.05)
    prompt_window._look()
    from blender_addon.session import jobs

    return [jobs.trouble().sentence, jobs.trouble().remedy.value, len(prompt_window._windows)]


def ends(window):
    pid = window.process_id
    started = time.monotonic()
    window.close()
    seconds = time.monotonic() - started
    return {"seconds": seconds, "status": window._process.returncode, "pid": pid}


if __name__ == "__main__":
    os.environ["QT_QPA_PLATFORM"] = "offscreen"
    blender_addon.register()
    settings = replace(engine.settings(), mode=Mode.PYTHON, python=Path(request["window_python"]))
    engine.configure(replace(settings, folder=Path(request["folder"])))
    bpy.ops.wm.open_mainfile(filepath=request["file"])
    bpy.context.scene.frame_end = 30
    window = opened()
    found = {"background": not bpy.ops.motionwright.open_prompt_window.poll()}
    found |= {"orders": orders(window), "keeping": keeping(window), "ends": ends(window)}
    found["broken"] = broken()
    blender_addon.unregister()
    Path(request["result"]).write_text(json.dumps(found), encoding="utf-8")
    sys.stdout.flush()
    os._exit(0)
