"""`doctor` finds what would stop the main job, and says what to do."""

import json
import os
import shutil
import subprocess
import sys
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest

from engine import doctor

TOY = Path(__file__).parent / "bundle" / "toy"


def run(*arguments, folder):
    return subprocess.run(
        [sys.executable, "-m", "engine", "doctor", *map(str, arguments)],
        cwd=folder,
        env={**os.environ, "COLUMNS": "200"},
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=120,
        check=False,
    )


def findings(model=TOY, provider="cpu"):
    return {finding.name: finding for finding in doctor.examine(model, provider)}


@pytest.fixture
def no_other_rooms(monkeypatch):
    monkeypatch.setattr(doctor, "entry_points", lambda group: [])


@pytest.mark.usefixtures("no_other_rooms")
def test_a_healthy_engine():
    found = findings()
    assert all(finding.ok for finding in found.values())
    assert found["Provider in use"].found == "cpu"
    assert found["Model"].found.startswith("toy 1, ")
    assert found["Model's licence"].found == "CC0-1.0"
    assert found["Test motion"].found.startswith("30 frames in ")
    assert "Provider cpu" in found


def test_json_has_every_finding(tmp_path):
    report = json.loads(run("--json", "--model", TOY, folder=tmp_path).stdout)
    assert {"name", "found", "ok", "hint"} == set(report["findings"][0])
    assert {"Python", "ONNX Runtime", "Model", "Current folder"} <= {row["name"] for row in report["findings"]}


def test_a_missing_model_ends_with_status_1_and_a_hint(tmp_path):
    done = run("--model", tmp_path / "nowhere", folder=tmp_path)
    assert done.returncode == 1
    assert done.stderr == ""
    assert "There is no model folder" in done.stdout
    assert list(tmp_path.iterdir()) == []


@pytest.mark.usefixtures("no_other_rooms")
def test_a_damaged_model_is_found(tmp_path):
    folder = Path(shutil.copytree(TOY, tmp_path / "copy"))
    (folder / "decoder.onnx").write_bytes(b"")
    assert not findings(folder)["Model"].ok
    assert "SHA-256 differs" in findings(folder)["Model"].hint


@pytest.mark.usefixtures("no_other_rooms")
def test_a_provider_that_does_not_work_is_found():
    finding = findings(provider="abacus")["Provider in use"]
    assert not finding.ok
    assert "no provider" in finding.hint


@pytest.mark.usefixtures("no_other_rooms")
def test_a_temporary_folder_that_is_gone_is_found(tmp_path, monkeypatch):
    monkeypatch.setattr(doctor.tempfile, "gettempdir", lambda: str(tmp_path / "gone"))
    assert not findings()["Temporary folder"].ok


@pytest.mark.parametrize(
    ("look", "ok", "text"),
    [
        (lambda: ("Blender", "4.5 in /opt", True, ""), True, "4.5 in /opt"),
        (lambda: ("Blender", "none", False, "Install Blender."), False, "none"),
        (lambda: 1 / 0, False, "could not be looked at (division by zero)"),
    ],
)
def test_other_rooms_add_findings(monkeypatch, look, ok, text):
    monkeypatch.setattr(
        doctor,
        "entry_points",
        lambda group: [EntryPoint("blender", "a:b", group)] if group == "motionwright.doctor" else [],
    )
    monkeypatch.setattr(EntryPoint, "load", lambda self: look)
    finding = list(doctor.examine(TOY, "cpu"))[-1]
    assert (finding.ok, finding.found) == (ok, text)
