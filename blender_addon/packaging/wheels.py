"""The wheels that the zip carries: the engine's is built from this checkout, the others come from the package index."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
import tempfile
from pathlib import Path

from ..child import ChildCrashError
from ..engine_link import wheels as carried
from ..engine_link.child_processes import clean_environment
from ..engine_link.settings import environment_python
from ..errors import AddonError
from ..find_blender import Blender

_NO_WINDOW = getattr(subprocess, "CREATE_NO_WINDOW", 0)
_PYTHON_IS = "Blender's Python is "


def build_engine_wheel(project: Path, folder: Path) -> Path:
    """Build the wheel of the whole project into `folder`, as `pip wheel` does with the back-end that it names."""
    if not (project / "pyproject.toml").is_file():
        raise AddonError("The zip is built from the source code; clone the repository and run this command there.")
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", str(folder)]
    if importlib.util.find_spec("hatchling") is not None:
        command.append("--no-build-isolation")  # it is here already, and the network may not be
    _run([*command, str(project)], "The engine's wheel can't be built")
    return next(folder.glob("motionwright-*.whl"))


def python_of(blender: Blender) -> Path:
    """The Python inside a Blender."""
    if blender.is_python:
        return Path(blender.program)
    expression = f"import sys; print({_PYTHON_IS!r} + sys.executable)"
    command = [blender.program, "--background", "--factory-startup", "--python-expr", expression]
    lines = _run(command, "Blender can't be asked for its Python").splitlines()
    return Path(next(line for line in lines if line.startswith(_PYTHON_IS)).removeprefix(_PYTHON_IS))


def machine_of(python: Path) -> str:
    """What the compiled wheels for an interpreter are called, as the extension will ask inside it."""
    return _run([str(python), "-I", str(Path(carried.__file__))], "Blender's Python can't be run").strip()


def download_wheels(python: Path, engine: Path, folder: Path) -> None:
    """All that the engine needs on this machine, for the Python given, as its set-up will ask for it."""
    with tempfile.TemporaryDirectory(prefix="motionwright-") as scratch:
        environment = Path(scratch) / "environment"
        _run([str(python), "-I", "-m", "venv", str(environment)], f"{python} can't make an environment")
        command = [str(environment_python(environment)), "-I", "-m", "pip", "download", "--quiet", "--no-input"]
        command += ["--disable-pip-version-check", "--only-binary", ":all:", "--dest", str(folder), f"{engine}[panel]"]
        _run(command, "The wheels can't be downloaded")


def _run(command: list[str], complaint: str) -> str:
    ended = subprocess.run(
        command,
        env=clean_environment(),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        errors="replace",
        check=False,
        creationflags=_NO_WINDOW,
    )
    if ended.returncode != 0:
        lines = [line.strip() for line in (ended.stderr or ended.stdout).splitlines() if line.strip()]
        errors = [line for line in lines if line.startswith("ERROR:")] or lines[-1:] or ["no message"]
        raise ChildCrashError(f"{complaint}: {errors[0].removeprefix('ERROR:').strip()}")
    return ended.stdout
