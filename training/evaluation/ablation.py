"""Ablations: variants of one generator, each trained at the same small budget, measured alike, in one table.

A variant is a name and what it changes in the base configuration. Trainings and measurements go on where they were.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from pydantic import Field, ValidationError
from rich.table import Table

from engine.errors import UserError
from training.config import Config, GeneratorTraining
from training.data.shards import Shards
from training.evaluation.evaluation import Evaluation, Plan
from training.evaluation.evaluator import Evaluator
from training.evaluation.measuring import Progress
from training.evaluation.results import METRICS, Row
from training.evaluation.subjects import open_subject
from training.trainers.generator import train_generator


class AblationConfig(Config):
    """base: a configuration of a generator, beside this file or by its path. steps: of each training.

    variants: name → what is changed, as tables of the base's own keys. The intervals are over the repeats of the
    evaluation; each variant is trained once, from the base's seed.
    """

    base: Path
    steps: int = Field(gt=0)
    repeats: int = Field(default=3, gt=0)
    prompts: int = Field(default=200, ge=8)
    variants: dict[str, dict[str, Any]] = Field(min_length=1)

    def settings(self, folder: Path) -> dict[str, GeneratorTraining]:
        """The whole configuration of each variant; UserError for one that doesn't fit. folder: of this file."""
        base = GeneratorTraining.read(folder / self.base).model_dump()
        result = {}
        for name, change in self.variants.items():
            if not name.replace("-", "").isalnum():
                raise UserError(f"“{name[:80]}” can't name a variant; use letters, digits and hyphens.")
            merged = _merged(_merged(base, {"schedule": {"steps": self.steps}}), change)
            try:
                result[name] = GeneratorTraining.model_validate(merged)
            except ValidationError as error:
                first = error.errors()[0]
                raise UserError(f"variant {name}: {'.'.join(map(str, first['loc']))}: {first['msg']}.") from error
        return result


def run_ablation(
    variants: Mapping[str, GeneratorTraining],
    config: AblationConfig,
    shards: Shards,
    evaluator: Evaluator,
    folder: Path,
    on_step: Callable[[str, int, Mapping[str, float]], None] = lambda *_: None,
    progress: Progress = lambda *_: None,
) -> list[Row]:
    """Real motion's row, then one for each variant; runs and measurements lie in `folder`."""
    plan = Plan(protocol="ms-272", repeats=config.repeats, prompts=config.prompts, curve_prompts=0)
    rows: list[Row] = []
    for name, settings in variants.items():
        run = folder / name
        settings.open_run(run)
        train_generator(settings, shards, run, on_step=lambda step, row, name=name: on_step(name, step, row))
        report = Evaluation(open_subject(run), shards, evaluator, plan, folder / "measurements", progress).report()
        rows = rows or [report.rows[0]]
        rows.append(Row(name, report.rows[-1].estimates))
    return rows


def ablation_table(rows: list[Row], title: str) -> Table:
    """A line for each variant, real motion first, a column for each metric."""
    names = [name for name in METRICS if any(name in row.estimates for row in rows)]
    table = Table(title=title, title_justify="left", caption="95 % intervals over repeats of the evaluation")
    table.add_column("variant")
    for name in names:
        table.add_column(METRICS[name].title, justify="right")
    for row in rows:
        table.add_row(row.title, *(str(row.estimates[name]) if name in row.estimates else "–" for name in names))
    return table


def ablation_json(rows: list[Row]) -> str:
    """The same as JSON."""
    found = [
        {"variant": row.title, **{name: [one.mean, one.half_width] for name, one in row.estimates.items()}}
        for row in rows
    ]
    return json.dumps(found, indent=1, ensure_ascii=False) + "\n"


def _merged(base: Mapping[str, Any], change: Mapping[str, Any]) -> dict[str, Any]:
    """`base` with the values of `change`, tables within tables."""
    return {
        **base,
        **{
            key: _merged(base[key], value)
            if isinstance(value, Mapping) and isinstance(base.get(key), Mapping)
            else value
            for key, value in change.items()
        },
    }
