"""The messages between the prompt window and Blender, each with its bounds. No Qt, no bpy: both sides use it.

A line is a JSON object with `v`, the version, and `type`; the other members are the fields of the message of that type.
PROTOCOL.md says what each is for.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass

from ..checked import Fields, RefusedError, parsed
from ..project import LOCKS, LONGEST_TEXT
from .lines import LARGEST_LINE

VERSION = 1
MOST_FRAMES = 1_048_574
"""Blender's own last frame."""
MAP_STATES = ("none", "looking", "ready", "refused")

_LONGEST_NAME = 256
_LONGEST_PATH = 4096
_LONGEST_SENTENCE = 2000
_LONGEST_TOKEN = 512
_LARGEST_ORDER = 2**53 - 1
_FASTEST_FPS = 1000.0


@dataclass(frozen=True)
class EngineAt:
    """To the window: where the engine is. url: empty where there is none, and `trouble` says why."""

    url: str
    token: str = ""
    trouble: str = ""


@dataclass(frozen=True)
class Scene:
    """To the window: what Blender shows.

    rig: the active character's name, empty without one. map_state: of MAP_STATES; detail: the rig's family, or why no
    motion can be put on it. fps: the scene's. frame: the current one. start, end: the scene's first and last frame.
    preview: the preview range's first and last frame. takes: how many takes wait on the rig for a decision.
    """

    rig: str
    map_state: str
    detail: str
    fps: float
    frame: float
    start: int
    end: int
    preview: tuple[int, int] | None = None
    takes: int = 0


@dataclass(frozen=True)
class SetFrame:
    """Both ways: show this frame of the scene."""

    frame: float


@dataclass(frozen=True)
class OpenProject:
    """To the window: another .blend is open. file: the project that it holds, written to disk; empty where it has none.

    document: the .blend's path, empty before its first saving.
    """

    document: str
    file: str = ""


@dataclass(frozen=True)
class Saved:
    """To the window: the .blend was saved with this state of this project. stamp: as in the project's file."""

    project: str
    stamp: str
    document: str = ""


@dataclass(frozen=True)
class Answer:
    """To the window: what came of an order. sentence: for the user."""

    order: int
    done: bool
    sentence: str


@dataclass(frozen=True)
class Close:
    """To the window: Blender or the extension ends on purpose."""


@dataclass(frozen=True)
class Show:
    """To the window: come to the front."""


@dataclass(frozen=True)
class Refused:
    """Both ways: the last line was none of this protocol, for this reason; nothing else has happened."""

    sentence: str


@dataclass(frozen=True)
class Ready:
    """To Blender: the window is on the screen."""


@dataclass(frozen=True)
class StartEngine:
    """To Blender: start the engine again, and say where it is."""


@dataclass(frozen=True)
class Bake:
    """To Blender: write a motion file onto the active character as keys. frame: of the motion's first frame."""

    order: int
    file: str
    name: str
    frame: int


@dataclass(frozen=True)
class Preview:
    """To Blender: show a motion file on the active character until it is kept or discarded."""

    order: int
    file: str
    name: str
    frame: int


@dataclass(frozen=True)
class EndPreview:
    """To Blender: keep what is previewed as keys, or put the character back as it was."""

    order: int
    keep: bool


@dataclass(frozen=True)
class Regenerate:
    """To Blender: make frames start to end, both included, of what the character does anew. locks: of LOCKS, kept."""

    order: int
    start: int
    end: int
    text: str | None
    locks: tuple[str, ...]


@dataclass(frozen=True)
class ProjectChanged:
    """To Blender: the project's file has a new state; put it into the .blend."""

    file: str


Message = (
    EngineAt
    | Scene
    | SetFrame
    | OpenProject
    | Saved
    | Answer
    | Close
    | Show
    | Refused
    | Ready
    | StartEngine
    | Bake
    | Preview
    | EndPreview
    | Regenerate
    | ProjectChanged
)


