"""`motionwright ablation`: run one, or show what one has found so far."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from training.evaluation import command_parts as parts

ConfigFile = Annotated[
    Path, typer.Argument(metavar="CONFIG", help="A TOML file of variants; or the name of one that the package carries.")
]
Out = Annotated[Path, typer.Option("--out", "-o", metavar="DIR", help="Where runs and figures go.")]


def register(app: typer.Typer) -> None:
    """Add the group to the application."""
    group = typer.Typer(help="Train variants of a generator alike and compare them.", no_args_is_help=True)
    group.command("run")(run)
    group.command("table")(table)
    app.add_typer(group, name="ablation")


def run(config: ConfigFile, data: parts.Data, out: Out, evaluator: parts.EvaluatorOption = None) -> None:
    """Train and measure all variants; a killed run goes on where it was. By the validation split, to choose by."""
    from training.data.shards import open_shards
    from training.evaluation.ablations.config import AblationConfig
    from training.evaluation.ablations.findings import lines
    from training.evaluation.ablations.running import Ablation
    from training.evaluation.ablations.tables import ablation_tables

    path = parts.found_config(config)
    settings = AblationConfig.read(path)
    variants = settings.resolved(path.parent)
    shards, judge = open_shards(data), parts.evaluator_for("ms-272", evaluator)
    out.mkdir(parents=True, exist_ok=True)
    with parts.progress_bars() as progress:
        shown = parts.shown(progress)
        ablation = Ablation(
            settings,
            variants,
            shards,
            judge,
            out,
            on_step=lambda name, step, _: shown(f"Training {name}", step, settings.steps),
            progress=shown,
        )
        found = ablation.run()
    for one in ablation_tables(lines(found), path.stem):
        Console().print(one)


def table(
    out: Annotated[Path, typer.Argument(metavar="DIR", help="The folder of an ablation, finished or not.")],
    as_markdown: Annotated[bool, typer.Option("--markdown", help="Print tables for a Markdown file.")] = False,
    as_json: parts.JsonOption = False,
) -> None:
    """Show what an ablation has found so far."""
    from training.evaluation.ablations.findings import findings, lines
    from training.evaluation.ablations.tables import ablation_json, ablation_tables, markdown

    found = lines(findings(out))
    if as_json:
        print(ablation_json(found), end="")
    elif as_markdown:
        print(markdown(found))
    else:
        for one in ablation_tables(found, out.name):
            Console().print(one)
