"""The numbers of a run: CSV tables, the same for TensorBoard, and curves as PNG."""

from __future__ import annotations

import csv
import io
import time
from collections.abc import Mapping
from pathlib import Path

from engine.files import written_whole

TRAINING, VALIDATION = "log.csv", "validation.csv"
CURVES = "curves.png"
_EVENTS = "tensorboard"
_DRAWN_EVERY_SECONDS = 60.0


class RunLog:
    """Appends to the tables of a run's folder. A run that goes on from `step` forgets the rows behind it first."""

    def __init__(self, folder: Path, step: int) -> None:
        from tensorboardX import SummaryWriter

        self._folder = folder
        for name in (TRAINING, VALIDATION):
            _forget_after(folder / name, step)
        self._drawn_at = time.monotonic()
        self._events = SummaryWriter(str(folder / _EVENTS), purge_step=step + 1 if step else None)

    def training(self, step: int, row: Mapping[str, float]) -> None:
        """A row of losses."""
        self._add(TRAINING, step, row)

    def validation(self, step: int, row: Mapping[str, float]) -> None:
        """A row of what validation measured."""
        self._add(VALIDATION, step, row)

    def show(self) -> None:
        """Let those who look on see what was logged so far: often for TensorBoard, now and then as curves."""
        self._events.flush()
        if time.monotonic() - self._drawn_at > _DRAWN_EVERY_SECONDS:
            draw_curves(self._folder)
            self._drawn_at = time.monotonic()

    def close(self) -> None:
        """Draw the curves to their end."""
        self._events.close()
        draw_curves(self._folder)

    def _add(self, name: str, step: int, row: Mapping[str, float]) -> None:
        path = self._folder / name
        lines = [] if path.is_file() else [["step", *row]]
        lines.append([str(step), *(f"{value:.6g}" for value in row.values())])
        text = io.StringIO(newline="")
        csv.writer(text).writerows(lines)
        with path.open("a", encoding="utf-8", newline="") as file:
            file.write(text.getvalue())  # in one piece, so that a kill tears at most the last row
        for column, value in row.items():
            self._events.add_scalar(f"{path.stem}/{column}", value, step)


def read_table(path: Path) -> dict[str, list[float]]:
    """Column → values of a table; a row that a kill tore is left out. Empty where there is no table."""
    if not path.is_file():
        return {}
    head, rows = _rows(path)
    return {name: [float(row[column]) for row in rows] for column, name in enumerate(head)}


def draw_curves(folder: Path) -> None:
    """Every column of both tables over the steps, in `curves.png`."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    tables = {name: read_table(folder / name) for name in (TRAINING, VALIDATION)}
    panels = [
        (f"{Path(name).stem}: {column.replace('_', ' ')}", table["step"], values)
        for name, table in tables.items()
        for column, values in table.items()
        if column != "step"
    ]
    if not panels:
        return
    columns = min(4, len(panels))
    rows = -(-len(panels) // columns)
    figure, axes = pyplot.subplots(rows, columns, figsize=(3.4 * columns, 2.4 * rows), squeeze=False)
    for place, panel in zip(axes.flat, [*panels, *[None] * (rows * columns - len(panels))], strict=True):
        if panel is None:
            place.axis("off")
            continue
        title, steps, values = panel
        place.plot(steps, values, color="#2d6a8e", linewidth=1.2, marker="." if len(steps) < 30 else None)
        place.set_title(title, fontsize=9)
        place.tick_params(labelsize=7)
        place.grid(alpha=0.3)
        if min(values) > 0 and max(values) > 20 * min(values):
            place.set_yscale("log")
    figure.tight_layout()
    with written_whole(folder / CURVES) as temporary:
        figure.savefig(temporary, dpi=90)
    pyplot.close(figure)


def _forget_after(path: Path, step: int) -> None:
    if not path.is_file():
        return
    head, rows = _rows(path)
    kept = [row for row in rows if int(row[0]) <= step]
    if not kept:
        path.unlink()
        return
    with written_whole(path) as temporary, temporary.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([head, *kept])


def _rows(path: Path) -> tuple[list[str], list[list[str]]]:
    """The head and the whole rows."""
    text = path.read_text(encoding="utf-8")
    lines = list(csv.reader(io.StringIO(text[: text.rfind("\n") + 1], newline="")))
    if not lines:
        return [], []
    return lines[0], [line for line in lines[1:] if len(line) == len(lines[0])]
