"""What the commands of this room share: arguments, what their values stand for, progress bars."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

if TYPE_CHECKING:
    from training.data.clip import Split
    from training.evaluation.config import Protocol
    from training.evaluation.evaluator import Evaluator

_CONFIGS = Path(__file__).parent.parent / "configs"

Data = Annotated[Path, typer.Option(metavar="DIR", help="A folder of shards, from `motionwright data prepare`.")]
EvaluatorOption = Annotated[
    Path | None, typer.Option(metavar="PATH", help="Your own, or a published one; without it the project's.")
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON object on stdout, for programs.")]


def found_config(config: Path) -> Path:
    """The file itself, or the one of that name that the package carries."""
    own = _CONFIGS / f"{config}.toml"
    return own if not config.exists() and own.is_file() else config


def protocol_of(name: str) -> Protocol:
    """UserError for a name that is none."""
    from engine.errors import UserError
    from training.evaluation.representations import REPRESENTATIONS

    for protocol in REPRESENTATIONS:
        if protocol == name:
            return protocol
    raise UserError(f"There is no protocol “{name[:80]}”; choose {', '.join(REPRESENTATIONS)}.")


def split_of_name(name: str) -> Split:
    """UserError for a split that nothing is measured on."""
    from engine.errors import UserError

    for split in ("test", "validation"):
        if split == name:
            return split
    raise UserError(f"Nothing is measured on the split “{name[:80]}”; choose test or validation.")


def evaluator_for(protocol: Protocol, path: Path | None) -> Evaluator:
    """The evaluator at a path, or the project's own; UserError for one of another protocol."""
    from engine.errors import UserError
    from training.evaluation.evaluator import load_evaluator, own_evaluator
    from training.evaluation.published import is_published, open_published

    if path is None:
        return own_evaluator(protocol)
    evaluator = open_published(path) if is_published(path) else load_evaluator(path)
    if evaluator.protocol != protocol:
        raise UserError(f"{path} is an evaluator for {evaluator.protocol}; add --protocol {evaluator.protocol}.")
    return evaluator


def progress_bars() -> Progress:
    """On stderr."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    return Progress(*columns, console=Console(stderr=True))


def shown(progress: Progress) -> Callable[[str, int, int], None]:
    """One bar for each thing that is measured, taken away when it is done."""
    tasks: dict[str, TaskID] = {}

    def on_progress(what: str, done: int, total: int) -> None:
        if what not in tasks:
            tasks[what] = progress.add_task(what, total=total)
        progress.update(tasks[what], completed=done, visible=done < total)

    return on_progress
