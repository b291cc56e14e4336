"""What was made, kept with the scene: words, settings, seed and the motion itself, so that none needs an engine again.

The entries are part of the scene and are saved with it. An undo that takes back the keys of a motion would take back
its entry too; those of this sitting are therefore put back after an undo.
"""

from __future__ import annotations

import base64
import time
import uuid
from dataclasses import asdict, dataclass
from typing import Any

import bpy

from .redrawing import redraw

MOST_ENTRIES = 50


@dataclass(frozen=True)
class Entry:
    """A made motion. made: local time. settings: the request as JSON. motion: the motion file as base64."""

    uid: str
    text: str
    seed: int
    seconds: float
    made: str
    settings: str
    motion: str

    @classmethod
    def new(cls, *, text: str, seed: int, seconds: float, settings: str, motion: bytes) -> Entry:
        """An entry made now, with an identifier of its own."""
        made = time.strftime("%Y-%m-%d %H:%M")
        encoded = base64.b64encode(motion).decode("ascii")
        return cls(uuid.uuid4().hex, text, seed, seconds, made, settings, encoded)

    @classmethod
    def stored(cls, item: Any) -> Entry:
        """The entry that a property group holds."""
        return cls(item.uid, item.text, item.seed, item.seconds, item.made, item.settings, item.motion)

    def store(self, item: Any) -> None:
        """Write the entry into a property group."""
        for name, value in asdict(self).items():
            setattr(item, name, value)

    @property
    def motion_file(self) -> bytes:
        """The motion as a `.npz`."""
        return base64.b64decode(self.motion)


_of_this_sitting: dict[str, Entry] = {}


def remember(scene: Any, entry: Entry) -> None:
    """Put an entry at the end of the scene's history; the oldest make room."""
    _of_this_sitting[entry.uid] = entry
    _append(scene.motionwright, entry)


def forget(scene: Any, index: int) -> None:
    """Remove one entry for good."""
    settings = scene.motionwright
    _of_this_sitting.pop(settings.history[index].uid, None)
    settings.history.remove(index)
    settings.history_index = max(0, min(index, len(settings.history) - 1))


def _append(settings: Any, entry: Entry) -> None:
    entry.store(settings.history.add())
    while len(settings.history) > MOST_ENTRIES:
        _of_this_sitting.pop(settings.history[0].uid, None)
        settings.history.remove(0)
    settings.history_index = len(settings.history) - 1
    redraw()


@bpy.app.handlers.persistent
def _put_back(scene: Any, _depsgraph: Any = None) -> None:
    kept = {item.uid for each in bpy.data.scenes for item in each.motionwright.history}
    for uid, entry in list(_of_this_sitting.items()):
        if uid not in kept:
            _append(scene.motionwright, entry)


@bpy.app.handlers.persistent
def _start_afresh(*_: Any) -> None:
    _of_this_sitting.clear()


def register() -> None:
    """Watch undo, redo and the opening of files."""
    bpy.app.handlers.undo_post.append(_put_back)
    bpy.app.handlers.redo_post.append(_put_back)
    bpy.app.handlers.load_pre.append(_start_afresh)


def unregister() -> None:
    """Stop watching."""
    bpy.app.handlers.undo_post.remove(_put_back)
    bpy.app.handlers.redo_post.remove(_put_back)
    bpy.app.handlers.load_pre.remove(_start_afresh)
