"""`motionwright train all`."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import resources
from pathlib import Path
from typing import Annotated

import typer

_CONFIGS = Path(__file__).parent.parent / "configs"


def train_all_command(
    context: typer.Context,
    motion: Annotated[list[Path], typer.Option(help="A folder or archive of clips; may be given several times.")],
    out: Annotated[Path, typer.Option("--out", "-o", help="Folder of the bundle; an earlier one is replaced.")],
    base: Annotated[
        Path | None,
        typer.Option(
            metavar="BUNDLE|RUN", help="A bundle or a generator's run to train further; else the embedded model."
        ),
    ] = None,
    from_scratch: Annotated[bool, typer.Option("--from-scratch", help="Both networks from nothing.")] = False,
    config: Annotated[
        Path | None, typer.Option(help="TOML of networks, schedules, presets; or the name of one of the project's.")
    ] = None,
    name: Annotated[str | None, typer.Option(help="What the model menu calls it; else as the folder.")] = None,
    license_name: Annotated[
        str | None, typer.Option("--license", help="Of the model; its base's where that is a bundle.")
    ] = None,
) -> None:
    """From your own clips to a model of your own: captions, both networks, bundle, measurements, model card."""
    from engine.service.folders import data_folder
    from training.studio.config import StudioTraining
    from training.studio.steps import Order, put_into_menu, train_all

    base = _base(base, from_scratch=from_scratch)
    terms = _terms(base, license_name)
    chosen = config or Path("studio/from-scratch" if base is None else "studio/further")
    own = _CONFIGS / f"{chosen}.toml"
    studio = StudioTraining.read(own if not chosen.exists() and own.is_file() else chosen)
    print("trains from scratch" if base is None else f"trains {base} further")
    order = Order(tuple(motion), out, name or out.resolve().name, *terms, base)
    program = context.find_root().command

    def command(arguments: Sequence[str]) -> None:
        print(f"motionwright {' '.join(arguments)}", flush=True)
        program.main(list(arguments), prog_name="motionwright", standalone_mode=False)

    train_all(order, studio, command)
    place = put_into_menu(out, data_folder() / "models")
    print(f"{out} is the model, {place} its copy that every model menu shows")


def _base(asked_for: Path | None, *, from_scratch: bool) -> Path | None:
    """What is trained further: what was asked for, else the embedded model; UserError where both answers are given."""
    from engine.errors import UserError

    if from_scratch and asked_for is not None:
        raise UserError("Something to train further and --from-scratch exclude each other; leave one of them out.")
    if from_scratch or asked_for is not None:
        return asked_for
    return Path(str(resources.files("engine"))) / "models" / "default"


def _terms(base: Path | None, license_name: str | None) -> tuple[str, tuple[str, ...]]:
    """Licence and attributions: a model that is trained further has learnt from the data of the first one, too.

    UserError where nobody says under which licence a base's data may be used.
    """
    from engine.errors import UserError
    from training.studio.further import manifest_of

    if base is None:
        return license_name or "proprietary", ()
    manifest = manifest_of(base)
    if manifest is not None:
        return license_name or manifest["license"], tuple(manifest["attributions"])
    if license_name is None:
        raise UserError(f"{base} has learnt from data with a licence of its own; say which one holds with --license.")
    return license_name, (f"Trained further from {base.name}, to whose data its own attributions belong",)
