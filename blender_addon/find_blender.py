"""Finding a Blender to work in: this Python's own bpy, one that was named, or one installed where it usually is."""

from __future__ import annotations

import importlib.util
import os
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

from .errors import AddonError

ENVIRONMENT_VARIABLE = "MOTIONWRIGHT_BLENDER"
_INSTALL = 'Install Blender from blender.org, or run: pip install "motionwright[blender]"'
_USUAL_PLACES = (
    ("/Applications", "Blender*.app/Contents/MacOS/Blender"),
    (os.environ.get("PROGRAMFILES", "C:/Program Files"), "Blender Foundation/Blender */blender.exe"),
    ("/snap/bin", "blender"),
    ("/var/lib/flatpak/exports/bin", "org.blender.Blender"),
)


@dataclass(frozen=True)
class Blender:
    """A program that runs a script with bpy: Blender itself, or a Python that has bpy as a package."""

    program: str
    is_python: bool

    def command(self, script: Path, argument: Path) -> list[str]:
        """The command line that runs `script` with one argument, without a window or the user's start-up file."""
        if self.is_python:
            # -P keeps the script's own folder off the module path, where its names could hide others.
            return [self.program, "-P", "-X", "utf8", str(script), str(argument)]
        return [self.program, "--background", "--factory-startup", "--python", str(script), "--", str(argument)]


def find_blender(named: Path | None = None) -> Blender:
    """The Blender to use; `named` is what the user gave on the command line. AddonError where there is none."""
    given = str(named) if named is not None else os.environ.get(ENVIRONMENT_VARIABLE, "")
    if given:
        return _given(given)
    if importlib.util.find_spec("bpy") is not None:
        return Blender(sys.executable, is_python=True)
    installed = shutil.which("blender") or _installed()
    if installed is None:
        raise AddonError(f"No Blender was found: {_INSTALL[0].lower()}{_INSTALL[1:]}")
    return Blender(installed, is_python=False)


def find_executable(named: Path | None = None) -> Blender | None:
    """A Blender with a command line of its own, for what a Python with bpy can't do; None where there is none."""
    given = str(named) if named is not None else os.environ.get(ENVIRONMENT_VARIABLE, "")
    blender = _given(given) if given else None
    if blender is None or blender.is_python:
        installed = shutil.which("blender") or _installed()
        return None if installed is None else Blender(installed, is_python=False)
    return blender


def _given(given: str) -> Blender:
    program = shutil.which(given)
    if program is None:
        raise AddonError(f"{given} is no program that can be run; give a Blender executable or a Python with bpy.")
    return Blender(program, is_python=Path(program).name.lower().startswith(("python", "pypy")))


def _installed() -> str | None:
    """The newest Blender in the places where installers put it."""
    found = [path for folder, pattern in _USUAL_PLACES if Path(folder).is_dir() for path in Path(folder).glob(pattern)]
    return str(max(found)) if found else None


def doctor_row() -> tuple[str, str, bool, str]:
    """For `motionwright doctor`: what was looked for, what was found, whether that will do, and what to do about it."""
    try:
        blender = find_blender()
    except AddonError:
        return "Blender", "not found", False, _INSTALL
    kind = "bpy in" if blender.is_python else "executable"
    return "Blender", f"{kind} {blender.program}", True, ""
