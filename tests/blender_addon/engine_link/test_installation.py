"""Setting up: all the ways it ends, and that none leaves anything half. The whole of it runs in tests/gui too."""

import json
import os
import shutil
import subprocess
import sys
import threading
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest

from blender_addon.engine_link import engine, installation
from blender_addon.engine_link.engine import State
from blender_addon.engine_link.environments import find_environment, new_folder, take_into_use
from blender_addon.engine_link.errors import EngineError, Remedy, TaskCancelledError
from blender_addon.engine_link.folder_lock import only_here
from blender_addon.engine_link.installation import set_up
from blender_addon.engine_link.settings import Mode, environment_python
from blender_addon.engine_link.wheels import CONTENTS, carried_wheels, this_machine


@pytest.fixture
def managed(settings):
    carried_wheels.cache_clear()
    settings.wheels.mkdir()
    return replace(settings, mode=Mode.MANAGED)


def carry(settings, needs=(), built_for=None, engine_code=""):
    """A wheel by the engine's name, and whether the package says that it is complete."""
    path = settings.wheels / "motionwright-0.1.0-py3-none-any.whl"
    info = "motionwright-0.1.0.dist-info"
    with zipfile.ZipFile(path, "w") as wheel:
        wheel.writestr("engine/__init__.py", "")
        wheel.writestr("engine/__main__.py", engine_code)
        metadata = "Metadata-Version: 2.1\nName: motionwright\nVersion: 0.1.0\nProvides-Extra: panel\n"
        wheel.writestr(f"{info}/METADATA", metadata + "".join(f"Requires-Dist: {each}\n" for each in needs))
        wheel.writestr(
            f"{info}/WHEEL", "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        )
        wheel.writestr(f"{info}/RECORD", "")
    built_for = this_machine() if built_for is None else built_for
    (settings.wheels / CONTENTS).write_text(json.dumps({"built_for": built_for}), encoding="utf-8")


def refused(settings, online=False):
    with pytest.raises(EngineError) as caught:
        set_up(settings, online, lambda fraction, what: None, lambda: False)
    assert environments(settings) == []
    return caught.value


def environments(settings):
    return sorted(path.name for path in settings.folder.glob("environment*"))


def test_a_source_checkout_carries_no_engine(managed):
    assert refused(managed).remedy is Remedy.PREFERENCES


def test_the_network_is_asked_for(managed):
    carry(managed, built_for="")
    error = refused(managed)
    assert "online access" in error.sentence
    assert error.remedy is Remedy.PREFERENCES


def test_an_offline_package_of_another_machine(managed):
    carry(managed, built_for="win-x86_64-3.11")
    assert "win-x86_64-3.11" in refused(managed).sentence


def test_a_python_that_makes_no_environments(managed, tmp_path):
    carry(managed)
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", tmp_path / "bare"], check=True)
    broken = tmp_path / "broken"
    broken.write_text("#!/bin/sh\nexit 1\n", encoding="utf-8")
    broken.chmod(0o755)
    error = refused(replace(managed, base_python=broken))
    assert "python3-venv" in error.sentence
    assert error.remedy is Remedy.SET_UP
    assert "No such file" in refused(replace(managed, base_python=tmp_path / "none")).sentence


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such folders")
def test_a_folder_that_can_not_be_made(managed, tmp_path):
    carry(managed)
    (tmp_path / "file").touch()
    error = refused(replace(managed, folder=tmp_path / "file" / "folder"))
    assert "can't be made" in error.sentence


def test_a_full_disk_is_seen_before(managed, monkeypatch):
    carry(managed)
    monkeypatch.setattr(installation, "NEEDED_BYTES", 1 << 60)
    assert "free" in refused(managed).sentence


@pytest.mark.slow
def test_a_package_that_is_missing(managed):
    carry(managed, needs=["no-package-of-this-name-anywhere"])
    error = refused(managed)
    assert "no-package-of-this-name-anywhere" in error.sentence
    assert error.remedy is Remedy.SET_UP
    assert "no-package-of-this-name-anywhere" in managed.set_up_log.read_text(encoding="utf-8")


@pytest.mark.slow
def test_an_engine_that_does_not_work_is_not_taken_into_use(managed):
    carry(managed, engine_code="raise SystemExit(1)")
    managed.folder.mkdir()
    old = new_folder(managed)
    environment_python(old).parent.mkdir(parents=True)
    environment_python(old).touch()
    take_into_use(managed, old)
    (managed.folder / "environment-of-a-crash").mkdir()
    with pytest.raises(EngineError, match="failed its test") as caught:
        set_up(managed, False, lambda fraction, what: None, lambda: False)
    assert caught.value.remedy is Remedy.SET_UP
    assert environments(managed) == [old.name, "environment.json"]
    assert find_environment(managed).python == environment_python(old)


@pytest.mark.slow
@pytest.mark.parametrize("when", ["Making a private environment", "Installing the packages", "Starting the engine"])
def test_a_cancel_leaves_nothing(managed, when):
    carry(managed, engine_code="import time; time.sleep(600)")
    cancelled, seen = threading.Event(), []

    def report(fraction, what):
        seen.append(fraction)
        if what.startswith(when):
            cancelled.set()

    with pytest.raises(TaskCancelledError):
        set_up(managed, False, report, cancelled.is_set)
    assert environments(managed) == []
    assert processes_in(managed.folder) == []
    assert seen == sorted(seen)


def processes_in(folder):
    """Command lines of running programs that name the folder."""
    lines = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            lines.append(path.read_bytes())
        except OSError:
            continue
    return [line for line in lines if os.fsencode(folder) in line]


def test_one_blender_at_a_time(managed):
    """While another process holds the folder this one says so and leaves it alone; its end, even a crash, frees it."""
    carry(managed, needs=["no-package-of-this-name-anywhere"])
    managed.folder.mkdir()
    holding = (
        "import sys, os, time; from pathlib import Path; from blender_addon.engine_link.folder_lock import only_here\n"
        "with only_here(Path(sys.argv[1])): print('held', flush=True); sys.stdin.read(); os._exit(1)"
    )
    command = [sys.executable, "-c", holding, managed.folder / "set-up.lock"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other:
        assert other.stdout.readline() == b"held\n"
        (managed.folder / "environment-being-made").mkdir()
        with pytest.raises(EngineError, match="Another Blender") as caught:
            set_up(managed, False, lambda fraction, what: None, lambda: False)
        assert caught.value.remedy is Remedy.SET_UP
        assert environments(managed) == ["environment-being-made"]
        other.stdin.close()
    with only_here(managed.folder / "set-up.lock"):
        pass


def test_the_record_decides(managed):
    with pytest.raises(EngineError, match="not set up yet") as caught:
        find_environment(managed)
    assert caught.value.remedy is Remedy.SET_UP
    managed.folder.mkdir()
    made = new_folder(managed)
    environment_python(made).parent.mkdir(parents=True)
    environment_python(made).touch()
    with pytest.raises(EngineError, match="not set up yet"):
        find_environment(managed)
    take_into_use(managed, made)
    assert find_environment(managed).python == environment_python(made)
    assert new_folder(managed) != made
    with pytest.raises(EngineError, match=r"0\.1\.0.*0\.2\.0") as caught:
        find_environment(replace(managed, version="0.2.0"))
    assert caught.value.remedy is Remedy.SET_UP
    shutil.rmtree(made)
    with pytest.raises(EngineError, match="gone") as caught:
        find_environment(managed)
    assert caught.value.remedy is Remedy.SET_UP
    (managed.folder / "environment.json").write_text("[]", encoding="utf-8")
    with pytest.raises(EngineError, match="not set up yet"):
        find_environment(managed)


def test_the_state_follows_the_set_up(managed):
    engine.configure(managed)
    assert (engine.status().state, engine.status().remedy) == (State.MISSING, Remedy.SET_UP)
    engine.show_set_up("Getting numpy …", 0.25)
    assert (engine.status().state, engine.status().fraction) == (State.SETTING_UP, 0.25)
    with pytest.raises(EngineError, match="being set up"):
        engine.ensure_started()
    assert engine.status().state is State.SETTING_UP
    engine.end_set_up(EngineError("The disk is full; make room.", Remedy.SET_UP))
    assert (engine.status().state, engine.status().sentence) == (State.MISSING, "The disk is full; make room.")
    managed.folder.mkdir()
    made = new_folder(managed)
    environment_python(made).parent.mkdir(parents=True)
    environment_python(made).touch()
    take_into_use(managed, made)
    engine.end_set_up(None)
    assert engine.status().state is State.STOPPED
