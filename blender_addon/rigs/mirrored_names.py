"""The bone on the other side: by the way its name tells left from right, else by its place."""

from __future__ import annotations

import re

import numpy as np

from .armature import RestArmature

_PAIRS = (("left", "right"), ("Left", "Right"), ("LEFT", "RIGHT"), ("左", "右"))
_SINGLE = re.compile(r"(?:(?<=^)|(?<=[._\- :]))([lLrR])(?=$|[._\- ])")
_LETTERS = {"l": "r", "r": "l", "L": "R", "R": "L"}
_LEADING = re.compile(r"^([lr])(?=[A-Z])")  # lShldrBend, rThighTwist


def mirrored_name(name: str) -> str | None:
    """`name` with its left and right exchanged; None where it tells neither."""
    for one, other in _PAIRS:
        for a, b in ((one, other), (other, one)):
            if a in name:
                return name.replace(a, b, 1)
    for pattern in (_SINGLE, _LEADING):
        found = list(pattern.finditer(name))
        if found:
            at = found[-1]
            return name[: at.start(1)] + _LETTERS[at.group(1)] + name[at.end(1) :]
    return None


def mirrored_bone(armature: RestArmature, bone: str) -> str | None:
    """The twin of a bone: the one with the mirrored name, else the one nearest to its mirror image; None without."""
    named = mirrored_name(bone)
    if named in armature.names:
        return named
    index = armature.index(bone)
    heads, tails = armature.heads, armature.tails
    size = max(float(np.ptp(heads, axis=0).max()), 1e-9)
    across = _across(armature)
    flip = np.eye(3) - 2.0 * np.outer(across, across)
    offset = 2.0 * np.median(heads @ across) * across
    far = np.linalg.norm(heads - flip @ heads[index] - offset, axis=-1)
    far = far + np.linalg.norm(tails - flip @ tails[index] - offset, axis=-1)
    nearest = int(np.argmin(far))
    return armature.names[nearest] if nearest != index and far[nearest] < 0.04 * size else None


def _across(armature: RestArmature) -> np.ndarray:
    """The principal axis about whose middle the heads are most alike when mirrored."""
    heads = armature.heads

    def unlikeness(axis: int) -> float:
        image = heads.copy()
        image[:, axis] = 2.0 * np.median(heads[:, axis]) - image[:, axis]
        apart = np.linalg.norm(heads[:, None] - image[None], axis=-1)
        return float(apart.min(axis=1).mean())

    spread = [axis for axis in range(3) if np.ptp(heads[:, axis]) > 1e-6]
    axes = np.eye(3)
    return axes[min(spread, key=unlikeness)] if spread else axes[0]
