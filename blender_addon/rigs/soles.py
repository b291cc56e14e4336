"""The soles of a character's feet, from the meshes that its bones move: what has to stay above the ground."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from ..retarget.rig import Rig
from ..retarget.rotations import Array
from .armature import RestArmature

_AROUND, _SLOPES = 16, (-1.0, 0.0, 0.3, 1.0, 3.0)
"""A foot is told by its points that are farthest in these directions: level, and up or down by these slopes."""


def soles(rig: Rig, armature: RestArmature, points: Array, owners: Sequence[str]) -> Mapping[str, Array]:
    """Role of a foot or of toes → (K, 3) the points of its sole, in the motion's axes.

    points: (V, 3) places of a mesh at rest, in armature space; owners: for each the bone that moves it most. A control
    rig's meshes hang on other bones than those that are keyed: each counts as the mapped bone that lies where it lies.
    """
    places = rig.axes.vectors_to_motion(points)
    roles = {name: _role(rig, armature, name) for name in set(owners)}
    found = {}
    for bone in rig.bones:
        if bone.role.endswith(("ankle", "_foot")):
            own = places[[roles[owner] == bone.role for owner in owners]]
            if len(own):
                found[bone.role] = _outermost(own)
    return found


def _role(rig: Rig, armature: RestArmature, name: str) -> str:
    """The role of the mapped bone that is nearest to the middle of a bone."""
    index = armature.index(name)
    middle = rig.axes.vectors_to_motion((armature.heads[index] + armature.tails[index]) / 2.0)
    return min(rig.bones, key=lambda bone: _distance(middle, bone.head, bone.end)).role


def _distance(point: Array, start: Array, end: Array) -> float:
    """From a point to a segment."""
    along = end - start
    share = np.clip((point - start) @ along / max(float(along @ along), 1e-12), 0.0, 1.0)
    return float(np.linalg.norm(point - start - share * along))


def _outermost(points: Array) -> Array:
    angles = np.linspace(0.0, 2.0 * np.pi, _AROUND, endpoint=False)
    level = np.stack([np.cos(angles), np.zeros(_AROUND), np.sin(angles)], axis=-1)
    directions = np.concatenate([level - [0.0, slope, 0.0] for slope in _SLOPES])
    return points[np.unique(np.argmax(points @ directions.T, axis=0))]
