"""Charts of a report as SVG and HTML."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape

from training.evaluation.intervals import Share
from training.evaluation.results import Confusion

_WIDTH, _HEIGHT, _LEFT, _BOTTOM, _TOP = 300, 180, 44, 34, 14


def line_chart(title: str, setting: str, points: Sequence[tuple[float, float]]) -> str:
    """y over x, x in equal steps since settings are often doubled."""
    low, high = min(y for _, y in points), max(y for _, y in points)
    margin = 0.08 * (high - low) or 0.05 * abs(high) or 1.0
    low, high = low - margin, high + margin

    def place(index: int, y: float) -> tuple[float, float]:
        across = _LEFT + 12 + index * (_WIDTH - _LEFT - 24) / max(1, len(points) - 1)
        return across, _TOP + (high - y) / (high - low) * (_HEIGHT - _TOP - _BOTTOM)

    places = [place(index, y) for index, (_, y) in enumerate(points)]
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
    marks = "".join(
        f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4" fill="var(--accent)"><title>{escape(setting)} {value:g}: {shown:.3g}'
        f'</title></circle><text x="{x:.1f}" y="{_HEIGHT - 16}" text-anchor="middle">{value:g}</text>'
        for (x, y), (value, shown) in zip(places, points, strict=True)
    )
    ticks = "".join(
        f'<text x="{_LEFT - 4}" y="{place(0, y)[1] + 4:.1f}" text-anchor="end">{y:.3g}</text>'
        for y in (min(y for _, y in points), max(y for _, y in points))
    )
    return (
        f'<svg width="{_WIDTH}" height="{_HEIGHT}" viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img" '
        f'aria-label="{escape(title)} over {escape(setting)}">'
        f'<line x1="{_LEFT}" y1="{_HEIGHT - _BOTTOM}" x2="{_WIDTH}" y2="{_HEIGHT - _BOTTOM}" stroke="var(--line)"/>'
        f'<polyline points="{path}" fill="none" stroke="var(--accent)" stroke-width="2"/>{marks}{ticks}'
        f'<text x="{_LEFT}" y="11">{escape(title)}</text>'
        f'<text x="{_WIDTH / 2 + 20}" y="{_HEIGHT - 2}" text-anchor="middle">{escape(setting)}</text></svg>'
    )


def share_bars(shares: Mapping[str, Share], beside: Mapping[str, Share]) -> str:
    """A bar for each share with its interval; a tick marks the share `beside` it, of real motion."""
    rows = []
    for number, (name, one) in enumerate(shares.items()):
        y, right = 22 * number, 150
        tick = ""
        if name in beside:
            x = right + 300 * beside[name].value
            tick = f'<line x1="{x:.1f}" x2="{x:.1f}" y1="{y}" y2="{y + 16}" stroke="var(--ink)" stroke-width="2"/>'
        rows.append(
            f'<text x="{right - 8}" y="{y + 12}" text-anchor="end">{escape(name.replace("_", " "))}</text>'
            f'<rect x="{right}" y="{y + 1}" width="300" height="14" fill="var(--line)" opacity="0.4"/>'
            f'<rect x="{right}" y="{y + 1}" width="{300 * one.value:.1f}" height="14" fill="var(--accent)"/>'
            f'<line x1="{right + 300 * one.low:.1f}" x2="{right + 300 * one.high:.1f}" y1="{y + 8}" y2="{y + 8}" '
            f'stroke="var(--ink)"/>{tick}<text x="{right + 310}" y="{y + 12}">{one}</text>'
        )
    height = 22 * len(shares)
    return f'<svg width="600" height="{height}" viewBox="0 0 600 {height}" role="img">{"".join(rows)}</svg>'


def confusion_table(confusion: Confusion) -> str:
    """Rows what was asked, columns what it looks most like; the deeper a cell the more of its row."""
    head = "".join(f'<th class="slant"><span>{escape(content)}</span></th>' for content in confusion.contents)
    rows = []
    for content, counts in zip(confusion.contents, confusion.counts, strict=True):
        total = sum(counts)
        if total:
            cells = "".join(_cell(count, total) for count in counts)
            rows.append(f"<tr><th>{escape(content)}</th>{cells}</tr>")
    return f'<table class="map"><thead><tr><th></th>{head}</tr></thead><tbody>{"".join(rows)}</tbody></table>'


def _cell(count: int, total: int) -> str:
    return f'<td style="background: rgb(var(--cell) / {0.85 * count / total:.2f})">{count or ""}</td>'
