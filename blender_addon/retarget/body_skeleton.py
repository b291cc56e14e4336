"""The 22-joint body that motions are on, for motions that are made here: SMPL's joints in SMPL's order, in metres.

The engine has the same table; a test holds the two together.
"""

from __future__ import annotations

import numpy as np

_HALF: tuple[tuple[str, str | None, tuple[float, float, float]], ...] = (
    ("pelvis", None, (0.0, 0.940, 0.0)),
    ("left_hip", "pelvis", (0.065, -0.022, 0.0)),
    ("spine1", "pelvis", (0.0, 0.157, 0.0)),
    ("left_knee", "left_hip", (0.0, -0.391, 0.0)),
    ("spine2", "spine1", (0.0, 0.045, 0.0)),
    ("left_ankle", "left_knee", (0.0, -0.410, 0.0)),
    ("spine3", "spine2", (0.0, 0.045, 0.0)),
    ("left_foot", "left_ankle", (0.0, -0.075, 0.090)),
    ("neck", "spine3", (0.0, 0.164, 0.0)),
    ("left_collar", "spine3", (0.050, 0.130, 0.0)),
    ("head", "neck", (0.0, 0.065, 0.0)),
    ("left_shoulder", "left_collar", (0.053, 0.0, 0.0)),
    ("left_elbow", "left_shoulder", (0.243, 0.0, 0.0)),
    ("left_wrist", "left_elbow", (0.223, 0.0, 0.0)),
)
"""Name, parent, offset from the parent; a right joint follows its left one and mirrors it."""


def _rows() -> list[tuple[str, str | None, tuple[float, float, float]]]:
    rows: list[tuple[str, str | None, tuple[float, float, float]]] = []
    for name, parent, (x, y, z) in _HALF:
        rows.append((name, parent, (x, y, z)))
        if name.startswith("left_"):
            twin = parent.replace("left_", "right_") if parent else None
            rows.append((name.replace("left_", "right_"), twin, (-x, y, z)))
    return rows


JOINT_NAMES = tuple(name for name, _, _ in _rows())
PARENTS = tuple(-1 if parent is None else JOINT_NAMES.index(parent) for _, parent, _ in _rows())
REST_OFFSETS = np.array([offset for _, _, offset in _rows()], dtype=np.float64)
