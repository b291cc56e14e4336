"""The zip in a real Blender: installed, its engine set up with and without a network, cancelled, quit in the middle."""

import json
import os
import subprocess
import sys
import textwrap
import time
import zipfile
from pathlib import Path

import pytest
from debian_root import REPOSITORY

PACKAGE = "bl_ext.user_default.motionwright"
PROMPT = {"prompts": [{"text": "a person walks forward", "seconds": 2.0}], "seed": 1}

LOOK = f"""
import importlib, importlib.util, json, pathlib, pkgutil, sys
import bpy
package = importlib.import_module({PACKAGE!r})
modules = [each.name for each in pkgutil.walk_packages(package.__path__, package.__name__ + ".")]
for each in modules:
    importlib.import_module(each)
engine = importlib.import_module(package.__name__ + ".engine_link.engine")
status = engine.status()
print("FOUND " + json.dumps({{
    "modules": modules,
    "state": status.state,
    "remedy": status.remedy,
    "online": bpy.app.online_access,
    "may_set_up": bpy.ops.motionwright.set_up_engine.poll(),
    "folder": str(engine.settings().folder),
    "strangers": [name for name in ("onnxruntime", "fastapi", "typer", "PySide6") if importlib.util.find_spec(name)],
}}))
"""

GENERATE = f"""
import io, json, os
import numpy as np
from {PACKAGE}.engine_link import engine
client = engine.ensure_started()
*_, last = client.events(client.generate({PROMPT!r}))
motion = np.load(io.BytesIO(client.motion(last.motion_ids[0])), allow_pickle=False)
status = engine.status()
print("FOUND " + json.dumps({{
    "frames": len(motion["local_rotations"]),
    "process": engine._engine._server._process.pid,
    "sentence": status.sentence,
    "version": status.version,
}}))
"""


def found(ended):
    assert ended.returncode == 0, ended.stdout[-3000:] + ended.stderr[-3000:]
    line = next(line for line in ended.stdout.splitlines() if line.startswith("FOUND "))
    return json.loads(line.removeprefix("FOUND "))


def background(run_blender, user_folder, code, **variables):
    arguments = ("--background", "--python-exit-code", "3", "--python-expr", code)
    return found(run_blender(user_folder, *arguments, **variables))


def processes_in(folder):
    lines = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            lines.append(path.read_bytes().replace(b"\0", b" ").decode(errors="replace"))
        except OSError:
            continue
    return [line for line in lines if str(folder) in line and "motionwright/environment" in line]


def environments(user_folder):
    folder = Path(user_folder) / "extensions" / ".user" / "user_default" / "motionwright"
    return sorted(path.name for path in folder.glob("environment*"))


def test_the_zip_holds_one_model_and_no_command_line(addon_zip):
    with zipfile.ZipFile(addon_zip) as archive:
        names = archive.namelist()
    assert [name for name in names if name.endswith(".whl")] == ["wheels/motionwright-0.1.0-py3-none-any.whl"]
    assert not [name for name in names if name.endswith(".onnx")]
    assert not {"commands.py", "packaging/archive.py", "__pycache__"} & set(names)
    assert {"__init__.py", "blender_manifest.toml", "LICENSE"} <= set(names)


def test_installed_it_asks_to_be_set_up(run_blender, installed):
    seen = background(run_blender, installed, LOOK)
    assert f"{PACKAGE}.panels" in seen["modules"]
    assert (seen["state"], seen["remedy"]) == ("missing", "set_up")
    assert not seen["online"]
    assert not seen["may_set_up"]  # before the user has allowed the network
    assert str(installed) in seen["folder"]


@pytest.mark.slow
def test_set_up_from_the_index(run_blender, with_engine):
    """`with_engine` has set it up; Blender's own Python has learned nothing by it."""
    seen = background(run_blender, with_engine, LOOK)
    assert (seen["state"], seen["strangers"]) == ("stopped", [])
    assert environments(with_engine) == ["environment-0.1.0-py313", "environment.json"]
    # A stripped PATH, as from a desktop icon, and a Python of somebody else's in the environment.
    made = background(run_blender, with_engine, GENERATE, PYTHONPATH="/nowhere")
    assert (made["frames"], made["version"]) == (60, "0.1.0")
    assert not Path(f"/proc/{made['process']}").exists()  # it ended with Blender


