"""Child processes on every system: a clean environment, no console window, an end that takes their children along."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

_USUAL_PROGRAMS = ("/usr/local/bin", "/usr/bin", "/bin", "/usr/local/sbin", "/usr/sbin", "/sbin", "/opt/homebrew/bin")
# They would have pip install elsewhere than into the environment whose pip it is.
_PIP_PLACES = ("PIP_TARGET", "PIP_PREFIX", "PIP_ROOT", "PIP_USER", "PIP_REQUIRE_VIRTUALENV", "PIP_PYTHON")
_OF_ANOTHER_PYTHON = ("PYTHON", "__PYVENV_LAUNCHER__", "VIRTUAL_ENV")


def clean_environment() -> dict[str, str]:
    """Ours, without what belongs to Blender's Python, with a full PATH and UTF-8 everywhere.

    Proxies, certificates and a user's package index stay. A program started from a desktop icon has a short PATH.
    """
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.upper().startswith(_OF_ANOTHER_PYTHON) and name.upper() not in _PIP_PLACES
    }
    if sys.platform != "win32":
        folders = [folder for folder in kept.get("PATH", "").split(os.pathsep) if folder]
        folders += [folder for folder in _USUAL_PROGRAMS if folder not in folders]
        kept["PATH"] = os.pathsep.join(folders)
    return {**kept, "PYTHONUTF8": "1", "PYTHONIOENCODING": "utf-8", "PYTHONUNBUFFERED": "1"}


def start(command: list[str | Path], **streams: Any) -> subprocess.Popen[bytes]:
    """Start a program in a group of its own; `streams` are Popen's stdin, stdout and stderr. OSError where it can't."""
    return subprocess.Popen(
        [str(part) for part in command],
        env=clean_environment(),
        cwd=Path(command[0]).parent,
        close_fds=True,
        **streams,
        **_own_group(),
    )


def _own_group() -> dict[str, Any]:
    if sys.platform == "win32":
        return {"creationflags": subprocess.CREATE_NO_WINDOW | subprocess.CREATE_NEW_PROCESS_GROUP}
    return {"start_new_session": True}


def kill_group(process: subprocess.Popen[bytes]) -> None:
    """End a program that `start` has started and all its children, and wait until it is gone."""
    if sys.platform == "win32":
        taskkill = shutil.which("taskkill") or "taskkill"
        subprocess.run(
            [taskkill, "/F", "/T", "/PID", str(process.pid)],
            check=False,
            capture_output=True,
            creationflags=subprocess.CREATE_NO_WINDOW,
        )
        process.kill()
    else:
        try:
            os.killpg(process.pid, signal.SIGKILL)  # it leads its group: started as a session of its own
        except (ProcessLookupError, PermissionError):
            process.kill()
    process.wait()
