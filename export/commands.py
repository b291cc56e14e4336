"""`motionwright export`, registered through the entry-point group `motionwright.commands`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import Progress

_CONFIG = Path(__file__).parent / "configs" / "default.toml"


def register(app: typer.Typer) -> None:
    """Add the sub-commands of this room."""
    app.command("export")(export)
    app.command("restore")(restore)


def export(
    run: Annotated[Path, typer.Argument(help="The folder of a generator's run.")],
    out: Annotated[Path, typer.Option("--out", "-o", help="Folder of the bundle; an earlier one is replaced.")],
    config: Annotated[Path, typer.Option(help="TOML: name, version, licence, sampler defaults.")] = _CONFIG,
) -> None:
    """Export a trained generator as a bundle for the engine: ONNX graphs, tokenizer, manifest with parity."""
    from engine.bundle.graphs import FAMILIES
    from export.bundle import export_bundle
    from export.config import ExportConfig

    settings = ExportConfig.read(config)
    with Progress(console=Console(stderr=True)) as progress:
        task = progress.add_task("Exporting", total=len(FAMILIES["masked-ar"]))
        manifest = export_bundle(settings, run, out, lambda name: progress.update(task, advance=1, description=name))
    for name, parity in manifest.parity.items():
        distance, largest = parity["cosine_distance"], parity["max_error"]
        print(f"{name}: {parity['storage']}, 1 − cosine {distance:.1e}, largest deviation {largest:.1e}")
    print(out)


def restore(
    bundle: Annotated[Path, typer.Argument(help="The folder of a bundle.")],
    out: Annotated[Path, typer.Option("--out", "-o", help="Folder of the two runs that are made.")],
) -> None:
    """Make of a bundle the runs that it was exported from, to train it further: weights as they are stored in it."""
    from export.restoring import GENERATOR, restore_runs

    restore_runs(bundle, out)
    print(out / GENERATOR)
