"""Finished motions on disk: bounded in size and age, whole or not at all, and there again after a restart.

A folder of `ID.npz` files, each with an `ID.alignment.json` where the motion was made from words. A file appears under
its name only when it is complete; whatever has another name is a leftover of a process that was killed.
"""

from __future__ import annotations

import contextlib
import os
import re
import secrets
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from engine.alignment import Alignment
from engine.errors import UserError
from engine.files import written_whole
from engine.motion.motion import Motion

DEFAULT_SIZE_MB = 1000
SMALLEST_SIZE_MB = 32
LARGEST_SIZE_MB = 1_000_000
LONGEST_AGE_DAYS = 30

_ID = re.compile(r"[0-9a-f]{32}")
_LEFTOVER = re.compile(r"\.[0-9a-f]{32}\..*\.npz|\.[0-9a-f]{32}\.alignment\..*\.json")
_ALIGNMENT = re.compile(r"[0-9a-f]{32}\.alignment\.json")
_LEFTOVER_AGE_SECONDS = 3600.0
"""A younger one may be in the making, by another process with the same store."""
_KEPT_SHARE = 0.9
"""How full an overflowing store is left, so that not every motion makes it look for the oldest."""


@dataclass(frozen=True)
class Take:
    """A finished motion and, where it was made from words, what they did in it."""

    motion: Motion
    alignment: Alignment | None = None


@dataclass(frozen=True)
class _Entry:
    id: str
    bytes: int
    used_at: float


class MotionStore:
    """The motions of one folder, by ids that can't be guessed. Every method may be called from any thread."""

    def __init__(self, folder: Path, size_mb: int = DEFAULT_SIZE_MB) -> None:
        """Make the folder where it is missing, and clear away what is too old. UserError where that is impossible."""
        if not SMALLEST_SIZE_MB <= size_mb <= LARGEST_SIZE_MB:
            raise UserError(f"The store's size must be from {SMALLEST_SIZE_MB} to {LARGEST_SIZE_MB} MB, not {size_mb}.")
        self.folder = folder
        self._largest_bytes = size_mb * 10**6
        self._lock = threading.Lock()
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._clear_leftovers()
            self._bytes = self._make_room()
            probe = folder / f".{secrets.token_hex(16)}.probe.npz"
            probe.write_bytes(b"motionwright")
            probe.unlink()
        except OSError as error:
            raise self._unwritable(error) from error

    def add(self, takes: Sequence[Take]) -> list[str]:
        """Keep the motions; their ids. UserError, and none of them kept, where the disk has no room."""
        ids: list[str] = []
        try:
            for take in takes:
                ids.append(secrets.token_hex(16))
                self._write(ids[-1], take)
            with self._lock:
                self._bytes += sum(self._entry(motion_id).bytes for motion_id in ids)
                if self._bytes > self._largest_bytes:
                    self._bytes = self._make_room()
        except OSError as error:
            for motion_id in ids:
                self._delete(motion_id)
            raise self._unwritable(error) from error
        return ids

    def content(self, motion_id: str) -> bytes | None:
        """The `.npz` of a motion; None where there is none of this id, or no longer."""
        if not _ID.fullmatch(motion_id):
            return None
        path = self._path(motion_id)
        try:
            if path.stat().st_mtime < _oldest_allowed():
                return None
            content = path.read_bytes()
        except OSError:
            return None
        with contextlib.suppress(OSError):
            os.utime(path)  # the least recently used is the first to go
        return content

    def motion(self, motion_id: str) -> Motion | None:
        """A motion; None where there is none of this id, or no longer. UserError where its file was damaged."""
        content = self.content(motion_id)
        return None if content is None else Motion.from_bytes(content, f"The stored motion {motion_id}")

    def alignment(self, motion_id: str) -> Alignment | None:
        """What the words of a motion did; None where it was not made from words. UserError where it was damaged."""
        if not _ID.fullmatch(motion_id):
            return None
        try:
            text = self._alignment_path(motion_id).read_text(encoding="utf-8")
        except OSError:
            return None
        except UnicodeDecodeError as error:
            raise UserError(f"The alignment of {motion_id} is damaged; generate the motion again.") from error
        return Alignment.from_text(text)

    def _path(self, motion_id: str) -> Path:
        return self.folder / f"{motion_id}.npz"

    def _alignment_path(self, motion_id: str) -> Path:
        return self.folder / f"{motion_id}.alignment.json"

    def _write(self, motion_id: str, take: Take) -> None:
        # The motion last: with it the take begins to exist.
        if take.alignment is not None:
            with written_whole(self._alignment_path(motion_id)) as temporary:
                temporary.write_text(take.alignment.to_text(), encoding="utf-8", newline="\n")
        take.motion.save(self._path(motion_id))

    def _delete(self, motion_id: str) -> None:
        for path in (self._path(motion_id), self._alignment_path(motion_id)):
            with contextlib.suppress(OSError):
                path.unlink(missing_ok=True)

    def _clear_leftovers(self) -> None:
        limit = time.time() - _LEFTOVER_AGE_SECONDS
        for path in self.folder.iterdir():
            alone = _ALIGNMENT.fullmatch(path.name) and not self._path(path.name[:32]).exists()
            if (alone or _LEFTOVER.fullmatch(path.name)) and path.stat().st_mtime < limit:
                path.unlink(missing_ok=True)

    def _make_room(self) -> int:
        """Delete what is too old, and where there is too much, the least recently used; the bytes that are left."""
        entries = sorted(self._entries(), key=lambda entry: entry.used_at)
        total = sum(entry.bytes for entry in entries)
        goal = self._largest_bytes if total <= self._largest_bytes else int(self._largest_bytes * _KEPT_SHARE)
        for entry in entries:
            if total <= goal and entry.used_at >= _oldest_allowed():
                break
            self._delete(entry.id)
            total -= entry.bytes
        return total

    def _entries(self) -> list[_Entry]:
        entries = []
        for path in self.folder.iterdir():
            if path.suffix == ".npz" and _ID.fullmatch(path.stem):
                with contextlib.suppress(FileNotFoundError):  # another process with the same store has deleted it
                    entries.append(self._entry(path.stem))
        return entries

    def _entry(self, motion_id: str) -> _Entry:
        found, alignment = self._path(motion_id).stat(), self._alignment_path(motion_id)
        extra = alignment.stat().st_size if alignment.exists() else 0
        return _Entry(motion_id, found.st_size + extra, found.st_mtime)

    def _unwritable(self, error: OSError) -> UserError:
        return UserError(
            f"The store {self.folder} can't be written ({error.strerror}); make room there, or choose another folder "
            "with --store."
        )


def _oldest_allowed() -> float:
    return time.time() - LONGEST_AGE_DAYS * 86400
