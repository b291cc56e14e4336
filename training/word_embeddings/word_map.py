"""A map of motion words before and after: their embeddings on the two axes along which antonyms lie apart."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from engine.files import written_whole

ANTONYMS = (
    ("left", "right"), ("forward", "backward"), ("forwards", "backwards"), ("fast", "slow"), ("quickly", "slowly"),
    ("raise", "lower"), ("raises", "lowers"), ("up", "down"), ("sit", "stand"), ("sits", "stands"),
    ("clockwise", "counterclockwise"), ("high", "low"),
)  # fmt: skip


@dataclass(frozen=True, eq=False)
class WordMap:
    """words: n. before, after: (n, D) their embeddings, of several pieces the mean."""

    words: tuple[str, ...]
    before: NDArray[np.float32]
    after: NDArray[np.float32]

    def points(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """(n, 2) each, in the same axes: the first two principal ones of both tables together.

        Every word is brought to unit length, because networks normalize an embedding before they read it.
        """
        unit = [table / np.linalg.norm(table, axis=1, keepdims=True) for table in (self.before, self.after)]
        together = np.concatenate(unit).astype(np.float64)
        centre = together.mean(axis=0)
        _, _, axes = np.linalg.svd(together - centre, full_matrices=False)
        before, after = ((table - centre) @ axes[:2].T for table in unit)
        return before, after

    def draw(self, path: Path) -> None:
        """Write a PNG: left before, right after, antonyms joined."""
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure

        figure = Figure(figsize=(15, 7.5), layout="constrained")
        FigureCanvasAgg(figure)
        axes = figure.subplots(1, 2, sharex=True, sharey=True)
        place = {word: row for row, word in enumerate(self.words)}
        pairs = [(place[one], place[other]) for one, other in ANTONYMS if one in place and other in place]
        joined = {row for pair in pairs for row in pair}
        titles = ("before", "after")
        for axis, title, points, table in zip(axes, titles, self.points(), (self.before, self.after), strict=True):
            axis.scatter(*points.T, s=8, color="#b0b7bf", linewidths=0)
            for number, (one, other) in enumerate(pairs):
                axis.plot(*points[[one, other]].T, color=f"C{number % 10}", linewidth=1.6, marker="o", markersize=4)
            for row in sorted(joined):
                axis.annotate(self.words[row], points[row], fontsize=9, xytext=(4, 3), textcoords="offset points")
            mean = np.mean([_cosine(table[one], table[other]) for one, other in pairs]) if pairs else float("nan")
            axis.set_title(f"{title}: mean cosine of antonyms {mean:.2f}")
            axis.set_xticks([])
            axis.set_yticks([])
            for spine in axis.spines.values():
                spine.set_color("#d5dade")
        with written_whole(path) as temporary:
            figure.savefig(temporary, format="png", dpi=110)


def _cosine(one: NDArray[np.float32], other: NDArray[np.float32]) -> float:
    return float(one @ other / (np.linalg.norm(one) * np.linalg.norm(other)))
