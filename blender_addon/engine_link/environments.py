"""The engine's private environments on disk: one in use, named by a small file that is written last."""

from __future__ import annotations

import json
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

from .errors import EngineError, Remedy
from .settings import EngineSettings, environment_python

_PREFIX = "environment-"


@dataclass(frozen=True)
class Environment:
    """An interpreter that has the engine, and the engine's version, empty where unknown."""

    python: Path
    version: str


def find_environment(settings: EngineSettings) -> Environment:
    """The environment in use. EngineError with a sentence where there is none, or none that fits."""
    try:
        record = json.loads(_record(settings.folder).read_text(encoding="utf-8"))
        folder, version = settings.folder / str(record["environment"]), str(record["version"])
    except (OSError, ValueError, KeyError, TypeError):
        raise EngineError("The engine is not set up yet; this takes a few minutes, once.", Remedy.SET_UP) from None
    python = environment_python(folder)
    if not python.is_file():
        raise EngineError("The engine's environment is gone or Blender has moved; set it up again.", Remedy.SET_UP)
    if version != settings.version:
        raise EngineError(
            f"The engine is version {version}, this extension needs {settings.version}; set it up again.",
            Remedy.SET_UP,
        )
    return Environment(python, version)


def new_folder(settings: EngineSettings) -> Path:
    """The path of an environment that does not exist yet."""
    base = f"{_PREFIX}{settings.version}-py{sys.version_info.major}{sys.version_info.minor}"
    names = (base, *(f"{base}-{number}" for number in range(2, 1000)))
    return next(settings.folder / name for name in names if not (settings.folder / name).exists())


def take_into_use(settings: EngineSettings, environment: Path) -> None:
    """Make `environment` the one in use, in one step, and remove all others."""
    record = _record(settings.folder)
    draft = record.with_suffix(".new")
    draft.write_text(json.dumps({"environment": environment.name, "version": settings.version}), encoding="utf-8")
    draft.replace(record)
    remove_others(settings)


def remove_others(settings: EngineSettings) -> None:
    """Remove environments that are not in use: older ones, and what an interrupted set-up left."""
    try:
        used = str(json.loads(_record(settings.folder).read_text(encoding="utf-8"))["environment"])
    except (OSError, ValueError, KeyError, TypeError):
        used = ""
    for folder in settings.folder.glob(f"{_PREFIX}*"):
        if folder.name != used:
            # Windows keeps files that are in use; they go next time.
            shutil.rmtree(folder, ignore_errors=True)


def _record(folder: Path) -> Path:
    return folder / "environment.json"
