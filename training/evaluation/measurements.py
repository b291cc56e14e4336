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
from training.evaluation.bodies import BodyFigures, body_figures
from training.evaluation.evaluator import Evaluator, Points


@dataclass(frozen=True, eq=False)
class Measured:
    """points: (n, D) of n motions in the evaluator's space. bodies: (n, figures) in the order of BodyFigures."""

    points: Points
    bodies: NDArray[np.float64]

    @classmethod
    def of(cls, motions: Sequence[Motion], evaluator: Evaluator) -> Measured:
        figures = [body_figures(motion) for motion in motions]
        rows = [[getattr(one, name) for name in BodyFigures.names()] for one in figures]
        return cls(evaluator.embed_motions(motions), np.array(rows, dtype=np.float64))

    @classmethod
    def joined(cls, parts: Sequence[Measured]) -> Measured:
        return cls(np.concatenate([part.points for part in parts]), np.concatenate([part.bodies for part in parts]))


class Ledger:
    """Measured things by name."""

    def __init__(self, folder: Path, *belongs_to: str) -> None:
        """belongs_to: fingerprints of all that the measurements depend on."""
        key = hashlib.sha256("\n".join(belongs_to).encode("utf-8")).hexdigest()[:16]
        self._folder = folder / key
        self._folder.mkdir(parents=True, exist_ok=True)

    def measured(self, name: str, measure: Callable[[], Measured]) -> Measured:
        """What `measure` gave under this name the first time."""
        path = self._folder / f"{name}.npz"
        try:
            with np.load(path, allow_pickle=False) as arrays:
                return Measured(arrays["points"], arrays["bodies"])
        except (OSError, KeyError, ValueError, zipfile.BadZipFile):  # none there yet, or a damaged one
            result = measure()
        with written_whole(path) as temporary, temporary.open("wb") as file:
            np.savez(file, points=result.points, bodies=result.bodies)
        return result

    def flags(self, name: str, measure: Callable[[], Sequence[bool]]) -> list[bool]:
        """The same for yes and no."""
        path = self._folder / f"{name}.npy"
        try:
            return [bool(flag) for flag in np.load(path, allow_pickle=False)]
        except (OSError, ValueError):
            result = [bool(flag) for flag in measure()]
        with written_whole(path) as temporary, temporary.open("wb") as file:
            np.save(file, np.array(result, dtype=bool), allow_pickle=False)
        return result
