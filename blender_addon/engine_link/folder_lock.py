"""One Blender at a time in a folder: a lock that the system gives back when its holder ends, however it ends."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from .errors import EngineError, Remedy

if sys.platform == "win32":
    import msvcrt

    def _take(file: BinaryIO) -> None:
        file.seek(0)
        msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)

else:
    import fcntl

    def _take(file: BinaryIO) -> None:
        fcntl.flock(file.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)


@contextmanager
def only_here(path: Path) -> Iterator[None]:
    """Hold the lock file `path`, which stays; EngineError at once where another process, or thread, holds it."""
    with path.open("ab") as file:
        try:
            _take(file)
        except OSError as error:
            raise EngineError(
                "Another Blender is setting the engine up; wait until it is done, then try again.", Remedy.SET_UP
            ) from error
        yield  # closing the file gives the lock back
