"""The prompt window's project inside the .blend: a text with its JSON, the motions of its takes as properties of it.

The window's file is the newest state; what is here is put back after an undo, for undo is not meant for it.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import bpy

from ..engine_link import engine
from ..prompt_panel.saved_project import SavedProject, from_text, read, to_text, write

TEXT_NAME = "Motionwright Project"
_LONGEST_KEY = 63
"""Bytes of the name of a property."""


@dataclass(frozen=True)
class Kept:
    """A project and the motions of its takes, by the names of their files."""

    saved: SavedProject
    motions: dict[str, bytes]


_of_this_sitting: dict[str, Kept] = {}
"""Under "kept": what the window has sent since this file was opened."""


def folder() -> Path:
    """Where the window that Blender starts keeps its projects and motions."""
    return engine.settings().folder / "prompt-window"


def read_kept(file: Path) -> Kept:
    """A project of the window with its motions, from disk. AddonError where there is none. For any thread."""
    saved = read(file)
    takes = folder() / "takes"
    last = _of_this_sitting.get("kept")
    known = last.motions if last is not None else {}
    new = {name for name in _files(saved) if name not in known and (takes / name).is_file()}
    motions = {name: (takes / name).read_bytes() for name in new}
    return Kept(saved, {name: motion for name, motion in {**known, **motions}.items() if name in _files(saved)})


def _files(saved: SavedProject) -> set[str]:
    """The names of the motions that a project has."""
    return {take.file for take in saved.project.takes if take.file is not None and len(take.file) <= _LONGEST_KEY}


def keep(kept: Kept) -> None:
    """Put a project into the .blend, in place of the one that was there."""
    _of_this_sitting["kept"] = kept
    text = bpy.data.texts.get(TEXT_NAME) or bpy.data.texts.new(TEXT_NAME)
    content = to_text(kept.saved)
    if text.as_string() != content:
        text.from_string(content)
        text.current_line_index = 0
    wanted = _files(kept.saved)
    for name in [name for name in text.keys() if name not in wanted]:  # noqa: SIM118  (no dictionary)
        del text[name]
    for name, motion in kept.motions.items():
        if name not in text:
            text[name] = motion


def held() -> Kept | None:
    """What the .blend holds; None where it holds none. RefusedError where it is damaged."""
    text = bpy.data.texts.get(TEXT_NAME)
    if text is None:
        return None
    motions = {name: bytes(text[name]) for name in text.keys() if isinstance(text[name], bytes)}  # noqa: SIM118
    return Kept(from_text(text.as_string()), motions)


def write_held(kept: Kept) -> Path:
    """Put what the .blend holds where the window finds it. Returns the project's file. For any thread."""
    takes = folder() / "takes"
    takes.mkdir(parents=True, exist_ok=True)
    wanted = _files(kept.saved)
    for name, motion in kept.motions.items():
        if name in wanted and not (takes / name).is_file():
            (takes / name).write_bytes(motion)
    file = folder() / "from-blend" / f"{kept.saved.id}.json"
    write(kept.saved, file)
    return file


@bpy.app.handlers.persistent
def _put_back(*_: Any) -> None:
    kept = _of_this_sitting.get("kept")
    if kept is not None:
        keep(kept)


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
    _of_this_sitting.clear()
