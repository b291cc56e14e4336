"""The motions that the window has seen, as files: what is dragged out, baked, and shown again without the engine."""

from __future__ import annotations

import contextlib
import re
from pathlib import Path

from PySide6.QtCore import QStandardPaths

from ..errors import AddonError
from ..outputs import written_together

_NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")
_MOST_BYTES = 2 * 2**30


def window_folder() -> Path:
    """What the window keeps for this user between its runs."""
    data = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.GenericDataLocation)
    return Path(data) / "motionwright" / "prompt-window"


class MotionFiles:
    """A folder of motion files, each named by its motion's id; may be used from several threads."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def write(self, motion_id: str, content: bytes, suffix: str = ".npz") -> Path:
        """Keep a motion; AddonError where that can't be done."""
        path = self.path(motion_id, suffix)
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            with written_together(path) as (draft,):
                assert draft is not None
                draft.write_bytes(content)
        except OSError as error:
            raise AddonError(
                f"The motion can't be kept in {self.folder} ({error.strerror}); make room there."
            ) from error
        return path

    def path(self, motion_id: str, suffix: str = ".npz") -> Path:
        """Where a motion lies, or would. AddonError for an id that is none."""
        if not _NAME.fullmatch(motion_id):
            raise AddonError(f"“{motion_id[:80]}” names no motion; generate it again.")
        return self.folder / f"{motion_id}{suffix}"

    def tidy(self) -> None:
        """Let the oldest motions go where the folder has grown too large."""
        with contextlib.suppress(OSError):  # another window may be tidying up, too
            found = [(file, file.stat()) for file in self.folder.rglob("*.*") if file.is_file()]
            total = 0
            for file, facts in sorted(found, key=lambda each: each[1].st_mtime, reverse=True):
                total += facts.st_size
                if total > _MOST_BYTES:
                    file.unlink(missing_ok=True)
