"""Where the engine is and how it is to run: what the preferences say, as a record that threads may read."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path


class Mode(StrEnum):
    """Which engine: the private one, one in a Python of the user's, or one that runs already."""

    MANAGED = "managed"
    PYTHON = "python"
    ADDRESS = "address"


@dataclass(frozen=True)
class EngineSettings:
    """folder: ours alone, for the environment, the motions and the log; version: the extension's own.

    base_python: the interpreter that environments are made with, Blender's own. wheels: the folder of wheels that the
    extension carries. python: the interpreter of `Mode.PYTHON`. url, token: of `Mode.ADDRESS`. model: a bundle's
    folder, empty for the embedded one. port: 0 for any free one. store_megabytes: of motions kept on disk.
    """

    folder: Path
    version: str
    base_python: Path
    wheels: Path
    mode: Mode = Mode.MANAGED
    python: Path | None = None
    url: str = ""
    token: str = ""
    model: str = ""
    port: int = 0
    store_megabytes: int = 512

    @property
    def log(self) -> Path:
        """What the engine wrote on stderr since its last start."""
        return self.folder / "engine.log"

    @property
    def set_up_log(self) -> Path:
        """What the last set-up did."""
        return self.folder / "set-up.log"

    @property
    def store(self) -> Path:
        """Where the engine keeps its motions."""
        return self.folder / "motions"


def environment_python(environment: Path) -> Path:
    """The interpreter of a virtual environment."""
    return environment / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
