"""The report as a picture: a bar for each row, in the colors of its parts."""

from __future__ import annotations

from pathlib import Path

from engine.benchmark.benchmark import Report
from engine.benchmark.timing import REST
from engine.errors import UserError
from engine.files import written_whole

_COLORS = {
    "text": "#8ab17d",
    "transformer": "#2a6f97",
    "velocity": "#61a5c2",
    "flow": "#e9c46a",
    "decoder": "#9d8189",
    REST: "#e76f51",
}


def plot(report: Report, path: Path) -> None:
    """Draw to a PNG or SVG file; UserError where matplotlib is missing or the file can't be written."""
    try:
        from matplotlib.figure import Figure
    except ImportError as error:
        raise UserError('The plot needs matplotlib; pip install "motionwright[training]".') from error
    lengths = sorted({row.motion_s for row in report.rows})
    parts = [part for part in _COLORS if any(row.parts_s.get(part) for row in report.rows)]
    most = max(sum(row.motion_s == seconds for row in report.rows) for seconds in lengths)
    figure = Figure(figsize=(6.4 * len(lengths), 0.9 + 0.34 * most), layout="constrained")
    for axes, seconds in zip(figure.subplots(1, len(lengths), squeeze=False)[0], lengths, strict=True):
        rows = [row for row in report.rows if row.motion_s == seconds][::-1]
        left = [0.0] * len(rows)
        for part in parts:
            widths = [row.parts_s.get(part, 0.0) for row in rows]
            axes.barh([row.name for row in rows], widths, left=left, color=_COLORS[part], label=part)
            left = [begin + width for begin, width in zip(left, widths, strict=True)]
        for place, row in enumerate(rows):
            axes.text(row.elapsed_s, place, f" {row.elapsed_s:.3f} s", va="center", fontsize=8)
        axes.set(title=f"{seconds:g} s of motion", xlabel="seconds", xlim=(0, 1.18 * max(left)))
        axes.spines[["top", "right"]].set_visible(False)
        axes.tick_params(axis="y", length=0)
    axes.legend(loc="lower right", frameon=False, fontsize=8)
    figure.suptitle(f"{report.model} on {report.provider}, {report.cores} cores", fontsize=10)
    try:
        with written_whole(path) as temporary:
            figure.savefig(temporary, dpi=150)
    except (OSError, ValueError) as error:
        raise UserError(f"{path} can't be written ({error}); name a .png or .svg in a folder that is there.") from error
