"""Hands at ease: by how much each finger bends, from the way the hand is built. No bpy here."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from ..retarget.rotations import Array, about_axis, from_matrix, normalize
from .armature import RestArmature
from .rig_map import FINGER_BONES, RigMap

_BENT_DEGREES = {
    "index": (14.0, 34.0, 44.0),
    "middle": (18.0, 42.0, 54.0),
    "ring": (22.0, 48.0, 62.0),
    "pinky": (24.0, 52.0, 68.0),
}
"""How far each bone of a finger is bent from the hand's own direction, the bones before it counted in."""


def relaxed_fingers(armature: RestArmature, rig_map: RigMap) -> Mapping[str, Array]:
    """Bone → (4,) w, x, y, z relative to its rest, for the fingers of hands that have an index finger and a pinky.

    A finger that is bent already at rest bends only by what is missing.
    """
    found: dict[str, Array] = {}
    for side, sign in (("left", -1.0), ("right", 1.0)):
        bones = rig_map.bones
        if not all(f"{side}_{slot}" in bones for slot in ("hand", "index1", "pinky1")):
            continue
        hand, index, pinky = (armature.index(bones[f"{side}_{slot}"]) for slot in ("hand", "index1", "pinky1"))
        across = normalize(armature.heads[index] - armature.heads[pinky])
        knuckles = (armature.heads[index] + armature.heads[pinky]) / 2.0
        along = normalize(knuckles - armature.heads[hand])
        for finger, degrees in _BENT_DEGREES.items():
            found |= _bent(armature, rig_map, f"{side}_{finger}", sign * across, along, np.radians(degrees))
    return found


def _bent(
    armature: RestArmature, rig_map: RigMap, finger: str, axis: Array, along: Array, wanted_rad: Array
) -> dict[str, Array]:
    """One finger's bones, turned about `axis` (3,), which bends fingers into the palm."""
    found: dict[str, Array] = {}
    names = [rig_map.bones[f"{finger}{i + 1}"] for i in range(FINGER_BONES) if f"{finger}{i + 1}" in rig_map.bones]
    done = 0.0
    for name, wanted in zip(names, wanted_rad, strict=False):
        bone = armature.index(name)
        bent = _angle_about(axis, along, armature.orientations[bone][:, 1])
        missing = max(wanted - bent - done, 0.0)
        done += missing
        rest = armature.orientations[bone]
        found[name] = from_matrix(rest.T @ about_axis(axis, np.array(missing)) @ rest)
    return found


def _angle_about(axis: Array, a: Array, b: Array) -> float:
    """Radians about a unit axis from a to b, both seen along it."""
    a, b = a - (a @ axis) * axis, b - (b @ axis) * axis
    return float(np.arctan2(np.cross(a, b) @ axis, a @ b))
