"""`motionwright evaluate`, `motionwright train evaluator` and `motionwright study`."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

if TYPE_CHECKING:
    from training.evaluation.config import Protocol
    from training.evaluation.evaluator import Evaluator

_CONFIGS = Path(__file__).parent.parent / "configs"

Model = Annotated[Path, typer.Argument(metavar="MODEL", help="The folder of a bundle, or of a generator's run.")]
Data = Annotated[Path, typer.Option(metavar="DIR", help="A folder of shards, from `motionwright data prepare`.")]
JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON object on stdout, for programs.")]


def register(app: typer.Typer, training: typer.Typer) -> None:
    """Add the commands to the application and to its group `train`."""
    app.command()(evaluate)
    app.command()(ablation)
    training.command("evaluator")(train_evaluator_command)
    study = typer.Typer(help="Compare two models by what people prefer.", no_args_is_help=True)
    study.command("build")(study_build)
    study.command("report")(study_report)
    app.add_typer(study, name="study")


def evaluate(
    model: Model,
    data: Data,
    protocol: Annotated[str, typer.Option(help="ms-272, tmr-263 or mardm-67.")] = "ms-272",
    evaluator: Annotated[
        Path | None, typer.Option(metavar="PATH", help="Your own, or a published one; without it the project's.")
    ] = None,
    repeats: Annotated[int, typer.Option(min=1, max=1000, help="Repeats of everything, for the intervals.")] = 20,
    prompts: Annotated[int, typer.Option(min=8, max=100_000, help="Prompts of each repeat.")] = 500,
    preset: Annotated[str, typer.Option(help="The preset to sample with.")] = "standard",
    guidance: Annotated[float | None, typer.Option(help="Guidance, instead of the model's.")] = None,
    flow_steps: Annotated[int | None, typer.Option(help="Flow steps, instead of the preset's.")] = None,
    curve_prompts: Annotated[int, typer.Option(min=0, help="Prompts at each point of the curves; 0: no curves.")] = 100,
    out: Annotated[Path | None, typer.Option("--out", "-o", metavar="DIR", help="Where report and figures go.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Measure a model on held-out motion, beside real motion; a killed evaluation goes on where it was."""
    from engine.files import written_whole
    from training.data.shards import open_shards
    from training.evaluation.evaluation import Evaluation, Plan
    from training.evaluation.report import html
    from training.evaluation.subjects import Sampling, open_subject
    from training.evaluation.tables import json_text, print_report

    chosen = _protocol(protocol)
    sampling = Sampling(preset, guidance, flow_steps)
    plan = Plan(protocol=chosen, repeats=repeats, prompts=prompts, sampling=sampling, curve_prompts=curve_prompts)
    subject, shards, judge = open_subject(model), open_shards(data), _evaluator(chosen, evaluator)
    folder = out or Path("evaluations") / model.resolve().name
    folder.mkdir(parents=True, exist_ok=True)
    with _progress() as progress:
        report = Evaluation(subject, shards, judge, plan, folder / "measurements", _shown(progress)).report()
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

    settings = EvaluatorTraining.read(_found(config))
    shards = open_shards(settings.data.shards)
    settings.open_run(out)
    with _progress() as progress:
        task = progress.add_task("Training", total=settings.schedule.steps)
        train_evaluator(
            settings,
            shards,
            out,
            on_step=lambda step, row: progress.update(
                task, completed=step, description=f"Training, loss {row['loss']:.4f}"
            ),
        )


