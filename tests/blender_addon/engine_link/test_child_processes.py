"""Child processes: what they inherit, and that none of their children stays."""

import json
import os
import subprocess
import sys
import time

import pytest

from blender_addon.engine_link.child_processes import clean_environment, kill_group, start


def test_what_belongs_to_blenders_python_is_left_out(monkeypatch):
    for name in ("PYTHONHOME", "PYTHONPATH", "PYTHONSTARTUP", "VIRTUAL_ENV", "PIP_TARGET", "PIP_REQUIRE_VIRTUALENV"):
        monkeypatch.setenv(name, "/somewhere")
    for name in ("HTTPS_PROXY", "SSL_CERT_FILE", "PIP_INDEX_URL", "LD_LIBRARY_PATH"):
        monkeypatch.setenv(name, "kept")
    environment = clean_environment()
    assert not {"PYTHONHOME", "PYTHONPATH", "PYTHONSTARTUP", "VIRTUAL_ENV", "PIP_TARGET"} & set(environment)
    assert "PIP_REQUIRE_VIRTUALENV" not in environment
    assert {environment[name] for name in ("HTTPS_PROXY", "SSL_CERT_FILE", "PIP_INDEX_URL")} == {"kept"}
    assert environment["LD_LIBRARY_PATH"] == "kept"  # where NVIDIA's libraries are found


@pytest.mark.skipif(os.name == "nt", reason="Windows gives icons the whole PATH")
def test_a_short_path_is_completed(monkeypatch):
    monkeypatch.setenv("PATH", "/opt/mine:/usr/bin")
    folders = clean_environment()["PATH"].split(os.pathsep)
    assert folders[:2] == ["/opt/mine", "/usr/bin"]
    assert {"/usr/local/bin", "/bin", "/usr/sbin"} < set(folders)
    assert len(folders) == len(set(folders))
    monkeypatch.delenv("PATH")
    assert "/usr/bin" in clean_environment()["PATH"].split(os.pathsep)


def test_a_child_speaks_utf8(monkeypatch):
    monkeypatch.setenv("LC_ALL", "C")
    monkeypatch.setenv("PYTHONIOENCODING", "ascii")
    code = "import sys, json; print(json.dumps([sys.stdout.encoding, sys.flags.utf8_mode]), 'é')"
    child = start([sys.executable, "-c", code], stdout=subprocess.PIPE)
    out = child.communicate(timeout=120)[0].decode("utf-8").split("] ")
    assert json.loads(out[0] + "]") == ["utf-8", 1]
    assert out[1].strip() == "é"


def test_the_end_takes_the_children_along(tmp_path):
    beat = tmp_path / "beat"
    grandchild = f"import time, pathlib\nwhile True: pathlib.Path({str(beat)!r}).touch(); time.sleep(0.02)"
    child = f"import subprocess, sys\nsubprocess.run([sys.executable, '-c', {grandchild!r}])"
    process = start([sys.executable, "-c", child])
    end = time.monotonic() + 60
    while not beat.exists():
        assert time.monotonic() < end
        time.sleep(0.05)
    kill_group(process)
    assert process.poll() is not None
    time.sleep(0.2)
    beat.unlink()
    time.sleep(0.3)
    assert not beat.exists()
    kill_group(process)  # once more does no harm
