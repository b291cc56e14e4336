"""What an evaluation found, as it is shown on the terminal, in JSON and in the report."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from engine.motion.motion import Motion
from training.evaluation.intervals import Estimate
from training.evaluation.obedience import ActionObedience, Obedience
from training.evaluation.suites.measuring import SuiteFindings

Better = Literal["lower", "higher", "real"]


@dataclass(frozen=True)
class Metric:
    """title: as it is shown, with its unit. better: which way, or “real”: the nearer to real motion the better."""

    title: str
    better: Better


METRICS: Mapping[str, Metric] = {
    "fid": Metric("FID", "lower"),
    "r_precision_1": Metric("R@1", "higher"),
    "r_precision_2": Metric("R@2", "higher"),
    "r_precision_3": Metric("R@3", "higher"),
    "r_precision_hard_1": Metric("R@1 near misses", "higher"),
    "mm_dist": Metric("MM-Dist", "lower"),
    "clip_score": Metric("CLIP-Score", "higher"),
    "diversity": Metric("Diversity", "real"),
    "multimodality": Metric("MultiModality", "higher"),
    "sink_ratio": Metric("SinkRatio", "lower"),
    "sunk_percent": Metric("sunk heads %", "lower"),
    "obedience": Metric("obedience", "higher"),
    "foot_skate_cm_s": Metric("foot skate cm/s", "lower"),
    "jerk_m_s3": Metric("jerk m/s³", "real"),
    "penetration_cm": Metric("in the ground cm", "lower"),
    "sunken_percent": Metric("ever 1 cm in the ground %", "lower"),
    "joint_limits_percent": Metric("over joint limits %", "lower"),
}
"""Every metric by name, in the order of the tables. Rows leave out what they haven't got."""


@dataclass(frozen=True)
class Row:
    """One line of the table. estimates: by names of METRICS."""

    title: str
    estimates: Mapping[str, Estimate]


@dataclass(frozen=True)
class CurvePoint:
    """What one setting of the sampler gives. value: of the setting."""

    value: float
    row: Row


@dataclass(frozen=True)
class Curve:
    """setting: “guidance” or “flow steps”."""

    setting: str
    points: tuple[CurvePoint, ...]


@dataclass(frozen=True)
class Confusion:
    """counts[i][j]: how many motions that were to be contents[i] look most like contents[j]."""

    contents: tuple[str, ...]
    counts: tuple[tuple[int, ...], ...]

    @property
    def right(self) -> float:
        """The share on the diagonal."""
        total = sum(sum(row) for row in self.counts)
        return sum(row[i] for i, row in enumerate(self.counts)) / total


@dataclass(frozen=True, eq=False)
class Shown:
    """A motion in the report. score: the cosine of words and motion. rank: how many of the pool were nearer."""

    caption: str
    score: float
    rank: int
    motion: Motion


@dataclass(frozen=True)
class Report:
    """rows: real motion first, then the model. real_obedience: of held-out clips whose labels state a predicate.

    pool: in how many motions each is to be found. distinct_captions: of the first repeat's prompts. suites: None where
    they were left out.
    """

    model: str
    license: str
    sampling: str
    protocol: str
    split: str
    evaluator: str
    repeats: int
    prompts: int
    pool: int
    distinct_captions: int
    rows: tuple[Row, ...]
    real_obedience: Obedience
    obedience: Obedience
    actions: tuple[ActionObedience, ...]
    suites: SuiteFindings | None
    real_confusion: Confusion
    confusion: Confusion
    curves: tuple[Curve, ...]
    best: tuple[Shown, ...]
    worst: tuple[Shown, ...]
    seconds: float
