"""A number and how sure it is."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import stats

CONFIDENCE = 0.95


@dataclass(frozen=True)
class Estimate:
    """A mean and the half width of its 95 % interval; infinite where one repeat says nothing of the spread."""

    mean: float
    half_width: float

    def __str__(self) -> str:
        spread = f"±{self.half_width:.3f}" if math.isfinite(self.half_width) else "±?"
        return f"{self.mean:.3f} {spread}"


def estimate(values: Sequence[float]) -> Estimate:
    """Of the values of independent repeats, with Student's t, since repeats are few."""
    mean, count = float(np.mean(values)), len(values)
    if count < 2:
        return Estimate(mean, math.inf)
    return Estimate(mean, float(stats.t.ppf(0.5 + CONFIDENCE / 2, count - 1) * stats.sem(values)))


@dataclass(frozen=True)
class Share:
    """How many of how many, with Wilson's 95 % interval."""

    count: int
    total: int
    low: float
    high: float

    @property
    def value(self) -> float:
        return self.count / self.total if self.total else float("nan")

    def __str__(self) -> str:
        return f"{self.count}/{self.total} ({self.low:.2f}–{self.high:.2f})"


def share(count: int, total: int) -> Share:
    """Of a total of 0 nothing is known: anything from none to all."""
    if total == 0:
        return Share(0, 0, 0.0, 1.0)
    interval = stats.binomtest(count, total).proportion_ci(CONFIDENCE, method="wilson")
    return Share(count, total, float(interval.low), float(interval.high))