@pytest.mark.slow
def test_set_up_without_a_network(programs, with_engine, install, run_blender, tmp_path):
    """The offline package, built for this Blender's Python, in a network namespace that has no way out."""
    archive = tmp_path / "offline.zip"
    python = with_engine / "extensions/.user/user_default/motionwright/environment-0.1.0-py313/bin/python"
    command = [programs("env"), str(python), "-m", "engine.cli", "addon", "build", str(archive), "--offline", "--json"]
    ended = subprocess.run(
        [*command, "--blender", "/usr/bin/blender"], cwd=REPOSITORY, capture_output=True, encoding="utf-8", check=False
    )
    assert ended.returncode == 0, ended.stderr[-2000:]
    facts = json.loads(ended.stdout)
    assert facts["validated"]
    assert facts["built_for"].endswith("-3.13")
    user_folder = install(archive, tmp_path / "user")
    set_up = (
        "import bpy\nassert not bpy.app.online_access\nassert bpy.ops.motionwright.set_up_engine() == {'FINISHED'}\n"
    )
    script = tmp_path / "set_up.py"
    script.write_text(set_up + GENERATE, encoding="utf-8")
    command = [programs("blender"), "--background", "--python-exit-code", "3", "--python", str(script)]
    environment = {**os.environ, "BLENDER_USER_RESOURCES": str(user_folder)}
    ended = subprocess.run(
        ["unshare", "--net", sys.executable, "-c", WITH_LOOPBACK, *command],
        env=environment,
        capture_output=True,
        encoding="utf-8",
        check=False,
        timeout=600,
    )
    assert found(ended)["frames"] == 60


# A new network namespace has nothing, and its loopback has yet to be switched on.
WITH_LOOPBACK = """
import fcntl, os, socket, struct, sys
SIOCSIFFLAGS, IFF_UP = 0x8914, 1
with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
    fcntl.ioctl(any_socket, SIOCSIFFLAGS, struct.pack("16sh14x", b"lo", IFF_UP))
try:
    socket.create_connection(("192.0.2.1", 80), timeout=1)
except OSError:
    os.execvp(sys.argv[1], sys.argv[1:])
sys.exit("this namespace has a network")
"""


IN_WINDOW = """
import json, pathlib, time
import bpy
from {package}.engine_link import engine
bpy.context.preferences.system.use_online_access = True
last, busy, longest, begun, asked = time.monotonic(), time.monotonic(), 0.0, False, None

def watch():
    global last, busy, longest, begun, asked
    now = time.monotonic()
    gap, last = now - last, now
    if not begun:
        # Software OpenGL takes seconds for the first pictures of the viewport.
        busy = now if gap > 0.1 else busy
        if now - busy > 2.0:
            begun = True
            assert bpy.ops.motionwright.set_up_engine() == {{"FINISHED"}}
        return 0.005
    longest = max(longest, gap)
    status = engine.status()
    if asked is None and status.state == "setting_up" and status.fraction > 0.08:
        asked = now
        {ending}
    if asked is not None and status.state != "setting_up":
        pathlib.Path({answer!r}).write_text(json.dumps(
            {{"state": status.state, "cancelled_in": now - asked, "longest_gap": longest, "sentence": status.sentence}}
        ))
        bpy.ops.wm.quit_blender()
    return 0.005

bpy.app.timers.register(watch, first_interval=1.0)
"""


def window_script(tmp_path, ending):
    script, answer = tmp_path / "in_window.py", tmp_path / "answer.json"
    code = IN_WINDOW.format(package=PACKAGE, ending=ending, answer=str(answer))
    script.write_text(textwrap.dedent(code), encoding="utf-8")
    return script, answer


@pytest.fixture
def fresh_window(screen, install, addon_zip, tmp_path):
    from window import BlenderWindow

    window = BlenderWindow(screen, install(addon_zip, tmp_path / "user"), tmp_path)
    yield window
    window.close()


@pytest.mark.slow
def test_a_cancel_in_the_window(fresh_window, tmp_path):
    script, answer = window_script(tmp_path, "bpy.ops.motionwright.cancel_set_up()")
    fresh_window.start("--python", script)
    fresh_window.wait_until_ended(300)
    seen = json.loads(answer.read_text(encoding="utf-8"))
    assert seen["state"] == "missing"
    assert environments(fresh_window.user_folder) == []
    assert processes_in(fresh_window.user_folder) == []
    print(f"cancelled within {seen['cancelled_in']:.1f} s")
    print(f"longest gap of the main thread while setting up: {seen['longest_gap'] * 1000:.0f} ms")


@pytest.mark.slow
def test_quitting_in_the_middle(fresh_window, tmp_path):
    script, _ = window_script(tmp_path, "bpy.ops.wm.quit_blender()")
    fresh_window.start("--python", script)
    assert fresh_window.wait_until_ended(300) == 0
    end = time.monotonic() + 60.0
    while processes_in(fresh_window.user_folder):
        assert time.monotonic() < end
        time.sleep(0.1)
    assert environments(fresh_window.user_folder) == []
