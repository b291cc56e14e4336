"""`motionwright panel`: the prompt window without Blender."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Annotated

import typer

from ..console import complaining
from ..errors import AddonError


def panel(
    *,
    engine: Annotated[
        str, typer.Option("--engine", metavar="URL", help="An engine that runs already; otherwise one is started.")
    ] = "",
    token_file: Annotated[
        Path | None,
        typer.Option("--token-file", metavar="FILE", help="That engine's token, as its first line names it."),
    ] = None,
    model: Annotated[str, typer.Option("--model", metavar="DIR", help="A bundle for the engine that is started.")] = "",
    scale: Annotated[
        float, typer.Option("--scale", min=0.5, max=4.0, metavar="S", help="Size of the interface.")
    ] = 1.0,
) -> None:
    """Open the prompt window: type, compare, change, export."""
    with complaining():
        if importlib.util.find_spec("PySide6") is None:
            raise AddonError('The prompt window needs Qt; run: pip install "motionwright[panel]"')
        token = _token(token_file) if engine else ""
        if model and not Path(model).is_dir():
            raise AddonError(f"There is no folder {model}; give a bundle's folder with --model.")
        from .application import Options, start

        status = start(Options(url=engine, token=token, model=model, scale=scale))
    raise typer.Exit(status)


def _token(file: Path | None) -> str:
    if file is None:
        raise AddonError("An engine that runs already needs its token; give the file with --token-file.")
    try:
        return file.read_text(encoding="utf-8").strip()
    except (OSError, ValueError) as error:
        raise AddonError(
            f"The token file {file} can't be read; give the one that the engine's first line names."
        ) from error
