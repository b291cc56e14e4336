"""Where a run comes from: the code, the data and the libraries of every time that it was started."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from engine.files import written_whole

PROVENANCE = "provenance.json"
_LIBRARIES = ("motionwright", "torch", "lightning-fabric", "transformers", "numpy")


def note_start(run: Path, data_fingerprint: str) -> None:
    """Add this start to a run's `provenance.json`, a list."""
    path = run / PROVENANCE
    starts = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else []
    starts.append(
        {
            "started": datetime.now(UTC).isoformat(timespec="seconds"),
            "git_commit": git_commit(Path(__file__).parent),
            "data": data_fingerprint,
            "python": sys.version.split()[0],
            "libraries": {name: version(name) for name in _LIBRARIES},
        }
    )
    with written_whole(path) as temporary:
        temporary.write_text(json.dumps(starts, indent=1), encoding="utf-8")


def git_commit(folder: Path) -> str | None:
    """The commit of the clone that a folder is in, with “+changes” where files differ; None outside a clone."""
    try:
        commit = _git(folder, "rev-parse", "HEAD")
        return f"{commit}+changes" if _git(folder, "status", "--porcelain", "--untracked-files=no") else commit
    except (OSError, subprocess.SubprocessError):
        return None


def _git(folder: Path, *arguments: str) -> str:
    """What git says; no window is opened for it on Windows."""
    done = subprocess.run(
        ["git", "-C", str(folder), *arguments],
        capture_output=True, text=True, check=True, timeout=30, stdin=subprocess.DEVNULL,
        creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
    )  # fmt: skip
    return done.stdout.strip()
