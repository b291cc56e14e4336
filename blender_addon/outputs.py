"""Files that a command will write: checked before the work, there whole after it or not at all."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from .errors import AddonError


def check_output(path: Path, suffix: str) -> Path:
    """The absolute path of a file to be written. AddonError where that cannot work."""
    if path.suffix.lower() != suffix:
        raise AddonError(f"“{path.name}” must end in {suffix}.")
    if path.is_dir():
        raise AddonError(f"{path} is a folder; give the name of a file.")
    if not path.parent.is_dir():
        raise AddonError(f"There is no folder {path.parent}; make it first or write elsewhere.")
    if not os.access(path.parent, os.W_OK):
        raise AddonError(f"The folder {path.parent} can't be written to; choose another.")
    return path.absolute()


def free_path(path: Path) -> Path:
    """`path`, or the first of path-2, path-3 … that is not taken."""
    candidate, number = path, 2
    while candidate.exists():
        candidate, number = path.with_stem(f"{path.stem}-{number}"), number + 1
    return candidate


@contextmanager
def written_together(*paths: Path | None) -> Iterator[list[Path | None]]:
    """Temporary paths beside `paths`, renamed onto them at the end; on any error nothing is left behind."""
    temporary = [None if path is None else _beside(path) for path in paths]
    try:
        yield temporary
        for new, path in zip(temporary, paths, strict=True):
            if new is not None and path is not None:
                new.chmod(0o644)
                new.replace(path)
    finally:
        for new in temporary:
            if new is not None:
                new.unlink(missing_ok=True)


def _beside(path: Path) -> Path:
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.stem}.", suffix=path.suffix)
    os.close(handle)
    return Path(name)
