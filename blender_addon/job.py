"""The order that the command line gives to a Blender process, and that process's answer: two small JSON files."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, fields
from pathlib import Path

FILM_FPS = 12


@dataclass(frozen=True)
class Job:
    """What to do, paths absolute.

    result: where the answer goes. rig: a `.blend`, `.glb`, `.gltf` or `.fbx`; None makes the demonstration's own
    character. armature: which one, None the likeliest. motion: a motion file; None only looks at the rig.
    name: the Action's. blend, preview: files to write, None for none. film: a folder for the pictures 0000.png,
    0001.png …, FILM_FPS a second, None for none.
    """

    result: str
    rig: str | None = None
    armature: str | None = None
    motion: str | None = None
    name: str = "Motion"
    blend: str | None = None
    preview: str | None = None
    film: str | None = None


@dataclass(frozen=True)
class Result:
    """What came of a job: `error` is a sentence for the user, or None."""

    error: str | None = None
    armature: str = ""
    family: str = ""
    action: str = ""
    frames: int = 0
    fps: float = 0.0


def write_json(path: Path, record: Job | Result) -> None:
    """Write a job or a result."""
    path.write_text(json.dumps(asdict(record), ensure_ascii=False), encoding="utf-8")


def read_job(path: Path) -> Job:
    """Read a job; unknown keys are refused."""
    return Job(**json.loads(path.read_text(encoding="utf-8")))


def read_result(path: Path) -> Result:
    """Read a result, leaving out what a newer writer may have added."""
    known = {field.name for field in fields(Result)}
    values = json.loads(path.read_text(encoding="utf-8"))
    return Result(**{key: value for key, value in values.items() if key in known})
