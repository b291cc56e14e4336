"""`motionwright data` and `motionwright train`, registered through the entry-point group `motionwright.commands`."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from training.data.commands import register as register_data
from training.evaluation.commands import register as register_evaluation
from training.studio.commands import train_all_command
from training.word_embeddings.commands import register as register_words

if TYPE_CHECKING:
    from engine.motion.motion import Motion
    from training.config import AutoencoderTraining, DataConfig, GeneratorTraining, WordsTraining
    from training.data.shards import Shards

    _Settings = AutoencoderTraining | WordsTraining | GeneratorTraining
    Samples = list[tuple[str, Motion]]

_CONFIGS = Path(__file__).parent / "configs"

Run = Annotated[Path, typer.Option("--out", "-o", help="Folder of the run: config, log, checkpoints, weights.")]
Archive = Annotated[Path | None, typer.Option(help="The archive of motion capture, instead of the one in the config.")]
Changes = Annotated[
    list[str] | None,
    typer.Argument(metavar="[KEY=VALUE]...", help="Settings other than the file's, for example schedule.steps=100."),
]
ConfigFile = Annotated[Path, typer.Argument(help="A TOML file; or the name of one that the package carries.")]


def register(app: typer.Typer) -> None:
    """Add the sub-commands of this room."""
    register_data(app)
    training = typer.Typer(help="Train the networks on motion capture.", no_args_is_help=True)
    training.command("autoencoder")(autoencoder)
    training.command("sae", hidden=True)(autoencoder)  # as the paper calls it
    training.command("words")(words)
    training.command("generator")(generator)
    training.command("all")(train_all_command)
    register_evaluation(app, training)
    register_words(app, training)
    app.add_typer(training, name="train")


def autoencoder(config: ConfigFile, out: Run, changes: Changes = None, archive: Archive = None) -> None:
    """Train the motion autoencoder, from its last checkpoint where there is one."""
    from training.config import AutoencoderTraining
    from training.evaluation.run_pictures import reconstructed
    from training.trainers.autoencoder import train_autoencoder

    settings = AutoencoderTraining.read(_found(config), changes or ())
    shards = _shards(archive or settings.data.archive, settings.data.shards)
    _train(train_autoencoder, settings, shards, out, lambda: reconstructed(settings, out, shards))


def words(config: ConfigFile, out: Run, changes: Changes = None, archive: Archive = None) -> None:
    """Teach a generator's adapter by words alone what they mean for a motion; minutes, before the generator's hours."""
    from training.config import WordsTraining
    from training.trainers.words import train_words

    settings = WordsTraining.read(_found(config), changes or ())
    shards = _shards(archive or settings.data.archive, settings.data.shards)
    _train(train_words, settings, shards, out)


def generator(config: ConfigFile, out: Run, changes: Changes = None, archive: Archive = None) -> None:
    """Train the generator on a trained autoencoder's latents, from its last checkpoint where there is one."""
    from training.config import GeneratorTraining
    from training.evaluation.run_pictures import generated
    from training.trainers.generator import train_generator

    settings = GeneratorTraining.read(_found(config), changes or ())
    shards = _shards(archive or settings.data.archive, settings.data.shards)
    _train(train_generator, settings, shards, out, lambda: generated(settings, out, shards))


def _train(
    trainer: Callable[..., None],
    settings: _Settings,
    shards: Shards,
    out: Path,
    samples: Callable[[], Samples] | None = None,
) -> None:
    """Train in the folder of a run, with a bar, and with pictures of `samples`, where there are any, now and then."""
    from training.evaluation.run_pictures import drawn_now_and_then
    from training.trainers.provenance import note_start
    from training.trainers.world import is_first_process

    _compose(shards, settings.data)
    if is_first_process():
        settings.open_run(out)
        note_start(out, shards.fingerprint)
    schedule = settings.schedule
    with _progress() as progress:
        callbacks: dict[str, Any] = {"on_step": _shown(progress, schedule.steps)}
        if samples is not None:
            callbacks["on_checkpoint"] = drawn_now_and_then(
                out, schedule.pictures_every_seconds, schedule.steps, samples
            )
        trainer(settings, shards, out, **callbacks)


def _found(config: Path) -> Path:
    own = _CONFIGS / f"{config}.toml"
    return own if not config.exists() and own.is_file() else config


def _shards(archive: Path | None, folder: Path) -> Shards:
    from training.data.preparing import prepare_sources
    from training.data.shards import open_shards

    if archive is None:
        return open_shards(folder)
    with _progress() as progress:
        task = progress.add_task("Reading recordings", total=None)
        shards, _ = prepare_sources(
            [archive],
            folder,
            lambda done, total: progress.update(task, completed=done, total=total),
            os.cpu_count() or 1,
        )
    return shards


def _compose(shards: Shards, config: DataConfig) -> None:
    """Make the pool of composites that training will open, with a progress bar, before torch has any thread."""
    from training.data.composition.pool import composites_of

    with _progress() as progress:
        task = progress.add_task("Composing clips", total=config.composites, visible=config.composed_share > 0)
        composites_of(shards, config, lambda done: progress.update(task, completed=done), os.cpu_count() or 1)


def _progress() -> Progress:
    from training.trainers.world import is_first_process

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    return Progress(*columns, console=Console(stderr=True), disable=not is_first_process())


def _shown(progress: Progress, steps: int):  # noqa: ANN202
    task = progress.add_task("Training", total=steps)

    def on_step(step: int, row: Mapping[str, float]) -> None:
        progress.update(task, completed=step, description=f"Training, loss {row['loss']:.4f}")

    return on_step
