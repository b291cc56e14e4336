"""`motionwright data`: prepare sources, show what was prepared, caption one's own clips, measure the captioner."""

from __future__ import annotations

import os
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from training.data.clip import SPLITS, Split

if TYPE_CHECKING:
    from training.data.shards import Shards

_FRAMES_IN_HOUR = 108_000
_SHOWN_WORDS = 24
_BAR = 40

Sources = Annotated[list[Path], typer.Argument(help="Folders or archives of motion capture, e.g. a folder of BVH.")]
ShardsFolder = Annotated[Path, typer.Argument(help="A folder of shards, made by `data prepare`.")]


def register(app: typer.Typer) -> None:
    """Add `data` with its sub-commands."""
    data = typer.Typer(help="Prepare motion capture for training.", no_args_is_help=True)
    data.command("prepare")(prepare)
    data.command("show")(show)
    data.command("caption")(caption)
    data.command("precision")(precision)
    app.add_typer(data, name="data")


def prepare(
    sources: Sources,
    out: Annotated[Path, typer.Option("--out", "-o", help="Folder for the shards.")],
    workers: Annotated[int, typer.Option(help="Processes that read; 0 is one a core.")] = 0,
) -> None:
    """Turn motion capture into shards of features; a killed run is resumed, a finished one is found again."""
    from training.data.preparing import prepare_sources

    console = Console(stderr=True)
    with _progress(console) as progress:
        task = progress.add_task("Reading recordings", total=None)
        shards, rejected = prepare_sources(
            sources,
            out,
            lambda done, total: progress.update(task, completed=done, total=total),
            workers or os.cpu_count() or 1,
        )
    for one in rejected:
        console.print(f"left out {one.name}: {one.reason}", highlight=False)
    hours = sum(row.frames for row in shards.rows) / _FRAMES_IN_HOUR
    print(f"{len(shards.rows)} clips, {hours:.2f} h, in {out}; {len(rejected)} left out")


def _progress(console: Console) -> Progress:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    return Progress(*columns, console=console)


def show(
    folder: ShardsFolder,
    out: Annotated[Path, typer.Option("--out", "-o", help="PNG with drawn samples.")] = Path("clips.png"),
    clips: Annotated[int, typer.Option(min=1, help="How many clips to draw.")] = 12,
) -> None:
    """Count clips, hours and words, show how long the clips are, and draw some as strips of stick figures."""
    from engine.motion import ms272
    from training.data.drawing import draw_strips
    from training.data.shards import open_shards

    shards = open_shards(folder)
    for split in SPLITS:
        rows = shards.of(split)
        print(f"{split}: {len(rows)} clips, {sum(row.frames for row in rows) / _FRAMES_IN_HOUR:.2f} h")
    console = Console()
    console.print(_lengths(shards))
    console.print(_words(shards))
    chosen = shards.rows[:: max(1, len(shards.rows) // clips)][:clips]
    draw_strips([(row.name, ms272.decode(shards.clip_features(row))) for row in chosen], out)
    print(out)


def _lengths(shards: Shards) -> Table:
    seconds = Counter(min(row.frames // 30, 12) for row in shards.rows)
    table = Table("seconds", "clips", "", title="Lengths", title_justify="left")
    for second in range(max(seconds) + 1):
        count = seconds[second]
        label = f"{second}–{second + 1}" if second < 12 else "12 and more"
        table.add_row(label, str(count), "█" * round(_BAR * count / max(seconds.values())))
    return table


def _words(shards: Shards) -> Table:
    from training.data.captions import captions, knows

    counts: Counter[str] = Counter()
    for row in shards.rows:
        known = captions(row.content, row.style, 8) if knows(row.content, row.style) else ()
        for sentence in row.captions or known:
            counts.update(word.strip(",.") for word in sentence.split())
    table = Table("word", "times", title=f"Words: {len(counts)} different", title_justify="left")
    for word, count in counts.most_common(_SHOWN_WORDS):
        table.add_row(word, str(count))
    return table


def precision(
    folder: ShardsFolder,
    split: Annotated[Split | None, typer.Option(help="Clips of one split; else all.")] = None,
) -> None:
    """How right the captioner is, row by row, on clips whose labels say the same thing or deny it."""
    from training.data.precision import PRECISE, precisions_of
    from training.data.shards import open_shards

    shards = open_shards(folder)
    rows = shards.of(split) if split else shards.rows
    console = Console(stderr=True)
    with _progress(console) as progress:
        task = progress.add_task("Looking at clips", total=len(rows))
        found = precisions_of(shards, rows, lambda done: progress.update(task, completed=done))
    table = Table("row", "precision", "seen in clips that say it", "seen in clips that deny it")
    for one in found:
        wrong = ", ".join(f"{count} × {label}" for label, count in one.wrong.items())
        share = f"{one.share:.1%}" if one.right or one.wrong else "–"
        table.add_row(one.row, share, f"{one.right} of {one.labeled}", wrong)
    Console(width=None if console.is_terminal else 160).print(table)
    measured = [one for one in found if one.right or one.wrong]
    reach = sum(one.share >= PRECISE for one in measured)
    print(f"{reach} of {len(measured)} rows reach {PRECISE:.0%}; {len(found) - len(measured)} are seen in no such clip")


def caption(
    sources: Sources,
    frames: Annotated[bool, typer.Option("--frames", help="What is seen, with its frames, not sentences.")] = False,
    write: Annotated[bool, typer.Option("--write", help="Put the sentences in a text file beside each clip.")] = False,
    count: Annotated[int, typer.Option(min=1, help="Sentences a clip.")] = 4,
) -> None:
    """Say what clips without text show, as seen in the motion itself; 30 frames a second."""
    import contextlib
    import tempfile

    from engine.errors import UserError
    from training.data.captioner import captions_of_motion
    from training.data.labels import observed_labels
    from training.data.readers.labels_beside import write_beside
    from training.data.readers.sources import opened, recordings

    for source in sources:
        if write and not source.is_dir():
            raise UserError(f"{source} is no folder; unpack it first, so that texts can lie beside its clips.")
        with opened(source, Path(tempfile.gettempdir())) as folder:
            for recording in recordings(folder):
                try:
                    clips = recording.load()
                except UserError as error:
                    Console(stderr=True).print(f"left out {recording.name}: {error}", highlight=False)
                    continue
                for clip in clips:
                    print(clip.name)
                    for label in observed_labels(clip.motion) if frames else ():
                        print(f"  {label.start}–{label.end} {label.text}")
                    sentences = () if frames else captions_of_motion(clip.motion, count)
                    for sentence in sentences:
                        print(f"  {sentence}")
                    for suffix in (".bvh", ".fbx") if write and sentences else ():
                        with contextlib.suppress(FileNotFoundError):
                            write_beside(folder / f"{clip.name}{suffix}", sentences)
