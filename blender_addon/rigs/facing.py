"""Which way a body stands and faces, seen from its legs."""

from __future__ import annotations

import numpy as np

from ..retarget.axes import CharacterAxes
from ..retarget.rotations import Array
from .armature import RestArmature


def upward(hips: Array, ankles: Array) -> Array:
    """(3,) the principal direction that comes nearest to leading from the ankles (K, 3) to the hips (K, 3)."""
    upright = np.mean(np.asarray(hips) - np.asarray(ankles), axis=0)
    up = np.zeros(3)
    up[np.argmax(np.abs(upright))] = np.sign(upright[np.argmax(np.abs(upright))])
    return up


def facing(hips: Array, ankles: Array) -> CharacterAxes:
    """The axes of a body from its hips (2, 3) and ankles (2, 3), left first: forward is across the hips."""
    up = upward(hips, ankles)
    return CharacterAxes.facing(up, np.cross(hips[0] - hips[1], up))


def left_side(armature: RestArmature, thigh: str, other_thigh: str, foot: str, other_foot: str) -> float:
    """Above 0 where `thigh` is the left one, for feet point forward; below 0 where it is the right one."""
    hips, ankles = (
        armature.heads[[armature.index(n) for n in names]] for names in ((thigh, other_thigh), (foot, other_foot))
    )
    feet = [armature.index(foot), armature.index(other_foot)]
    pointing = np.sum(armature.tails[feet] - armature.heads[feet], axis=0)
    return float(np.cross(hips[0] - hips[1], upward(hips, ankles)) @ pointing)
