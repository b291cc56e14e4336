"""`motionwright train mate`, `motionwright evaluate-words` and `motionwright evaluate-swaps`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from training.evaluation import command_parts as parts

if TYPE_CHECKING:
    from training.word_embeddings.config import MateTraining
    from training.word_embeddings.network import Mate
    from training.word_embeddings.trainer import MateData

Out = Annotated[Path, typer.Option("--out", "-o", metavar="DIR", help="Folder of the run: config, log, embeddings.")]


def register(app: typer.Typer, training: typer.Typer) -> None:
    """Add the commands to the application and to its group `train`."""
    training.command("mate")(train_mate_command)
    app.command("evaluate-words")(evaluate_words)
    app.command("evaluate-swaps")(evaluate_swaps)


def train_mate_command(
    config: Annotated[Path, typer.Argument(help="A TOML file; or the name of one that the package carries.")],
    out: Out,
    changes: Annotated[
        list[str] | None,
        typer.Argument(metavar="[KEY=VALUE]...", help="Settings other than the file's, e.g. schedule.steps=100."),
    ] = None,
) -> None:
    """Move the word embeddings of a text encoder until motion words mean motion, and say what that changed."""
    from training.data.shards import open_shards
    from training.word_embeddings.config import MateTraining
    from training.word_embeddings.trainer import MateData, train_mate

    settings = MateTraining.read(parts.found_config(config), changes or ())
    shards = open_shards(settings.data.shards)
    settings.open_run(out)
    with parts.progress_bars() as progress:
        segmenting = progress.add_task("Segmenting", total=settings.segmented_composites)
        data = MateData(settings, shards, lambda done: progress.update(segmenting, completed=done))
        progress.remove_task(segmenting)
        task = progress.add_task("Training", total=settings.schedule.steps)
        trained = train_mate(
            settings,
            shards,
            out,
            data,
            on_step=lambda step, row: progress.update(
                task, completed=step, description=f"Training, loss {row['loss']:.4f}"
            ),
        )
    _report(settings, data, trained, out)


def evaluate_words(
    run: Annotated[Path, typer.Argument(metavar="RUN", help="The folder of a run of `motionwright train mate`.")],
) -> None:
    """Say what a run changed: antonyms, paraphrases, where words are found, and a map of them."""
    from training.data.shards import open_shards
    from training.trainers.checkpoint import WEIGHTS, load_weights
    from training.word_embeddings.config import MateTraining
    from training.word_embeddings.trainer import MateData, mate_of

    settings = MateTraining.read(run / "config.json")
    data = MateData(settings, open_shards(settings.data.shards))
    trained = mate_of(settings, data)
    load_weights(run / WEIGHTS, trained)
    _report(settings, data, trained.eval(), run)


def evaluate_swaps(
    model: Annotated[Path, typer.Argument(metavar="MODEL", help="The folder of a bundle, or of a generator's run.")],
    pairs: Annotated[int, typer.Option(min=1, max=10_000, help="Pairs of motions.")] = 100,
    seed: Annotated[int, typer.Option(min=0, help="Of the first pair; the others follow.")] = 0,
    as_json: parts.JsonOption = False,
) -> None:
    """Swap a word of a prompt for its antonym, with the same seed, and see whether the motion follows."""
    from training.evaluation.subjects import open_subject
    from training.word_embeddings.swapping import shares, swap_outcomes

    subject = open_subject(model)
    with parts.progress_bars() as progress:
        task = progress.add_task("Swapping words", total=pairs)
        outcomes = swap_outcomes(subject, pairs, seed, lambda done: progress.update(task, completed=done))
    found = shares(outcomes)
    if as_json:
        rows = {name: {"count": one.count, "total": one.total, "low": one.low, "high": one.high}
                for name, one in found.items()}  # fmt: skip
        print(json.dumps({"model": subject.name, "flips": rows}, ensure_ascii=False))
        return
    print(f"Pairs of which both motions do what their word says, {subject.name}")
    for name, one in found.items():
        print(f"{name}: {one}")


def _report(settings: MateTraining, data: MateData, trained: Mate, out: Path) -> None:
    from engine.files import written_whole
    from training.word_embeddings.report import measured

    report = measured(settings, data, trained)
    with written_whole(out / "words.json") as temporary:
        temporary.write_text(report.json(), encoding="utf-8")
    report.word_map.draw(out / "words.png")
    Console().print("\n".join(report.lines()), highlight=False)