def ablation(
    config: Annotated[
        Path, typer.Argument(help="A TOML file of variants; or the name of one that the package carries.")
    ],
    data: Data,
    out: Annotated[Path, typer.Option("--out", "-o", metavar="DIR", help="Where runs and figures go.")],
    evaluator: Annotated[
        Path | None, typer.Option(metavar="PATH", help="Your own, or a published one; without it the project's.")
    ] = None,
) -> None:
    """Train variants of a generator at one small budget and measure them in one table."""
    from engine.files import written_whole
    from training.data.shards import open_shards
    from training.evaluation.ablation import AblationConfig, ablation_json, ablation_table, run_ablation

    path = _found(config)
    settings = AblationConfig.read(path)
    variants = settings.settings(path.parent)
    shards, judge = open_shards(data), _evaluator("ms-272", evaluator)
    out.mkdir(parents=True, exist_ok=True)
    with _progress() as progress:
        shown = _shown(progress)
        rows = run_ablation(
            variants,
            settings,
            shards,
            judge,
            out,
            on_step=lambda name, step, _: shown(f"Training {name}", step, settings.steps),
            progress=shown,
        )
    with written_whole(out / "ablation.json") as temporary:
        temporary.write_text(ablation_json(rows), encoding="utf-8")
    Console().print(ablation_table(rows, f"{path.stem}: {settings.steps} steps each"))


def study_build(
    first: Annotated[Path, typer.Argument(metavar="A", help="The folder of a bundle, or of a generator's run.")],
    second: Annotated[Path, typer.Argument(metavar="B", help="The folder of the other.")],
    prompts: Annotated[Path, typer.Option(metavar="FILE", help="A text file with a prompt on each line.")],
    out: Annotated[Path, typer.Option("--out", "-o", metavar="DIR", help="Where the page and its key go.")],
    seed: Annotated[int, typer.Option(min=0, help="Of motions, order and sides.")] = 0,
) -> None:
    """Make a page that shows pairs of motions blind and in random order, and the key to it."""
    from training.evaluation.study import build_study, read_prompts
    from training.evaluation.subjects import Sampling, open_subject

    wanted = read_prompts(prompts)
    subjects = open_subject(first), open_subject(second)
    with _progress() as progress:
        task = progress.add_task("Generating pairs", total=len(wanted))
        build_study(subjects, wanted, out, seed, Sampling(), lambda done: progress.update(task, completed=done))
    print(f"{out / 'index.html'} is what to show; keep {out / 'key.json'} to yourself")


def study_report(
    study: Annotated[Path, typer.Argument(metavar="DIR", help="The folder of the study.")],
    choices: Annotated[list[Path], typer.Argument(metavar="CHOICES...", help="The files that people saved.")],
    as_json: JsonOption = False,
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


def _found(config: Path) -> Path:
    own = _CONFIGS / f"{config.name}.toml"
    return own if not config.exists() and own.is_file() else config


def _protocol(name: str) -> Protocol:
    from engine.errors import UserError
    from training.evaluation.representations import REPRESENTATIONS

    for protocol in REPRESENTATIONS:
        if protocol == name:
            return protocol
    raise UserError(f"There is no protocol “{name[:80]}”; choose {', '.join(REPRESENTATIONS)}.")


def _evaluator(protocol: Protocol, path: Path | None) -> Evaluator:
    from engine.errors import UserError
    from training.evaluation.evaluator import load_evaluator, own_evaluator
    from training.evaluation.published import PublishedEvaluator, is_published

    if path is None:
        return own_evaluator(protocol)
    evaluator = PublishedEvaluator(path) if is_published(path) else load_evaluator(path)
    if evaluator.protocol != protocol:
        raise UserError(f"{path} is an evaluator for {evaluator.protocol}; add --protocol {evaluator.protocol}.")
    return evaluator


def _progress() -> Progress:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    return Progress(*columns, console=Console(stderr=True))


def _shown(progress: Progress) -> Callable[[str, int, int], None]:
    """One bar for each thing that is measured, taken away when it is done."""
    tasks: dict[str, TaskID] = {}

    def on_progress(what: str, done: int, total: int) -> None:
        if what not in tasks:
            tasks[what] = progress.add_task(what, total=total)
        progress.update(tasks[what], completed=done, visible=done < total)

    return on_progress
