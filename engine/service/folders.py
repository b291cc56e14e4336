"""Where a user's files lie on each system: what is kept, and what lives as long as a process."""

from __future__ import annotations

import os
import stat
import sys
import tempfile
from pathlib import Path

from engine.errors import UserError

_NAME = "motionwright"


def data_folder() -> Path:
    """Motions and models that the user keeps; made by whoever writes into it."""
    if sys.platform == "win32":
        base = Path(os.environ.get("LOCALAPPDATA", Path.home() / "AppData" / "Local"))
    elif sys.platform == "darwin":
        base = Path.home() / "Library" / "Application Support"
    else:
        base = Path(os.environ.get("XDG_DATA_HOME", Path.home() / ".local" / "share"))
    return base / _NAME


def runtime_folder() -> Path:
    """A folder for tokens that only this user can enter; UserError where it can't be made or belongs to others."""
    folder = _runtime_path()
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if hasattr(os, "getuid"):
            _keep_to_owner(folder)
    except OSError as error:
        raise UserError(
            f"The folder {folder} can't be made ({error.strerror}); set XDG_RUNTIME_DIR to one of your own."
        ) from error
    return folder


def _runtime_path() -> Path:
    if sys.platform == "win32":
        return data_folder() / "run"
    if "XDG_RUNTIME_DIR" in os.environ:
        return Path(os.environ["XDG_RUNTIME_DIR"]) / _NAME
    return Path(tempfile.gettempdir()) / f"{_NAME}-{os.getuid()}"


def _keep_to_owner(folder: Path) -> None:
    """In a temporary folder that all share, a stranger may have made ours first, or laid a link in its place."""
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid():  # type: ignore[attr-defined,unused-ignore]
        raise UserError(f"{folder} belongs to somebody else; set XDG_RUNTIME_DIR to a folder of your own.")
    folder.chmod(0o700)
