"""A report as tables of the terminal and as JSON."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from rich.console import Console
from rich.table import Table

from training.evaluation.intervals import Estimate, Share
from training.evaluation.obedience import Obedience
from training.evaluation.results import METRICS, Confusion, Report
from training.evaluation.suites.measuring import SuiteFindings

_ARROWS = {"lower": "↓", "higher": "↑", "real": "→"}


def print_report(report: Report, console: Console) -> None:
    """Metrics, one a line with real motion first, and obedience by kind of word."""
    console.print(metrics_table(report))
    console.print(obedience_table(report))
    console.print(actions_table(report))
    if report.suites is not None:
        console.print(suites_table(report.suites))


def metrics_table(report: Report) -> Table:
    table = Table(title=headline(report), title_justify="left", caption="95 % intervals; ↓ lower, ↑ higher, → as real")
    table.add_column("metric")
    for row in report.rows:
        table.add_column(row.title, justify="right")
    for name, metric in METRICS.items():
        cells = [str(row.estimates[name]) if name in row.estimates else "–" for row in report.rows]
        if any(name in row.estimates for row in report.rows):
            table.add_row(f"{metric.title} {_ARROWS[metric.better]}", *cells)
    return table


def obedience_table(report: Report) -> Table:
    table = Table(title="Obedience: predicates fulfilled", title_justify="left")
    for title in ("of", "real motion with such labels", report.model):
        table.add_column(title, justify="left" if title == "of" else "right")
    real, made = report.real_obedience, report.obedience
    table.add_row("all", str(real.overall), str(made.overall))
    for kind, share in made.by_kind.items():
        table.add_row(kind.replace("_", " "), _or_dash(real.by_kind.get(kind)), str(share))
    for suite, share in made.by_suite.items():
        table.add_row(f"{suite} wordings" if suite != "composed" else "composed prompts", "–", str(share))
    return table


def actions_table(report: Report) -> Table:
    table = Table(title="Obedience by action, in the words of captions", title_justify="left")
    for heading in ("action", "training clips", "real motion", report.model):
        table.add_column(heading, justify="left" if heading == "action" else "right")
    for one in report.actions:
        table.add_row(one.content, str(one.clips), str(one.real), str(one.made))
    return table


def suites_table(suites: SuiteFindings) -> Table:
    table = Table(title="Suites", title_justify="left", show_header=False)
    for title, found in suite_lines(suites):
        table.add_row(title, found)
    return table


def suite_lines(suites: SuiteFindings) -> list[tuple[str, str]]:
    """What each suite found, in words."""
    lines = [
        ("scripts of three prompts, every third obeyed", str(suites.scripts)),
        ("thirds of scripts that do what their sentence says", str(suites.thirds)),
        ("seams that nobody sees", str(suites.seams)),
        ("unusual prompts without a fault", f"{suites.unusual}, fastest joint {suites.fastest_m_s:.1f} m/s"),
    ]
    if suites.variety is None:
        return lines
    made, real = suites.variety.made, suites.variety.real
    nearest = f"{made.median_cm:.1f} ({made.smallest_cm:.1f}) cm"
    nearest_real = f"{real.median_cm:.1f} ({real.smallest_cm:.1f}) cm"
    return [
        *lines,
        ("eight variations apart, against real clips with that label", f"{100 * suites.variety.spread_ratio:.0f} %"),
        ("nearest training clip, median (smallest)", f"{nearest}; of held-out clips {nearest_real}"),
    ]


def headline(report: Report) -> str:
    return (
        f"{report.model} ({report.sampling}) on {report.protocol}, {report.split} split: "
        f"{report.repeats} repeat{'s' * (report.repeats > 1)} of {report.prompts} prompts "
        f"({report.distinct_captions} distinct captions), pools of {report.pool}"
    )


def to_json(report: Report) -> dict[str, Any]:
    """Everything but the motions."""
    return {
        "model": report.model,
        "license": report.license,
        "sampling": report.sampling,
        "protocol": report.protocol,
        "split": report.split,
        "evaluator": report.evaluator,
        "repeats": report.repeats,
        "prompts": report.prompts,
        "pool": report.pool,
        "distinct_captions": report.distinct_captions,
        "seconds": round(report.seconds, 1),
        "rows": [{"title": row.title, **_estimates(row.estimates)} for row in report.rows],
        "real_obedience": _obedience(report.real_obedience),
        "obedience": _obedience(report.obedience),
        "actions": [
            {"content": one.content, "clips": one.clips, "real": _share(one.real), "made": _share(one.made)}
            for one in report.actions
        ],
        "suites": None if report.suites is None else _suites(report.suites),
        "real_confusion": _confusion(report.real_confusion),
        "confusion": _confusion(report.confusion),
        "curves": {
            curve.setting: [{"value": point.value, **_estimates(point.row.estimates)} for point in curve.points]
            for curve in report.curves
        },
        "best": [{"caption": one.caption, "cosine": one.score, "rank": one.rank} for one in report.best],
        "worst": [{"caption": one.caption, "cosine": one.score, "rank": one.rank} for one in report.worst],
    }


def json_text(report: Report) -> str:
    return json.dumps(to_json(report), indent=1, ensure_ascii=False, allow_nan=False) + "\n"


def _estimates(estimates: Mapping[str, Estimate]) -> dict[str, Any]:
    return {name: {"mean": _finite(one.mean), "half_width": _finite(one.half_width)} for name, one in estimates.items()}


def _obedience(obedience: Obedience) -> dict[str, Any]:
    return {
        "overall": _share(obedience.overall),
        "by_kind": {key: _share(one) for key, one in obedience.by_kind.items()},
        "by_suite": {key: _share(one) for key, one in obedience.by_suite.items()},
        "by_prompt": {key: _share(one) for key, one in obedience.by_prompt.items()},
    }


def _suites(suites: SuiteFindings) -> dict[str, Any]:
    return {
        **{name: _share(getattr(suites, name)) for name in ("scripts", "thirds", "seams", "unusual")},
        "fastest_m_s": _finite(suites.fastest_m_s),
        "variety": None if suites.variety is None else asdict(suites.variety),
    }


def _share(share: Share) -> dict[str, float]:
    return {"count": share.count, "total": share.total, "low": share.low, "high": share.high}


def _confusion(confusion: Confusion) -> dict[str, Any]:
    return {"contents": list(confusion.contents), "counts": [list(row) for row in confusion.counts]}


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None


def _or_dash(share: Share | None) -> str:
    return "–" if share is None else str(share)
