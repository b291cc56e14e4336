"""`motionwright data` and `motionwright train`, registered through the entry-point group `motionwright.commands`."""

from __future__ import annotations

import os
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from training.evaluation.commands import register as register_evaluation

if TYPE_CHECKING:
    from training.config import DataConfig
    from training.data.shards import Shards

_CONFIGS = Path(__file__).parent / "configs"

Run = Annotated[Path, typer.Option("--out", "-o", help="Folder of the run: config, log, checkpoints, weights.")]
Archive = Annotated[Path | None, typer.Option(help="The archive of motion capture, instead of the one in the config.")]
ConfigFile = Annotated[Path, typer.Argument(help="A TOML file; or the name of one that the package carries.")]


def register(app: typer.Typer) -> None:
    """Add the sub-commands of this room."""
    data = typer.Typer(help="Prepare motion capture for training.", no_args_is_help=True)
    data.command("prepare")(prepare_data)
    data.command("show")(show_data)
    app.add_typer(data, name="data")
    training = typer.Typer(help="Train the networks on motion capture.", no_args_is_help=True)
    training.command("autoencoder")(autoencoder)
    training.command("generator")(generator)
    register_evaluation(app, training)
    app.add_typer(training, name="train")


def prepare_data(
    archive: Annotated[Path, typer.Argument(help="bandai-namco.tar.xz, the archive of the data set.")],
    out: Annotated[Path, typer.Option("--out", "-o", help="Folder for the shards.")] = Path("shards/bandai-namco"),
) -> None:
    """Turn an archive of motion capture into shards of features; a second run finds and reuses them."""
    shards = _shards(archive, out)
    seconds = sum(row.frames for row in shards.rows) / 30.0
    print(f"{len(shards.rows)} clips, {seconds / 3600:.2f} h, in {out}")


def show_data(
    shards_folder: Annotated[Path, typer.Argument(help="A folder of shards.")],
    out: Annotated[Path, typer.Option("--out", "-o", help="PNG with drawn samples.")] = Path("clips.png"),
    clips: Annotated[int, typer.Option(help="How many clips to draw.")] = 12,
) -> None:
    """Count what the shards hold, and draw some clips as strips of stick figures."""
    from engine.motion import ms272
    from training.data.drawing import draw_strips
    from training.data.shards import open_shards

    shards = open_shards(shards_folder)
    for split in ("train", "validation", "test"):
        rows = shards.of(split)
        print(f"{split}: {len(rows)} clips, {sum(row.frames for row in rows) / 108_000:.2f} h")
    chosen = shards.rows[:: max(1, len(shards.rows) // clips)][:clips]
    draw_strips([(row.name, ms272.decode(shards.clip_features(row))) for row in chosen], out)
    print(out)


def autoencoder(config: ConfigFile, out: Run, archive: Archive = None) -> None:
    """Train the motion autoencoder, from its last checkpoint where there is one."""
    from training.config import AutoencoderTraining
    from training.trainers.autoencoder import train_autoencoder

    settings = AutoencoderTraining.read(_found(config))
    shards = _shards(archive or settings.data.archive, settings.data.shards)
    _compose(shards, settings.data)
    settings.open_run(out)
    with _progress() as progress:
        train_autoencoder(settings, shards, out, on_step=_shown(progress, settings.schedule.steps))


def generator(config: ConfigFile, out: Run, archive: Archive = None) -> None:
    """Train the generator on a trained autoencoder's latents, from its last checkpoint where there is one."""
    from training.config import GeneratorTraining
    from training.trainers.generator import train_generator

    settings = GeneratorTraining.read(_found(config))
    shards = _shards(archive or settings.data.archive, settings.data.shards)
    _compose(shards, settings.data)
    settings.open_run(out)
    with _progress() as progress:
        train_generator(settings, shards, out, on_step=_shown(progress, settings.schedule.steps))


def _found(config: Path) -> Path:
    own = _CONFIGS / f"{config.name}.toml"
    return own if not config.exists() and own.is_file() else config


def _shards(archive: Path, folder: Path) -> Shards:
    from training.data.bandai_namco import read_archive
    from training.data.shards import prepare

    with _progress() as progress:
        task = progress.add_task("Reading clips", total=None)
        read = partial(read_archive, workers=os.cpu_count() or 1)
        return prepare(archive, folder, read, lambda number: progress.update(task, completed=number))


def _compose(shards: Shards, config: DataConfig) -> None:
    """Make the pool of composites that training will open, with a progress bar, before torch has any thread."""
    from training.data.composition.pool import composites_of

    with _progress() as progress:
        task = progress.add_task("Composing clips", total=config.composites, visible=config.composed_share > 0)
        composites_of(shards, config, lambda done: progress.update(task, completed=done), os.cpu_count() or 1)


def _progress() -> Progress:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    return Progress(*columns, console=Console(stderr=True))


def _shown(progress: Progress, steps: int):  # noqa: ANN202
    task = progress.add_task("Training", total=steps)

    def on_step(step: int, row: Mapping[str, float]) -> None:
        progress.update(task, completed=step, description=f"Training, loss {row['loss']:.4f}")

    return on_step
