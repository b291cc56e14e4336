"""A recording: a file of a source, read only when its turn comes, in whichever process."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from training.data.clip import Clip


@dataclass(frozen=True)
class Recording:
    """name: what messages call it. load: its clips; it may raise UserError, and must be picklable."""

    name: str
    load: Callable[[], Sequence[Clip]]


def files_below(folder: Path, *suffixes: str) -> list[Path]:
    """All files below a folder with one of the suffixes (".bvh"), in a stable order."""
    return sorted(path for path in folder.rglob("*") if path.suffix.lower() in suffixes and path.is_file())
