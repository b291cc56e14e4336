"""The report as one HTML file that needs nothing else."""

from __future__ import annotations

import math
from collections.abc import Sequence
from html import escape

from training.evaluation.charts import confusion_table, line_chart, share_bars
from training.evaluation.intervals import Estimate, Share
from training.evaluation.pages import page
from training.evaluation.results import METRICS, Report, Shown
from training.evaluation.stick_figures import PLAYER, figure, motion_data
from training.evaluation.suites.measuring import Variety
from training.evaluation.tables import headline, suite_lines

_ARROWS = {"lower": "↓", "higher": "↑", "real": "→"}
_CURVES = ("fid", "r_precision_1", "obedience", "foot_skate_cm_s", "jerk_m_s3")
_MAP_STYLE = """<style>
.map th, .map td { padding: .1rem .35rem; font-size: .75rem; text-align: center; }
.map th:first-child { text-align: right; }
.map .slant { height: 9.5rem; vertical-align: bottom; } .map .slant span { writing-mode: vertical-rl; rotate: 180deg; }
.charts { display: flex; flex-wrap: wrap; gap: 1.2rem; } .hard td { white-space: normal; }
</style>"""


def html(report: Report) -> str:
    """The whole page."""
    parts = [
        _MAP_STYLE,
        f"<h1>{escape(report.model)}</h1><p class='soft'>{escape(headline(report))}. Evaluator: "
        f"{escape(report.evaluator)}. Licence of the model: {escape(report.license)}.</p>",
        _metrics(report),
        _obedience(report),
        _actions(report),
        _suites(report),
        _curves(report),
        _confusion(report),
        _shown("Best by the evaluator", "best", report.best),
        _shown("Worst by the evaluator", "worst", report.worst),
        motion_data(
            {f"{kind}-{i}": one.motion for kind in ("best", "worst") for i, one in enumerate(getattr(report, kind))}
        ),
        PLAYER,
    ]
    return page(f"{report.model}, measured", "\n".join(parts))


def _metrics(report: Report) -> str:
    head = "".join(f"<th>{escape(row.title)}</th>" for row in report.rows)
    lines = []
    for name, metric in METRICS.items():
        if any(name in row.estimates for row in report.rows):
            cells = [_estimate(row.estimates.get(name), row is report.rows[-1]) for row in report.rows]
            lines.append(f"<tr><td>{escape(metric.title)} {_ARROWS[metric.better]}</td>{''.join(cells)}</tr>")
    return (
        "<h2>Metrics</h2><div class='wide'><table><thead><tr><th>metric</th>"
        f"{head}</tr></thead><tbody>{''.join(lines)}</tbody>"
        f"<caption>95 % intervals over {report.repeats} repeats of {report.prompts} prompts; ↓ the lower the better, ↑ "
        "the higher, → the nearer to real motion. Real motion stands first: the same clips, cut anew, and other clips "
        "that no model was trained on either.</caption></table></div>"
    )


def _estimate(one: Estimate | None, is_model: bool) -> str:
    if one is None:
        return "<td>–</td>"
    spread = f"±{one.half_width:.3f}" if math.isfinite(one.half_width) else "±?"
    return f"<td{' class=model' if is_model else ''}>{one.mean:.3f} <span class='interval'>{spread}</span></td>"


def _obedience(report: Report) -> str:
    made = report.obedience
    hard = sorted(made.by_prompt.items(), key=lambda pair: pair[1].value)[:8]
    rows = "".join(f"<tr><td>{escape(prompt)}</td><td>{share}</td></tr>" for prompt, share in hard)
    bars = {"all": made.overall, **made.by_kind, **{f"{name} prompts": one for name, one in made.by_suite.items()}}
    real: dict[str, Share] = {"all": report.real_obedience.overall, **report.real_obedience.by_kind}
    return (
        "<h2>Obedience</h2><p class='soft'>Each prompt states something that can be measured on the body: which side, "
        "which way, how fast. The bar is the share of statements that hold, the thin line its 95 % interval, the tick "
        f"real motion whose labels state the same.</p>{share_bars(bars, real)}"
        f"<h3>Least obeyed prompts</h3><table class='hard'><tbody>{rows}</tbody></table>"
    )


def _actions(report: Report) -> str:
    rows = "".join(
        f"<tr><td>{escape(one.content)}</td><td>{one.clips}</td><td>{_bounded(one.real)}</td>"
        f"<td class='model'>{_bounded(one.made)}</td></tr>"
        for one in report.actions
    )
    return (
        "<h2>Obedience by action</h2><p class='soft'>Held-out captions, and what their labels state; the rarest action "
        "first.</p><div class='wide'><table><thead><tr><th>action</th><th>training clips</th><th>real motion</th>"
        f"<th>{escape(report.model)}</th></tr></thead><tbody>{rows}</tbody></table></div>"
    )


def _suites(report: Report) -> str:
    if report.suites is None:
        return ""
    rows = "".join(
        f"<tr><td>{escape(title)}</td><td>{escape(found)}</td></tr>" for title, found in suite_lines(report.suites)
    )
    variety = "" if report.suites.variety is None else _spreads(report.suites.variety, report.model)
    table = f"<div class='wide'><table><tbody>{rows}</tbody></table></div>"
    return f"<h2>Scripts, unusual prompts, variety</h2>{table}{variety}"


def _spreads(variety: Variety, model: str) -> str:
    rows = "".join(
        f"<tr><td>{escape(one.caption)}</td><td class='model'>{one.made_cm:.1f}</td><td>{one.real_cm:.1f}</td></tr>"
        for one in variety.spreads
    )
    return (
        "<h3>How far motions of one prompt are apart, in cm</h3><div class='wide'><table><thead><tr><th>prompt</th>"
        f"<th>{escape(model)}</th><th>real clips</th></tr></thead><tbody>{rows}</tbody></table></div>"
    )


def _bounded(share: Share) -> str:
    interval = f"<span class='interval'>{share.low:.2f}–{share.high:.2f}</span>"
    return f"{share.count} of {share.total} {interval}"


def _curves(report: Report) -> str:
    if not report.curves:
        return ""
    rows = []
    for curve in report.curves:
        charts = [
            line_chart(
                METRICS[name].title,
                curve.setting,
                [(point.value, point.row.estimates[name].mean) for point in curve.points],
            )
            for name in _CURVES
            if all(name in point.row.estimates for point in curve.points)
        ]
        rows.append(f"<h3>Over {escape(curve.setting)}</h3><div class='charts'>{''.join(charts)}</div>")
    note = "One repeat with fewer prompts: compare along a curve, not with the table."
    return f"<h2>Guidance and steps</h2><p class='soft'>{note}</p>{''.join(rows)}"


def _confusion(report: Report) -> str:
    maps = "".join(
        f"<h3>{escape(title)}: {100 * confusion.right:.0f} % look like what was asked</h3><div class='wide'>"
        f"{confusion_table(confusion)}</div>"
        for title, confusion in ((report.model, report.confusion), ("Real motion", report.real_confusion))
    )
    return f"<h2>What was asked, and what it looks like</h2>{maps}"


def _shown(title: str, kind: str, shown: Sequence[Shown]) -> str:
    figures = "".join(
        f"<figure>{figure(f'{kind}-{i}')}<figcaption>{escape(one.caption)}<br>cosine {one.score:.2f}, "
        f"{_ordinal(one.rank)} of its pool</figcaption></figure>"
        for i, one in enumerate(shown)
    )
    return f"<h2>{title}</h2><div class='figures'>{figures}</div>"


def _ordinal(rank: int) -> str:
    return "the nearest" if rank == 0 else f"after {rank} nearer"
