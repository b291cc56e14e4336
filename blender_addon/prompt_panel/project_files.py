"""A project as one file that can be given away: a zip of its JSON and of the motions of its takes."""

from __future__ import annotations

import zipfile
from dataclasses import replace
from pathlib import Path

from ..errors import AddonError
from ..outputs import written_together
from .checked import RefusedError
from .motion_files import MotionFiles
from .project import LARGEST_JSON, Project, Take, from_json, to_json

SUFFIX = ".motionwright"
_PROJECT = "project.json"
_LARGEST_MOTION = 256 * 1024 * 1024


def save_project(project: Project, motions: MotionFiles, path: Path) -> None:
    """Write a project and the motions that are there. AddonError where that can't be done."""
    try:
        with written_together(path) as (draft,):
            assert draft is not None
            with zipfile.ZipFile(draft, "w") as archive:
                archive.writestr(_PROJECT, to_json(project), zipfile.ZIP_DEFLATED)
                for file in sorted(_files(project, motions)):
                    archive.write(file, f"motions/{file.name}")  # an npz is compressed already
    except OSError as error:
        raise AddonError(f"{path} can't be written ({error.strerror}); choose another place.") from error


def open_project(path: Path, motions: MotionFiles) -> Project:
    """Read a project, and put its motions where the window finds them. AddonError where it is none."""
    try:
        with zipfile.ZipFile(path) as archive:
            project = from_json(_bytes(archive, _PROJECT, LARGEST_JSON))
            takes = tuple(_with_motion(take, archive, motions) for take in project.takes)
    except OSError as error:
        raise AddonError(f"{path} can't be read ({error.strerror}).") from error
    except (zipfile.BadZipFile, KeyError, RuntimeError, NotImplementedError, EOFError) as error:
        raise AddonError(f"{path.name} is no project of Motionwright, or is damaged.") from error
    except RefusedError as error:
        raise AddonError(f"{path.name} can't be opened: {error}") from error
    return replace(project, takes=takes)


def _files(project: Project, motions: MotionFiles) -> set[Path]:
    named = {motions.folder / take.file for take in project.takes if take.file is not None}
    return {file for file in named if file.is_file()}


def _with_motion(take: Take, archive: zipfile.ZipFile, motions: MotionFiles) -> Take:
    """The take, its motion beside those of this machine; without a file where the archive has none."""
    if take.file is None or f"motions/{take.file}" not in archive.namelist():
        return take
    if not (motions.folder / take.file).is_file():
        motions.write(take.file.removesuffix(".npz"), _bytes(archive, f"motions/{take.file}", _LARGEST_MOTION))
    return take


def _bytes(archive: zipfile.ZipFile, name: str, most: int) -> bytes:
    """A member, never more than `most` bytes of it: the size in the archive's directory may lie."""
    with archive.open(name) as member:
        content = member.read(most + 1)
    if len(content) > most:
        raise RefusedError(f"its {name} is larger than {most} bytes.")
    return content
