"""Where a command's motions go: names and checks before any work, whole files after it."""

from __future__ import annotations

import itertools
import os
import re
from pathlib import Path

from engine.errors import UserError
from engine.motion.motion import Motion

SUFFIXES = (".npz", ".bvh")
_LONGEST_STEM = 60
_DEVICE_NAMES = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)", re.IGNORECASE)  # no file names on Windows


def output_paths(given: Path | None, prompt: str, count: int) -> list[Path]:
    """The files for `count` motions: `given`, or a name from the prompt that is still free in the current folder.

    Several get numbers: OUT-1.npz, OUT-2.npz … UserError where they could not be written.
    """
    if given is None:
        stems = itertools.chain([stem_of(prompt)], (f"{stem_of(prompt)}-take{i}" for i in itertools.count(2)))
        candidates = (_numbered(Path(f"{stem}.npz"), count) for stem in stems)
        paths = next(paths for paths in candidates if not any(path.exists() for path in paths))
    else:
        if given.suffix.lower() not in SUFFIXES:
            raise UserError(f"“{given.name}” must end in {' or '.join(SUFFIXES)}.")
        paths = _numbered(given, count)
    _check_folder(paths[0].parent)
    for path in paths:
        if path.is_dir():
            raise UserError(f"{path} is a folder; give the name of a file.")
    return paths


def stem_of(prompt: str) -> str:
    """A file name from a prompt: its letters and digits in lower case, joined by hyphens."""
    stem = "-".join(re.findall(r"\w+", prompt.lower().replace("_", " ")))
    while len(stem.encode("utf-8")) > _LONGEST_STEM:
        stem = stem[:-1]
    stem = stem.strip("-")
    return f"motion-{stem}".strip("-") if not stem or _DEVICE_NAMES.fullmatch(stem) else stem


def write_motion(motion: Motion, path: Path) -> None:
    """Write `.npz` or `.bvh`, whole or not at all."""
    try:
        if path.suffix.lower() == ".bvh":
            from engine.motion.bvh import write_bvh

            write_bvh(motion, path)
        else:
            motion.save(path)
    except OSError as error:
        raise UserError(f"{path} can't be written ({error.strerror}); choose another place.") from error


def _numbered(path: Path, count: int) -> list[Path]:
    return [path] if count == 1 else [path.with_stem(f"{path.stem}-{k}") for k in range(1, count + 1)]


def _check_folder(folder: Path) -> None:
    if not folder.is_dir():
        raise UserError(f"There is no folder {folder}; make it first or write elsewhere.")
    if not os.access(folder, os.W_OK):
        raise UserError(f"The folder {folder} can't be written to; choose another with -o.")
