"""What a prompt window holds: sentences, the timeline, takes and settings, as records that never change.

Times are seconds from the first frame of the timeline. Written to JSON and read back within bounds: whoever wrote it, a
project that is read is one that the window can show. No Qt, no bpy: the extension reads projects too.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field, replace

from .checked import Fields, RefusedError, parsed

VERSION = 1
LONGEST_TEXT = 1000
"""Characters of a sentence, as the engine takes them."""
MOST_BLOCKS = 32
MOST_TAKES = 120
MOST_HISTORY = 200
MOST_VARIATIONS = 16
SHORTEST_SECONDS, LONGEST_SECONDS = 0.2, 120.0
LONGEST_TIMELINE_SECONDS = MOST_BLOCKS * LONGEST_SECONDS
LARGEST_GUIDANCE = 20.0
LARGEST_SEED = 2**53 - 1
LARGEST_JSON = 32 * 1024 * 1024
"""Bytes of a project: more than the bounds above can come to."""

LOCKS = ("upper_body", "lower_body", "left_arm", "right_arm", "left_leg", "right_leg", "torso", "head")
"""The engine's groups of joints, which a range may keep as they are."""

_LONGEST_NAME = 200


@dataclass(frozen=True)
class Block:
    """A sentence and how long it lasts; blocks follow one another. locks: of LOCKS, kept when it is made anew."""

    text: str
    seconds: float
    locks: tuple[str, ...] = ()


@dataclass(frozen=True)
class Range:
    """The marked part [start, end) of the timeline, in seconds. locks: of LOCKS, kept when it is made anew."""

    start: float
    end: float
    locks: tuple[str, ...] = ()


@dataclass(frozen=True)
class Settings:
    """How motions are made; None leaves guidance to the preset and the seed to chance.

    automatic_length: whether the length of a single sentence is left to the engine; else it is `seconds`.
    """

    preset: str = "standard"
    guidance: float | None = None
    seed: int | None = None
    variations: int = 4
    loop: bool = False
    in_place: bool = False
    cleanup: bool = True
    automatic_length: bool = True
    seconds: float = 4.0


@dataclass(frozen=True)
class Take:
    """A motion that was made. motion_id: the engine's name of it. file: its npz in the project's folder, a bare name.

    prompts: the sentences in a row. seconds: of the whole. created: ISO 8601, UTC.
    """

    motion_id: str
    file: str | None
    prompts: tuple[str, ...]
    seconds: float
    seed: int
    settings: Settings = field(default_factory=Settings)
    starred: bool = False
    created: str = ""


@dataclass(frozen=True)
class Project:
    """All of it. history: earlier sentences, newest last. playhead: seconds. shown: the motion_id in the viewer."""

    version: int = VERSION
    prompt_text: str = ""
    blocks: tuple[Block, ...] = ()
    takes: tuple[Take, ...] = ()
    settings: Settings = field(default_factory=Settings)
    history: tuple[str, ...] = ()
    playhead: float = 0.0
    range: Range | None = None
    shown: str | None = None

    @property
    def seconds(self) -> float:
        """The length of all blocks."""
        return sum(block.seconds for block in self.blocks)

    @property
    def title(self) -> str:
        """What it is about: the sentences of its newest take, else what is typed; empty for an empty project."""
        if self.takes:
            return ", then ".join(self.takes[-1].prompts)
        typed = " ".join(self.prompt_text.split())
        return typed or next((block.text for block in self.blocks if block.text), "")

    def take(self, motion_id: str | None) -> Take | None:
        """The take of a motion, None where there is none."""
        return next((take for take in self.takes if take.motion_id == motion_id), None)


def bounded(project: Project) -> Project:
    """The project without its oldest sentences and takes where there are too many; starred takes go last."""
    history = project.history[-MOST_HISTORY:]
    surplus = len(project.takes) - MOST_TAKES
    if surplus <= 0:
        return replace(project, history=history)
    dropped = sorted(range(len(project.takes)), key=lambda index: (project.takes[index].starred, index))[:surplus]
    takes = tuple(take for index, take in enumerate(project.takes) if index not in dropped)
    return replace(project, history=history, takes=takes)


def to_json(project: Project) -> str:
    """The project as one line of JSON."""
    return json.dumps(asdict(project), ensure_ascii=False, allow_nan=False, separators=(",", ":"))


