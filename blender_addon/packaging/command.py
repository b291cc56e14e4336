"""`motionwright addon build`: the zip that Blender installs."""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path
from typing import Annotated

import typer

from ..console import complaining, working
from ..errors import AddonError
from ..find_blender import Blender, find_blender, find_executable
from ..outputs import check_output, written_together
from .archive import ROOM, check_versions, write_archive
from .validation import validate
from .wheels import build_engine_wheel, download_wheels, machine_of, python_of

addon_app = typer.Typer(help="The Blender extension as a zip.", no_args_is_help=True)


@addon_app.callback()
def _addon() -> None:
    """The Blender extension as a zip."""


@addon_app.command()
def build(
    output: Annotated[Path, typer.Argument(metavar="OUT.zip", help="The zip to write.")],
    *,
    offline: Annotated[
        bool, typer.Option("--offline", help="Carry every wheel for this platform: set-up needs no network.")
    ] = False,
    blender: Annotated[
        Path | None,
        typer.Option("--blender", metavar="PATH", help="The Blender that the zip is checked with, and made for."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object on stdout, for programs.")] = False,
) -> None:
    """Build the extension's zip, with the engine inside, and have Blender validate it."""
    with complaining():
        target = check_output(output, ".zip")
        with tempfile.TemporaryDirectory(prefix="motionwright-") as folder, written_together(target) as new:
            wheels = Path(folder)
            with working("Building the engine's wheel"):
                engine = build_engine_wheel(ROOM.parent, wheels)
            version, built_for = check_versions(engine), ""
            if offline:
                python = _python_for(blender)
                built_for = machine_of(python)
                with working("Downloading the wheels of everything that the engine needs"):
                    download_wheels(python, engine, wheels)
            assert new[0] is not None
            write_archive(new[0], wheels, built_for)
            program = find_executable(blender)
            if program is not None:
                validate(program, new[0])
        _report(target, version, built_for, program, as_json)


def _python_for(named: Path | None) -> Path:
    """The Python of the Blender named or found; this one where there is no Blender."""
    try:
        return python_of(find_blender(named))
    except AddonError:
        if named is not None:
            raise
        return Path(sys.executable)


def _report(target: Path, version: str, built_for: str, program: Blender | None, as_json: bool) -> None:
    megabytes = target.stat().st_size / 2**20
    if as_json:
        facts = {"file": str(target), "version": version, "megabytes": round(megabytes, 1), "built_for": built_for}
        print(json.dumps({**facts, "validated": program is not None}, ensure_ascii=False))
        return
    kind = f"offline for {built_for}" if built_for else "fetches the engine's packages when it is set up"
    print(f"Motionwright {version}: {megabytes:.0f} MB, {kind}")
    print(
        "validated by Blender" if program else "not validated: no Blender executable was found; name one with --blender"
    )
    print(target)
