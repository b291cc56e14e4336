"""An ablation on the terminal, as Markdown and as JSON."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping, Sequence

from rich.table import Table

from training.evaluation.ablations.findings import Line
from training.evaluation.intervals import Estimate
from training.evaluation.results import METRICS

_ARROWS = {"lower": "↓", "higher": "↑", "real": "→"}
_NOTE = "95 % intervals over seeds of training, or over repeats of measuring where there is one seed"


def ablation_tables(lines: Sequence[Line], title: str) -> list[Table]:
    """A line for each variant, real motion first, and one for how each differs from the first variant."""
    values = _table(lines, f"{title}: values", lambda line: line.estimates)
    others = [line for line in lines if line.difference is not None]
    first = lines[1].title
    difference = _table(others, f"{title}: difference to {first}, seed by seed", lambda line: line.difference or {})
    return [values, difference] if others else [values]


def markdown(lines: Sequence[Line]) -> str:
    """The same as tables of a Markdown file."""
    others = [line for line in lines if line.difference is not None]
    parts = [_markdown_table(lines, lambda line: line.estimates)]
    if others:
        parts.append(f"Difference to {lines[1].title}, seed by seed:\n")
        parts.append(_markdown_table(others, lambda line: line.difference or {}))
    return "\n".join([*parts, f"{_NOTE}."])


def ablation_json(lines: Sequence[Line]) -> str:
    """The same as JSON; an interval that is not known is null."""
    rows = [
        {
            "variant": line.title,
            "seeds": line.seeds,
            "values": _plain(line.estimates),
            "difference": None if line.difference is None else _plain(line.difference),
        }
        for line in lines
    ]
    return json.dumps(rows, indent=1, ensure_ascii=False, allow_nan=False) + "\n"


def _title(name: str) -> str:
    metric = METRICS.get(name)
    if metric is None:
        return f"{name.replace('suite_', 'obeys: ').replace('suite', 'obeys').replace('_', ' ')} ↑"
    return f"{metric.title} {_ARROWS[metric.better]}"


def _names(lines: Sequence[Line]) -> list[str]:
    found = dict.fromkeys(name for line in lines for name in line.estimates)
    return [*(name for name in METRICS if name in found), *(name for name in found if name not in METRICS)]


def _table(lines: Sequence[Line], title: str, values: Callable[[Line], Mapping[str, Estimate]]) -> Table:
    table = Table(title=title, title_justify="left", caption=_NOTE, caption_justify="left")
    table.add_column("metric")
    for line in lines:
        table.add_column(f"{line.title} ({line.seeds})", justify="right")
    for name in _names(lines):
        table.add_row(_title(name), *(_cell(values(line), name) for line in lines))
    return table


def _markdown_table(lines: Sequence[Line], values: Callable[[Line], Mapping[str, Estimate]]) -> str:
    rows = [["metric", *(f"{line.title} ({line.seeds})" for line in lines)], ["---"] * (len(lines) + 1)]
    rows += [[_title(name), *(_cell(values(line), name) for line in lines)] for name in _names(lines)]
    return "".join(f"| {' | '.join(row)} |\n" for row in rows)


def _cell(estimates: Mapping[str, Estimate], name: str) -> str:
    return str(estimates[name]) if name in estimates else "–"


def _plain(estimates: Mapping[str, Estimate]) -> dict[str, list[float | None]]:
    return {name: [_finite(one.mean), _finite(one.half_width)] for name, one in estimates.items()}


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None
