"""The wheels that the extension carries: the engine's own, and in an offline package everything it needs."""

from __future__ import annotations

import functools
import json
import platform
import sys
import sysconfig
from dataclasses import dataclass
from pathlib import Path

CONTENTS = "wheels.json"


@dataclass(frozen=True)
class Wheels:
    """What an extension carries.

    motionwright: the engine's wheel, None in a source checkout. complete: whether set-up needs no network here.
    built_for: the machine and Python of an offline package, "" for a package that needs the network.
    """

    motionwright: Path | None
    complete: bool = False
    built_for: str = ""


def this_machine() -> str:
    """The system, processor and Python that compiled wheels are made for, like `linux-x86_64-3.11`."""
    machine = platform.machine().lower()
    same = {"amd64": "x86_64", "aarch64": "arm64"}
    system = sysconfig.get_platform().partition("-")[0]
    return f"{system}-{same.get(machine, machine)}-{sys.version_info.major}.{sys.version_info.minor}"


@functools.cache
def carried_wheels(folder: Path) -> Wheels:
    """Look into the folder of wheels; read once, for it does not change while Blender runs."""
    engine = next(iter(sorted(folder.glob("motionwright-*.whl"))), None)
    try:
        built_for = str(json.loads((folder / CONTENTS).read_text(encoding="utf-8"))["built_for"])
    except (OSError, ValueError, KeyError, TypeError):
        built_for = ""
    return Wheels(engine, engine is not None and built_for == this_machine(), built_for)


if __name__ == "__main__":
    print(this_machine())
