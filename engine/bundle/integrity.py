"""The files of a bundle: inside its folder, of a bounded size, and the very bytes that were exported."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path

from engine.errors import UserError

MAX_FILE_BYTES = 2 * 2**30
"""An ONNX file holds its weights and, being a protocol buffer, can't exceed 2 GiB."""


def regular_file(folder: Path, name: str, max_bytes: int = MAX_FILE_BYTES) -> Path:
    """The path of file `name` in `folder`; UserError where it is missing, leads outside, or is too large."""
    path = folder / name
    try:
        outside = not path.resolve().is_relative_to(folder.resolve())
        if outside:
            raise UserError(f"{path} leads outside the bundle; copy the bundle again without links.")
        if not path.is_file():
            raise UserError(f"{path} is missing; copy the bundle again, or give another folder.")
        if path.stat().st_size > max_bytes:
            raise UserError(f"{path} is larger than {max_bytes / 2**20:.0f} MiB; that is no file of a bundle.")
    except (OSError, RuntimeError, ValueError) as error:
        raise UserError(f"{path} can't be read ({error}); copy the bundle again.") from error
    return path


def sha256(path: Path) -> str:
    """The SHA-256 of a file in lower-case hex."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise UserError(f"{path} can't be read ({error.strerror}); copy the bundle again.") from error


def check_files(folder: Path, files: Mapping[str, str]) -> None:
    """Compare every file (relative path → SHA-256) with its hash; UserError naming the first that differs."""
    for name, expected in files.items():
        path = regular_file(folder, name)
        if sha256(path) != expected:
            raise _changed(path)


def read_checked(folder: Path, name: str, expected_sha256: str) -> bytes:
    """The bytes of a file, hashed as they were read: what is used is what was checked."""
    path = regular_file(folder, name)
    try:
        content = path.read_bytes()
    except OSError as error:
        raise UserError(f"{path} can't be read ({error.strerror}); copy the bundle again.") from error
    if hashlib.sha256(content).hexdigest() != expected_sha256:
        raise _changed(path)
    return content


def _changed(path: Path) -> UserError:
    return UserError(f"{path} is not the file that bundle.json describes (SHA-256 differs); copy the bundle again.")
