"""`motionwright evaluate`, `motionwright train evaluator` and `motionwright study`; ablations have their own file."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from training.evaluation import command_parts as parts
from training.evaluation.ablations.commands import register as register_ablations

Model = Annotated[Path, typer.Argument(metavar="MODEL", help="The folder of a bundle, or of a generator's run.")]


def register(app: typer.Typer, training: typer.Typer) -> None:
    """Add the commands to the application and to its group `train`."""
    app.command()(evaluate)
    register_ablations(app)
    training.command("evaluator")(train_evaluator_command)
    study = typer.Typer(help="Compare two models by what people prefer.", no_args_is_help=True)
    study.command("build")(study_build)
    study.command("report")(study_report)
    app.add_typer(study, name="study")


def evaluate(
    model: Model,
    data: parts.Data,
    protocol: Annotated[str, typer.Option(help="ms-272, tmr-263 or mardm-67.")] = "ms-272",
    evaluator: parts.EvaluatorOption = None,
    split: Annotated[str, typer.Option(help="test; or validation, to choose by.")] = "test",
    repeats: Annotated[int, typer.Option(min=1, max=1000, help="Repeats of everything, for the intervals.")] = 20,
    prompts: Annotated[int, typer.Option(min=8, max=100_000, help="Prompts of each repeat.")] = 500,
    preset: Annotated[str, typer.Option(help="The preset to sample with.")] = "standard",
    guidance: Annotated[float | None, typer.Option(help="Guidance, instead of the model's.")] = None,
    flow_steps: Annotated[int | None, typer.Option(help="Flow steps, instead of the preset's.")] = None,
    curve_prompts: Annotated[int, typer.Option(min=0, help="Prompts at each point of the curves; 0: no curves.")] = 100,
    suites: Annotated[bool, typer.Option(help="Scripts, unusual prompts and variety, too.")] = True,
    out: Annotated[Path | None, typer.Option("--out", "-o", metavar="DIR", help="Where report and figures go.")] = None,
    as_json: parts.JsonOption = False,
) -> None:
    """Measure a model on held-out motion, beside real motion; a killed evaluation goes on where it was."""
    from engine.files import written_whole
    from training.data.shards import open_shards
    from training.evaluation.evaluation import Evaluation, Plan
    from training.evaluation.report import html
    from training.evaluation.sampling import sampling_options
    from training.evaluation.subjects import open_subject
    from training.evaluation.tables import json_text, print_report

    chosen = parts.protocol_of(protocol)
    plan = Plan(
        protocol=chosen,
        split=parts.split_of_name(split),
        repeats=repeats,
        prompts=prompts,
        sampling=sampling_options({"preset": preset, "guidance": guidance, "flow_steps": flow_steps}),
        curve_prompts=curve_prompts,
        suites=suites,
    )
    subject, shards, judge = open_subject(model), open_shards(data), parts.evaluator_for(chosen, evaluator)
    folder = out or Path("evaluations") / model.resolve().name
    folder.mkdir(parents=True, exist_ok=True)
    with parts.progress_bars() as progress:
        report = Evaluation(subject, shards, judge, plan, folder / "measurements", parts.shown(progress)).report()
    for name, text in (("report.json", json_text(report)), ("report.html", html(report))):
        with written_whole(folder / name) as temporary:
            temporary.write_text(text, encoding="utf-8")
    if as_json:
        print(json_text(report), end="")
    else:
        print_report(report, Console())
        print(folder / "report.html")


def train_evaluator_command(
    config: Annotated[Path, typer.Argument(help="A TOML file; or the name of one that the package carries.")],
    out: Annotated[Path, typer.Option("--out", "-o", help="Folder of the run: config, log, checkpoints, weights.")],
) -> None:
    """Train an evaluator on prepared shards, from its last checkpoint where there is one."""
    from training.data.shards import open_shards
    from training.evaluation.config import EvaluatorTraining
    from training.trainers.evaluator import train_evaluator

    settings = EvaluatorTraining.read(parts.found_config(config))
    shards = open_shards(settings.data.shards)
    settings.open_run(out)
    with parts.progress_bars() as progress:
        task = progress.add_task("Training", total=settings.schedule.steps)
        train_evaluator(
            settings,
            shards,
            out,
            on_step=lambda step, row: progress.update(
                task, completed=step, description=f"Training, loss {row['loss']:.4f}"
            ),
        )


def study_build(
    first: Annotated[Path, typer.Argument(metavar="A", help="The folder of a bundle, or of a generator's run.")],
    second: Annotated[Path, typer.Argument(metavar="B", help="The folder of the other.")],
    prompts: Annotated[Path, typer.Option(metavar="FILE", help="A text file with a prompt on each line.")],
    out: Annotated[Path, typer.Option("--out", "-o", metavar="DIR", help="Where the page and its key go.")],
    seed: Annotated[int, typer.Option(min=0, help="Of motions, order and sides.")] = 0,
) -> None:
    """Make a page that shows pairs of motions blind and in random order, and the key to it."""
    from training.evaluation.sampling import sampling_options
    from training.evaluation.study import build_study, read_prompts
    from training.evaluation.subjects import open_subject

    wanted = read_prompts(prompts)
    subjects = open_subject(first), open_subject(second)
    with parts.progress_bars() as progress:
        task = progress.add_task("Generating pairs", total=len(wanted))
        build_study(
            subjects, wanted, out, seed, sampling_options({}), lambda done: progress.update(task, completed=done)
        )
    print(f"{out / 'index.html'} is what to show; keep {out / 'key.json'} to yourself")


def study_report(
    study: Annotated[Path, typer.Argument(metavar="DIR", help="The folder of the study.")],
    choices: Annotated[list[Path], typer.Argument(metavar="CHOICES...", help="The files that people saved.")],
    as_json: parts.JsonOption = False,
) -> None:
    """Count what people chose, with binomial 95 % intervals."""
    from training.evaluation.study import preferences, read_key

    key = read_key(study)
    found = preferences(key, choices)
    if as_json:
        rows = [
            {"question": one.question, "counts": one.counts, "undecided": one.undecided, "chance": one.chance}
            | ({} if one.first is None else {"low": one.first.low, "high": one.first.high})
            for one in found
        ]
        print(json.dumps({"models": key.models, "people": len(choices), "preferences": rows}, ensure_ascii=False))
        return
    print(f"{len(choices)} people, {len(key.pairs)} pairs: {key.models[0]} (A) against {key.models[1]} (B)")
    for one in found:
        preferred = "nobody decided" if one.first is None else f"A preferred in {one.first}, chance {one.chance:.2g}"
        print(f"{one.question} {preferred}; {one.undecided} undecided")
