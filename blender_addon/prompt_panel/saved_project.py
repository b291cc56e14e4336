"""A project with what tells its states apart, as it lies on disk and in a .blend. No Qt, no bpy: both sides use it.

A state is named by its stamp: the sitting that made it and a number that grows with every change. `base` is the stamp
of the state that was last known to be in a .blend: what came after it is unsaved work.
"""

from __future__ import annotations

import json
import os
import uuid
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

from ..errors import AddonError
from ..outputs import written_together
from .checked import Fields, RefusedError, parsed
from .project import LARGEST_JSON, Project, project_of

FORMAT = "motionwright-project/1"
FILE_NAME = "project.json"
_LONGEST_PATH = 4096
_LARGEST_NUMBER = 2**53 - 1


@dataclass(frozen=True)
class Stamp:
    """Names a state of a project."""

    sitting: str
    number: int

    def __str__(self) -> str:
        return f"{self.sitting}.{self.number}"

    @classmethod
    def parse(cls, text: str) -> Stamp:
        """What `str` made of one. RefusedError for anything else."""
        sitting, _, number = text.partition(".")
        values = {"sitting": sitting, "number": int(number) if number.isascii() and number.isdigit() else -1}
        return _stamp(Fields(values, "the stamp"))


@dataclass(frozen=True)
class SavedProject:
    """id: of the project through all its states. document: the .blend that it belongs to, empty for none yet.

    ended: whether the window was closed on purpose; a project without that lost its window or its Blender to a crash.
    """

    id: str
    stamp: Stamp
    project: Project = field(default_factory=Project)
    base: Stamp | None = None
    document: str = ""
    ended: bool = False

    @property
    def has_unsaved_work(self) -> bool:
        """Whether there is something that no .blend has."""
        return self.base != self.stamp and self.stamp.number > 0

    def changed(self, project: Project) -> SavedProject:
        """The next state."""
        stamp = replace(self.stamp, number=self.stamp.number + 1)
        return replace(self, project=project, stamp=stamp, ended=False)


def new_project(document: str = "") -> SavedProject:
    """A project that nobody has touched yet."""
    return SavedProject(uuid.uuid4().hex, Stamp(uuid.uuid4().hex, 0), document=document)


def continued(saved: SavedProject) -> SavedProject:
    """The same state as the first of a new sitting."""
    return replace(saved, stamp=Stamp(uuid.uuid4().hex, saved.stamp.number), ended=False)


def newest(from_blend: SavedProject, autosaved: SavedProject | None) -> SavedProject | None:
    """The autosaved state where it goes on from the one in the .blend; None where the two went different ways.

    The .blend may be an older copy, or one that was saved under another name: its own state counts then.
    """
    if autosaved is None or autosaved.id != from_blend.id:
        return None
    if from_blend.stamp in (autosaved.stamp, autosaved.base):
        return autosaved
    if autosaved.stamp.sitting != from_blend.stamp.sitting or autosaved.stamp.number < from_blend.stamp.number:
        return None
    base = autosaved.base
    saved_later = (
        base is not None and base.sitting == from_blend.stamp.sitting and base.number > from_blend.stamp.number
    )
    return None if saved_later else autosaved


def to_text(saved: SavedProject) -> str:
    """The saved project as JSON."""
    values = {"format": FORMAT, **asdict(saved)}
    return json.dumps(values, ensure_ascii=False, allow_nan=False, separators=(",", ":"))


def from_text(text: str | bytes) -> SavedProject:
    """What `to_text` wrote. RefusedError with a sentence where it is none."""
    fields = parsed(text, "The project's file", LARGEST_JSON)
    if fields.text("format", 100) != FORMAT:
        raise RefusedError("This is no project of this version of Motionwright; open it with a newer one.")
    fields.only("format", *SavedProject.__dataclass_fields__)
    return SavedProject(
        id=_identifier(fields, "id"),
        stamp=_stamp(fields.record("stamp")),
        project=project_of(fields.record("project")),
        base=_stamp(fields.record("base")) if fields.or_none("base", fields.record) else None,
        document=fields.text("document", _LONGEST_PATH),
        ended=fields.truth("ended"),
    )


def write(saved: SavedProject, path: Path) -> None:
    """Write it whole or not at all, and onto the disk: also after a power cut it is the old or the new one."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with written_together(path) as (draft,):
            assert draft is not None
            with draft.open("wb") as file:
                file.write(to_text(saved).encode())
                file.flush()
                os.fsync(file.fileno())
    except OSError as error:
        raise AddonError(f"The project can't be kept in {path.parent} ({error.strerror}); make room there.") from error


def read(path: Path) -> SavedProject:
    """Read what `write` wrote. AddonError with a sentence where there is none."""
    try:
        with path.open("rb") as file:
            content = file.read(LARGEST_JSON + 1)
    except OSError as error:
        raise AddonError(f"The project {path} can't be read ({error.strerror}).") from error
    return from_text(content)


def _stamp(fields: Fields) -> Stamp:
    fields.only("sitting", "number")
    return Stamp(_identifier(fields, "sitting"), fields.whole("number", 0, _LARGEST_NUMBER))


def _identifier(fields: Fields, name: str) -> str:
    """32 hexadecimal digits: it becomes the name of a folder."""
    value = fields.text(name, 32)
    if len(value) != 32 or not set(value) <= set("0123456789abcdef"):
        raise RefusedError(f"“{name}” of {fields.what} is no identifier.")
    return value
