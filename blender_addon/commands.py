"""The sub-commands of this room, registered through the entry-point group `motionwright.commands`."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from .child import generate_motion, run_job
from .console import complaining, working
from .errors import AddonError
from .find_blender import find_blender
from .job import Job, Result
from .outputs import check_output, free_path, written_together
from .packaging.command import addon_app
from .prompt_panel.command import panel
from .retarget.source import read_motion

RIG_SUFFIXES = (".blend", ".glb", ".gltf", ".fbx")
DEMO_PROMPT = "a person walks forward and turns left"

_BlenderOption = Annotated[
    Path | None,
    typer.Option("--blender", metavar="PATH", help="A Blender executable, or a Python that has bpy."),
]
_MotionOption = Annotated[
    Path | None,
    typer.Option("--motion", metavar="FILE", help="Bake this motion file instead of generating one."),
]
_JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON object on stdout, for programs.")]


def register(app: typer.Typer) -> None:
    """Add this room's sub-commands to the command line."""
    app.command()(bake)
    app.command()(demo)
    app.command()(panel)
    app.add_typer(addon_app, name="addon")


def bake(
    prompt: Annotated[str | None, typer.Argument(metavar="PROMPT", help="What the character should do.")] = None,
    *,
    rig: Annotated[Path, typer.Option("--rig", metavar="FILE", help="The character: .blend, .glb, .gltf or .fbx.")],
    armature: Annotated[
        str | None, typer.Option("--armature", metavar="NAME", help="Which armature, where there are several.")
    ] = None,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", metavar="OUT", help="OUT.blend; otherwise named after the rig.")
    ] = None,
    preview: Annotated[
        Path | None, typer.Option("--preview", metavar="OUT", help="OUT.png: six frames of the character.")
    ] = None,
    motion: _MotionOption = None,
    seconds: Annotated[float | None, typer.Option(metavar="S", help="How long.")] = None,
    seed: Annotated[int | None, typer.Option(metavar="N", help="The same seed gives the same motion.")] = None,
    guidance: Annotated[float | None, typer.Option(metavar="W", help="How closely to follow the prompt.")] = None,
    blender: _BlenderOption = None,
    as_json: _JsonOption = False,
) -> None:
    """Put a motion on your own rig: keyframes in a .blend file."""
    with complaining():
        _check_rig_file(rig)
        blend = check_output(output or free_path(Path(f"{rig.stem}-baked.blend")), ".blend")
        picture = None if preview is None else check_output(preview, ".png")
        name = _name(prompt, motion)
        program = find_blender(blender)
        with tempfile.TemporaryDirectory(prefix="motionwright-") as folder, written_together(blend, picture) as new:
            job = Job(result=str(Path(folder) / "result.json"), rig=str(rig.absolute()), armature=armature)
            if motion is None:
                with working("Looking at the rig"):
                    run_job(program, job)
            file = _motion_file(prompt, motion, Path(folder), {"seconds": seconds, "seed": seed, "guidance": guidance})
            with working("Baking" if picture is None else "Baking and rendering the preview"):
                result = run_job(program, _with_motion(job, file, name, new))
        _report(result, [path for path in (blend, picture) if path is not None], as_json)


def demo(
    output: Annotated[
        Path, typer.Option("--output", "-o", metavar="DIR", help="The folder to write; made where it is missing.")
    ] = Path("motionwright-demo"),
    *,
    motion: _MotionOption = None,
    seed: Annotated[int, typer.Option(metavar="N", help="The same seed gives the same motion.")] = 0,
    blender: _BlenderOption = None,
    as_json: _JsonOption = False,
) -> None:
    """A character, a prompt, keyframes and a picture, without any file of yours."""
    with complaining():
        name = DEMO_PROMPT if motion is None else _name(None, motion)
        program = find_blender(blender)
        with _folder(output) as folder:
            files = [check_output(folder / f"demo{suffix}", suffix) for suffix in (".npz", ".blend", ".png")]
            with tempfile.TemporaryDirectory(prefix="motionwright-") as scratch, written_together(*files) as new:
                file = _motion_file(DEMO_PROMPT, motion, Path(scratch), {"seed": seed})
                if new[0] is not None:
                    new[0].write_bytes(file.read_bytes())
                with working("Making a character, baking, rendering the preview"):
                    job = _with_motion(Job(result=str(Path(scratch) / "result.json")), file, name, new[1:])
                    result = run_job(program, job)
        _report(result, files, as_json)


@contextmanager
def _folder(path: Path) -> Iterator[Path]:
    """The folder, made where it is missing, and taken away again if nothing came of it."""
    if path.is_file():
        raise AddonError(f"{path} is a file; give the name of a folder.")
    if not path.absolute().parent.is_dir():
        raise AddonError(f"There is no folder {path.absolute().parent}; make it first or write elsewhere.")
    made = not path.exists()
    try:
        path.mkdir(exist_ok=True)
    except OSError as error:
        raise AddonError(f"The folder {path} can't be made: {error.strerror}.") from error
    try:
        yield path
    finally:
        if made and not any(path.iterdir()):
            path.rmdir()


def _check_rig_file(rig: Path) -> None:
    if rig.suffix.lower() not in RIG_SUFFIXES:
        raise AddonError(f"“{rig.name}” is no rig file; give one that ends in {', '.join(RIG_SUFFIXES)}.")
    if not rig.is_file():
        raise AddonError(f"There is no file {rig}.")


def _name(prompt: str | None, motion: Path | None) -> str:
    """What the Action is called: the prompt, that of the motion file, or the file's name."""
    if motion is None:
        if not (prompt or "").strip():
            raise AddonError("Say what the character should do, or give a motion file with --motion.")
        return " ".join((prompt or "").split())
    return " ".join((prompt or "").split()) or read_motion(motion).prompt or motion.stem


def _motion_file(prompt: str | None, motion: Path | None, folder: Path, options: dict[str, float | int | None]) -> Path:
    """The motion file that was given, or one that the engine makes in `folder`."""
    if motion is not None:
        read_motion(motion)
        return motion.absolute()
    file = folder / "motion.npz"
    with working("Generating the motion"):
        generate_motion(prompt or "", file, options)
    return file


def _with_motion(job: Job, motion: Path, name: str, outputs: list[Path | None]) -> Job:
    blend, preview = (None if path is None else str(path) for path in outputs)
    result = Path(job.result).with_name("baked.json")
    return Job(str(result), job.rig, job.armature, str(motion), name, blend, preview)


def _report(result: Result, files: list[Path], as_json: bool) -> None:
    if as_json:
        report = {
            "files": [str(path.absolute()) for path in files],
            "armature": result.armature,
            "family": result.family,
            "action": result.action,
            "frames": result.frames,
            "fps": result.fps,
        }
        print(json.dumps(report, ensure_ascii=False))
        return
    print(f"“{result.action}” on {result.armature} ({result.family}): {result.frames} frames at {result.fps:g} fps")
    for path in files:
        print(path)
