"""Which Blender is used, and what is said where there is none."""

import sys
from pathlib import Path

import pytest

from blender_addon import find_blender
from blender_addon.errors import AddonError


@pytest.fixture(autouse=True)
def nothing_installed(monkeypatch):
    """A machine without bpy, without Blender on the path or in the usual places."""
    monkeypatch.delenv(find_blender.ENVIRONMENT_VARIABLE, raising=False)
    monkeypatch.setattr(find_blender.importlib.util, "find_spec", lambda name: None)
    monkeypatch.setattr(find_blender, "_installed", lambda: None)
    monkeypatch.setenv("PATH", "")


def test_none_says_how_to_get_one():
    with pytest.raises(AddonError, match=r"motionwright\[blender\]"):
        find_blender.find_blender()
    name, found, ok, hint = find_blender.doctor_row()
    assert (name, found, ok) == ("Blender", "not found", False)
    assert "pip install" in hint


def test_the_named_one_comes_first(monkeypatch, tmp_path):
    blender = tmp_path / "blender"
    blender.write_text("#!/bin/sh\n", encoding="utf-8")
    blender.chmod(0o755)
    monkeypatch.setenv(find_blender.ENVIRONMENT_VARIABLE, sys.executable)
    assert find_blender.find_blender().is_python
    found = find_blender.find_blender(blender)
    assert found.command(Path("run.py"), Path("job.json"))[1:] == [
        *("--background", "--factory-startup", "--python", "run.py"),
        *("--", "job.json"),
    ]
    with pytest.raises(AddonError, match="no program"):
        find_blender.find_blender(tmp_path / "missing")


def test_bpy_in_this_python_is_not_imported(monkeypatch):
    monkeypatch.setattr(find_blender.importlib.util, "find_spec", lambda name: object())
    assert find_blender.find_blender() == find_blender.Blender(sys.executable, is_python=True)
    assert "bpy" not in sys.modules
