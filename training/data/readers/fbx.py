"""FBX through Blender, in a process of its own: by a Python that has bpy, or by an installed Blender.

A clip's captions are the lines of the text file beside it, as for BVH.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from functools import partial
from importlib.util import find_spec
from pathlib import Path

import numpy as np

from engine.errors import UserError
from training.data.clip import Clip
from training.data.readers.bone_names import joints_of_the_body
from training.data.readers.bvh import motion_of_source
from training.data.readers.labels_beside import captions_beside
from training.data.readers.recordings import Recording, files_below
from training.data.readers.retargeting import SourceMotion

BPY_PYTHON = "MOTIONWRIGHT_BPY_PYTHON"
"""Environment variable with the Python that has bpy, where this one hasn't and no Blender is installed."""

_SCRIPT = Path(__file__).with_name("fbx_in_blender.py")
_LONGEST_S = 600


def fbx_files(folder: Path) -> Iterator[Recording]:
    """All FBX files below a folder, a clip an animation."""
    for path in files_below(folder, ".fbx"):
        name = path.relative_to(folder).with_suffix("").as_posix()
        yield Recording(name, partial(_clips, path, name))


def _clips(path: Path, name: str) -> Sequence[Clip]:
    found = read_fbx(path)
    if not found:
        raise UserError(f"{path.name} holds no animated armature.")
    motions = [motion_of_source(source, joints_of_the_body(source.joint_names, parents)) for source, parents in found]
    captions = captions_beside(path)
    return [
        Clip(name if number == 0 else f"{name}#{number}", motion, "", "normal", captions)
        for number, motion in enumerate(motions)
    ]


def read_fbx(path: Path) -> list[tuple[SourceMotion, tuple[int, ...]]]:
    """Every animation in an FBX file with its joints' parents; UserError without Blender, or where it can't read it."""
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder) / "motion.npz"
        done = subprocess.run(
            [*_blender(), str(path.resolve()), str(target)],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            encoding="utf-8",
            errors="replace",
            timeout=_LONGEST_S,
            check=False,
            creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
        )
        if done.returncode or not target.is_file():
            said = [line for line in done.stderr.splitlines() if line.strip()]
            raise UserError(f"{path.name} can't be read through Blender: {said[-1] if said else 'it said nothing'}.")
        with np.load(target, allow_pickle=False) as file:
            return [
                (_source(file, number), tuple(file[f"parents_{number}"].tolist()))
                for number in range(len(file["names"]))
            ]


def _source(file: np.lib.npyio.NpzFile, number: int) -> SourceMotion:
    return SourceMotion(
        tuple(file[f"names_{number}"].tolist()),
        file[f"positions_{number}"],
        file[f"rotations_{number}"],
        file[f"rest_positions_{number}"],
        file[f"rest_rotations_{number}"],
        float(file[f"fps_{number}"]),
    )


def _blender() -> list[str]:
    """The beginning of a command that runs the script; UserError where there is neither bpy nor Blender."""
    if python := os.environ.get(BPY_PYTHON):
        return [python, str(_SCRIPT)]
    if find_spec("bpy") is not None:
        return [sys.executable, str(_SCRIPT)]
    if blender := shutil.which("blender"):
        return [blender, "--background", "--factory-startup", "--python-exit-code", "1", "--python", str(_SCRIPT), "--"]
    raise UserError(f"FBX is read through Blender: install it, or bpy, or name a Python that has bpy in {BPY_PYTHON}.")
