"""`motionwright train all`."""

from __future__ import annotations

import json
from collections.abc import Sequence
from importlib import resources
from pathlib import Path
from typing import Annotated

import typer

_CONFIGS = Path(__file__).parent.parent / "configs" / "studio"
_EMBEDDED_RUN = Path("runs/embedded/generator")


def train_all_command(
    context: typer.Context,
    motion: Annotated[list[Path], typer.Option(help="A folder or archive of clips; may be given several times.")],
    out: Annotated[Path, typer.Option("--out", "-o", help="Folder of the bundle; an earlier one is replaced.")],
    base: Annotated[
        Path | None,
        typer.Option(metavar="RUN", help=f"A generator's run to train further; {_EMBEDDED_RUN} where it is at hand."),
    ] = None,
    config: Annotated[Path | None, typer.Option(help="TOML: networks, schedules, presets; else the project's.")] = None,
    name: Annotated[str | None, typer.Option(help="What the model menu calls it; else as the folder.")] = None,
    license_name: Annotated[
        str | None, typer.Option("--license", help="Of the model; the embedded one's where that is trained further.")
    ] = None,
) -> None:
    """From your own clips to a model of your own: captions, both networks, bundle, measurements, model card."""
    from engine.service.folders import data_folder
    from training.studio.config import StudioTraining
    from training.studio.steps import Order, put_into_menu, train_all

    if base is None and (_EMBEDDED_RUN / "config.json").is_file():
        base = _EMBEDDED_RUN
    terms = _terms(base, license_name)
    own = _CONFIGS / ("from-scratch.toml" if base is None else "further.toml")
    studio = StudioTraining.read(config or own)
    print("trains from scratch" if base is None else f"trains {base} further")
    order = Order(tuple(motion), out, name or out.resolve().name, *terms, base)
    program = context.find_root().command

    def command(arguments: Sequence[str]) -> None:
        print(f"motionwright {' '.join(arguments)}", flush=True)
        program.main(list(arguments), prog_name="motionwright", standalone_mode=False)

    train_all(order, studio, command)
    place = put_into_menu(out, data_folder() / "models")
    print(f"{out} is the model, {place} its copy that every model menu shows")


def _terms(base: Path | None, license_name: str | None) -> tuple[str, tuple[str, ...]]:
    """Licence and attributions: a model that is trained further has learnt from the data of the first one, too.

    UserError where nobody says under which licence a base's data may be used.
    """
    from engine.errors import UserError

    if base is None:
        return license_name or "proprietary", ()
    if base == _EMBEDDED_RUN:
        manifest = json.loads((resources.files("engine") / "models/default/bundle.json").read_text(encoding="utf-8"))
        return license_name or manifest["license"], tuple(manifest["attributions"])
    if license_name is None:
        raise UserError(f"{base} has learnt from data with a licence of its own; say which one holds with --license.")
    return license_name, (f"Trained further from {base.name}, to whose data its own attributions belong",)