def from_json(text: str | bytes) -> Project:
    """What `to_json` wrote. RefusedError with a sentence where it is no project, or one of a newer window."""
    return project_of(parsed(text, "The project", LARGEST_JSON))


def project_of(fields: Fields) -> Project:
    """A project out of its JSON object. RefusedError as in `from_json`."""
    version = fields.whole("version", 1, LARGEST_SEED)
    if version > VERSION:
        raise RefusedError("The project was saved by a newer Motionwright; update this one to open it.")
    fields.only(*Project.__dataclass_fields__)
    return Project(
        version=version,
        prompt_text=fields.text("prompt_text", LONGEST_TEXT),
        blocks=tuple(_block(Fields(row, "a block")) for row in fields.rows("blocks", MOST_BLOCKS)),
        takes=tuple(_take(Fields(row, "a take")) for row in fields.rows("takes", MOST_TAKES)),
        settings=_settings(fields.record("settings")),
        history=fields.texts("history", MOST_HISTORY, LONGEST_TEXT),
        playhead=fields.number("playhead", 0.0, LONGEST_TIMELINE_SECONDS),
        range=_range(fields.record("range")) if fields.or_none("range", fields.record) else None,
        shown=fields.or_none("shown", lambda name: fields.text(name, _LONGEST_NAME)),
    )


def _block(fields: Fields) -> Block:
    fields.only("text", "seconds", "locks")
    seconds = fields.number("seconds", SHORTEST_SECONDS, LONGEST_SECONDS)
    return Block(fields.text("text", LONGEST_TEXT), seconds, _locks(fields))


def _range(fields: Fields) -> Range:
    fields.only("start", "end", "locks")
    start = fields.number("start", 0.0, LONGEST_TIMELINE_SECONDS)
    end = fields.number("end", 0.0, LONGEST_TIMELINE_SECONDS)
    if end <= start:
        raise RefusedError(f"“end” of {fields.what} is not after its start.")
    return Range(start, end, _locks(fields))


def _locks(fields: Fields) -> tuple[str, ...]:
    locks = fields.texts("locks", len(LOCKS), _LONGEST_NAME)
    if unknown := [lock for lock in locks if lock not in LOCKS]:
        raise RefusedError(f"“locks” of {fields.what} names no part of the body: {unknown[0]}.")
    return locks


def _settings(fields: Fields) -> Settings:
    fields.only(*Settings.__dataclass_fields__)
    return Settings(
        preset=fields.text("preset", _LONGEST_NAME),
        guidance=fields.or_none("guidance", lambda name: fields.number(name, 0.0, LARGEST_GUIDANCE)),
        seed=fields.or_none("seed", lambda name: fields.whole(name, 0, LARGEST_SEED)),
        variations=fields.whole("variations", 1, MOST_VARIATIONS),
        loop=fields.truth("loop"),
        in_place=fields.truth("in_place"),
        cleanup=fields.truth("cleanup"),
        automatic_length=fields.truth("automatic_length"),
        seconds=fields.number("seconds", SHORTEST_SECONDS, LONGEST_SECONDS),
    )


def _take(fields: Fields) -> Take:
    fields.only(*Take.__dataclass_fields__)
    return Take(
        motion_id=fields.text("motion_id", _LONGEST_NAME),
        file=fields.or_none("file", lambda name: bare_name(fields.text(name, _LONGEST_NAME))),
        prompts=fields.texts("prompts", MOST_BLOCKS, LONGEST_TEXT),
        seconds=fields.number("seconds", 0.0, LONGEST_TIMELINE_SECONDS),
        seed=fields.whole("seed", 0, LARGEST_SEED),
        settings=_settings(fields.record("settings")),
        starred=fields.truth("starred"),
        created=fields.text("created", _LONGEST_NAME),
    )


def bare_name(name: str) -> str:
    """The name of a motion file inside a project's folder; RefusedError for what would lead out of it."""
    letters = name.removesuffix(".npz")
    if not name.endswith(".npz") or not letters or not all(_plain(letter) for letter in letters):
        raise RefusedError("“file” of a take is no name of a motion file.")
    return name


def _plain(letter: str) -> bool:
    return letter.isascii() and (letter.isalnum() or letter in "-_")
