"""`motionwright bench`: how long motions take here, part by part, as a table, as JSON, and as a plot."""

from __future__ import annotations

import dataclasses
import json
import sys
from importlib.metadata import entry_points
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from engine.commands.options import JsonOption, ModelOption, ProviderOption, ThreadsOption
from engine.errors import UserError

if TYPE_CHECKING:
    from engine.benchmark.benchmark import Report, Rival

RIVALS_GROUP = "motionwright.bench"
"""Entry points of other rooms: functions of (bundle's folder, run's folder) that give (name, model) pairs."""


def bench(
    *,
    seconds: Annotated[
        list[float] | None, typer.Option(metavar="S", help="Length of the motions; may be given several times.")
    ] = None,
    repeats: Annotated[int, typer.Option(metavar="N", min=1, max=100, help="The shortest of N counts.")] = 5,
    run: Annotated[
        Path | None, typer.Option(metavar="RUN", help="The model's training run: adds PyTorch with the same weights.")
    ] = None,
    plot: Annotated[Path | None, typer.Option(metavar="OUT", help="Draw the rows to OUT.png.")] = None,
    model: ModelOption = None,
    provider: ProviderOption = "auto",
    threads: ThreadsOption = None,
    as_json: JsonOption = False,
) -> None:
    """Measure the engine, side by side with the paper's schedule and, given a run, with PyTorch."""
    from engine.benchmark.benchmark import measured
    from engine.bundle.bundle import DEFAULT_BUNDLE, Bundle

    lengths = seconds or [4.0, 10.0]
    if not all(0.2 <= length <= 120 for length in lengths):
        raise UserError("Each length must be from 0.2 to 120 seconds.")
    folder = model or DEFAULT_BUNDLE
    bundle = Bundle(folder, provider, threads)
    bundle.load_all()
    rivals = [] if run is None else _rivals(folder, run)
    report = measured(bundle, lengths, rivals, repeats, _said)
    if plot is not None:
        from engine.benchmark.plot import plot as draw

        draw(report, plot)
    if as_json:
        print(json.dumps(_as_json(report), ensure_ascii=False))
    else:
        _show(report)


def _rivals(folder: Path, run: Path) -> list[Rival]:
    from engine.benchmark.benchmark import Rival

    found = []
    for entry in sorted(entry_points(group=RIVALS_GROUP), key=lambda entry: entry.name):
        try:
            found += [Rival(name, model) for name, model in entry.load()(folder, run)]
        except ModuleNotFoundError as error:
            raise UserError(
                f'The run needs {error.name}, which is not here; pip install "motionwright[export]".'
            ) from error
    return found


def _said(name: str) -> None:
    if sys.stderr.isatty():
        print(f"\r\x1b[K{name} …", end="", file=sys.stderr, flush=True)


def _as_json(report: Report) -> dict[str, Any]:
    result = dataclasses.asdict(report)
    for row, written in zip(report.rows, result["rows"], strict=True):
        written["share_of_matmul"] = report.share_of_matmul(row)
    return result


def _show(report: Report) -> None:
    from rich.console import Console
    from rich.table import Table

    if sys.stderr.isatty():
        print("\r\x1b[K", end="", file=sys.stderr, flush=True)
    console = Console(width=max(100, Console().width))
    console.print(
        f"{report.model} on {report.provider}, {report.cores} cores; "
        f"a matrix product here reaches {report.matmul_gflops:.0f} GFLOP/s in float32, of which “share” is a part"
    )
    parts = sorted({part for row in report.rows for part in row.parts_s})
    for seconds in sorted({row.motion_s for row in report.rows}):
        table = Table(box=None, pad_edge=False)
        table.add_column(f"{seconds:g} s of motion", no_wrap=True)
        for title in ("seconds", *parts, "GFLOP", "share"):
            table.add_column(title, justify="right", no_wrap=True)
        for row in (row for row in report.rows if row.motion_s == seconds):
            share = report.share_of_matmul(row)
            table.add_row(
                row.name,
                f"{row.elapsed_s:.3f}",
                *(f"{row.parts_s.get(part, 0.0):.3f}" for part in parts),
                "" if row.operations is None else f"{row.operations / 1e9:.1f}",
                "" if share is None else f"{share:.0%}",
            )
        console.print(table)
    for ratio in report.ratios:
        mark = "holds" if ratio.holds else "does not hold"
        console.print(f"{ratio.name}, {ratio.motion_s:g} s: {ratio.value:.2f} ({ratio.promise}: {mark})")