def encode(message: Message) -> bytes:
    """A message as a line, without the line's end. RefusedError for one that the other side would refuse."""
    values = {"v": VERSION, "type": _TYPE_OF[type(message)], **asdict(message)}
    try:
        line = json.dumps(values, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode()
    except (ValueError, UnicodeEncodeError) as error:
        raise RefusedError(f"The message {values['type']} holds what JSON can't.") from error
    _decode(line, {values["type"]: _READERS[values["type"]]})
    return line


def to_window(line: bytes) -> Message:
    """A message that Blender has sent. RefusedError with a sentence where it is none."""
    return _decode(line, _TO_WINDOW)


def to_blender(line: bytes) -> Message:
    """A message that the window has sent. RefusedError with a sentence where it is none."""
    return _decode(line, _TO_BLENDER)


def oversized() -> Refused:
    """The answer to a line that is too long."""
    return Refused(f"The line is longer than {LARGEST_LINE} bytes.")


_Reader = Callable[[Fields], Message]


def _decode(line: bytes, readers: Mapping[str, _Reader]) -> Message:
    fields = parsed(line, "The line", LARGEST_LINE)
    version = fields.whole("v", 0, _LARGEST_ORDER)
    if version != VERSION:
        raise RefusedError(f"The line is of version {version} of the protocol, this side speaks {VERSION}.")
    kind = fields.text("type", _LONGEST_NAME)
    if kind not in readers:
        raise RefusedError("The line is of a type that this side does not take.")
    fields.what = kind
    return readers[kind](fields)


def _only(fields: Fields, message: type[Message]) -> Fields:
    return fields.only("v", "type", *message.__dataclass_fields__)


def _engine(fields: Fields) -> EngineAt:
    _only(fields, EngineAt)
    return EngineAt(
        fields.text("url", _LONGEST_NAME),
        fields.text("token", _LONGEST_TOKEN),
        fields.text("trouble", _LONGEST_SENTENCE),
    )


def _scene(fields: Fields) -> Scene:
    _only(fields, Scene)
    return Scene(
        rig=fields.text("rig", _LONGEST_NAME),
        map_state=fields.choice("map_state", MAP_STATES),
        detail=fields.text("detail", _LONGEST_SENTENCE),
        fps=fields.number("fps", 0.01, _FASTEST_FPS),
        frame=_frame(fields),
        start=_whole_frame(fields, "start"),
        end=_whole_frame(fields, "end"),
        preview=_preview(fields),
        takes=fields.whole("takes", 0, 1000),
    )


def _preview(fields: Fields) -> tuple[int, int] | None:
    if fields.or_none("preview", lambda name: fields.rows(name, 2)) is None:
        return None
    rows = fields.rows("preview", 2)
    if len(rows) != 2:
        raise RefusedError("“preview” of scene is no pair of frames.")
    pair = Fields({"first": rows[0], "last": rows[1]}, "preview of scene")
    return _whole_frame(pair, "first"), _whole_frame(pair, "last")


def _set_frame(fields: Fields) -> SetFrame:
    return SetFrame(_frame(_only(fields, SetFrame)))


def _open_project(fields: Fields) -> OpenProject:
    _only(fields, OpenProject)
    return OpenProject(fields.text("document", _LONGEST_PATH), fields.text("file", _LONGEST_PATH))


def _saved(fields: Fields) -> Saved:
    _only(fields, Saved)
    return Saved(
        fields.text("project", _LONGEST_NAME),
        fields.text("stamp", _LONGEST_NAME),
        fields.text("document", _LONGEST_PATH),
    )


def _answer(fields: Fields) -> Answer:
    _only(fields, Answer)
    return Answer(_order(fields), fields.truth("done"), fields.text("sentence", _LONGEST_SENTENCE))


def _refused(fields: Fields) -> Refused:
    return Refused(_only(fields, Refused).text("sentence", _LONGEST_SENTENCE))


def _motion(message: type[Bake] | type[Preview]) -> _Reader:
    def read(fields: Fields) -> Message:
        _only(fields, message)
        path, name = fields.text("file", _LONGEST_PATH), fields.text("name", LONGEST_TEXT)
        return message(_order(fields), path, name, _whole_frame(fields, "frame"))

    return read


def _end_preview(fields: Fields) -> EndPreview:
    _only(fields, EndPreview)
    return EndPreview(_order(fields), fields.truth("keep"))


def _regenerate(fields: Fields) -> Regenerate:
    _only(fields, Regenerate)
    locks = fields.texts("locks", len(LOCKS), _LONGEST_NAME)
    if not set(locks) <= set(LOCKS):
        raise RefusedError("“locks” of regenerate names no part of the body.")
    text = fields.or_none("text", lambda name: fields.text(name, LONGEST_TEXT))
    start, end = _whole_frame(fields, "start"), _whole_frame(fields, "end")
    if end <= start:
        raise RefusedError("“end” of regenerate is not after its start.")
    return Regenerate(_order(fields), start, end, text, locks)


def _project(fields: Fields) -> ProjectChanged:
    return ProjectChanged(_only(fields, ProjectChanged).text("file", _LONGEST_PATH))


def _empty(message: type[Close] | type[Show] | type[Ready] | type[StartEngine]) -> _Reader:
    def read(fields: Fields) -> Message:
        _only(fields, message)
        return message()

    return read


def _frame(fields: Fields) -> float:
    return fields.number("frame", -MOST_FRAMES, MOST_FRAMES)


def _whole_frame(fields: Fields, name: str) -> int:
    return fields.whole(name, -MOST_FRAMES, MOST_FRAMES)


def _order(fields: Fields) -> int:
    return fields.whole("order", 0, _LARGEST_ORDER)


_TO_WINDOW: dict[str, _Reader] = {
    "engine": _engine,
    "scene": _scene,
    "set_frame": _set_frame,
    "open_project": _open_project,
    "saved": _saved,
    "answer": _answer,
    "close": _empty(Close),
    "show": _empty(Show),
    "refused": _refused,
}
_TO_BLENDER: dict[str, _Reader] = {
    "ready": _empty(Ready),
    "start_engine": _empty(StartEngine),
    "bake": _motion(Bake),
    "preview": _motion(Preview),
    "end_preview": _end_preview,
    "regenerate": _regenerate,
    "set_frame": _set_frame,
    "project": _project,
    "refused": _refused,
}
_READERS = {**_TO_WINDOW, **_TO_BLENDER}
_TYPE_OF: dict[type, str] = {
    EngineAt: "engine",
    Scene: "scene",
    SetFrame: "set_frame",
    OpenProject: "open_project",
    Saved: "saved",
    Answer: "answer",
    Close: "close",
    Show: "show",
    Refused: "refused",
    Ready: "ready",
    StartEngine: "start_engine",
    Bake: "bake",
    Preview: "preview",
    EndPreview: "end_preview",
    Regenerate: "regenerate",
    ProjectChanged: "project",
}
