"""Measurements on disk, so that a killed evaluation goes on where it was: small arrays, each file written whole.

A folder belongs to one model, evaluator and set of data; what was measured of others is never read.
"""

from __future__ import annotations

import hashlib
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from engine.files import written_whole
from engine.motion.motion import Motion
from training.data import measures, observations, predicates
from training.data.predicates import Predicate
from training.evaluation import bodies
from training.evaluation.bodies import BodyFigures, body_figures
from training.evaluation.evaluator import Evaluator, Points
from training.evaluation.suites import orders, scripts, unusual, variety


@dataclass(frozen=True, eq=False)
class Measured:
    """What is kept of n motions.

    points: (n, D) in the evaluator's space. bodies: (n, figures) in the order of BodyFigures. obeyed: (n, 2) how many
    of the stated predicates hold, and how many there are. sink: (n, 2) SinkRatio and the share that
    has sunk, NaN where the model doesn't tell.
    """

    points: Points
    bodies: NDArray[np.float64]
    obeyed: NDArray[np.int64]
    sink: NDArray[np.float64]

    @classmethod
    def of(
        cls,
        motions: Sequence[Motion],
        evaluator: Evaluator,
        stated: Sequence[Sequence[Predicate]],
        sink: Sequence[tuple[float, float]] | None = None,
    ) -> Measured:
        figures = [body_figures(motion) for motion in motions]
        held = [sum(one.holds(motion) for one in names) for motion, names in zip(motions, stated, strict=True)]
        return cls(
            points=evaluator.embed_motions(motions),
            bodies=np.array([[getattr(one, name) for name in BodyFigures.names()] for one in figures], dtype=float),
            obeyed=np.array([held, [len(names) for names in stated]], dtype=np.int64).T,
            sink=np.full((len(motions), 2), np.nan) if sink is None else np.array(sink, dtype=float),
        )

    @classmethod
    def joined(cls, parts: Sequence[Measured]) -> Measured:
        return cls(*(np.concatenate([getattr(part, name) for part in parts]) for name in _FIELDS))

    def __getitem__(self, rows: slice | NDArray[np.intp]) -> Measured:
        return Measured(*(getattr(self, name)[rows] for name in _FIELDS))


_MADE_BY = (predicates, observations, measures, bodies, orders, scripts, unusual, variety)
_FORMAT = "motionwright-measurements/2"
_FIELDS = tuple(Measured.__dataclass_fields__)


class Ledger:
    """Measured things by name."""

    def __init__(self, folder: Path, *belongs_to: str) -> None:
        """belongs_to: fingerprints of all that the measurements depend on; how they are made is added here."""
        made_by = [Path(module.__file__).read_text(encoding="utf-8") for module in _MADE_BY if module.__file__]
        key = hashlib.sha256("\n".join([_FORMAT, *belongs_to, *made_by]).encode("utf-8")).hexdigest()[:16]
        self._folder = folder / key
        self._folder.mkdir(parents=True, exist_ok=True)

    def measured(self, name: str, measure: Callable[[], Measured]) -> Measured:
        """What `measure` gave under this name the first time."""
        path = self._folder / f"{name}.npz"
        try:
            with np.load(path, allow_pickle=False) as arrays:
                return Measured(*(arrays[field] for field in _FIELDS))
        except (OSError, KeyError, ValueError, zipfile.BadZipFile):  # none there yet, or a damaged one
            result = measure()
        with written_whole(path) as temporary, temporary.open("wb") as file:
            np.savez(file, **{field: getattr(result, field) for field in _FIELDS})
        return result

    def numbers(self, name: str, measure: Callable[[], NDArray[np.float64]]) -> NDArray[np.float64]:
        """The same for an array of numbers."""
        path = self._folder / f"{name}.npy"
        try:
            return np.asarray(np.load(path, allow_pickle=False))
        except (OSError, ValueError, EOFError):
            result = measure()
        with written_whole(path) as temporary, temporary.open("wb") as file:
            np.save(file, result, allow_pickle=False)
        return result

    @staticmethod
    def key_of(value: object) -> str:
        """For names: short, the same for what looks the same."""
        return hashlib.sha256(repr(value).encode("utf-8")).hexdigest()[:12]
