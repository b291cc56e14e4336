"""From an armature and its bone map to the rig that the mathematics of retargeting works on."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ..retarget.rig import Follow, Rig, RigBone, spine_places
from ..retarget.rotations import Array
from .armature import RestArmature
from .facing import facing
from .rig_map import LONGEST_NECK, LONGEST_SPINE, RigMap

_ROLES = {
    **{"clavicle": "collar", "upper_arm": "shoulder", "forearm": "elbow", "hand": "wrist"},
    **{"thigh": "hip", "shin": "knee", "foot": "ankle", "toe": "foot"},
}
"""Slot of a limb → the joint of a motion that the bone turns about."""


_UNEVEN = 1e-3


def build_rig(armature: RestArmature, rig_map: RigMap, linear: Array | None = None) -> Rig:
    """The rig of an armature, whose object turns and scales it by `linear` (3, 3).

    AddonError where the map lacks a bone that it must have, or names one that is missing.
    """
    rig_map.check(armature)

    def heads(part: str) -> Array:
        return armature.heads[[armature.index(rig_map.bones[f"{side}_{part}"]) for side in ("left", "right")]]

    axes = facing(heads("thigh"), heads("foot"))
    bones: list[RigBone] = []
    for slot, above, role, follow in _mapped(rig_map):
        name, parent = rig_map.bones[slot], rig_map.bones.get(above or "")
        index = armature.index(name)
        bones.append(
            RigBone(
                name=name,
                role=role,
                parent=next((i for i, bone in enumerate(bones) if bone.name == parent), -1),
                follow=follow,
                head=axes.vectors_to_motion(armature.heads[index]),
                end=axes.vectors_to_motion(_end(armature, index, role)),
                orientation=axes.orientations_to_motion(armature.orientations[index]),
            )
        )
    return Rig(bones=tuple(bones), axes=axes, family=rig_map.family, stretch=_stretch(axes.matrix, linear))


def _stretch(axes: Array, linear: Array | None) -> Array | None:
    """The symmetric part of linear = turn · stretch, in the axes' frame, its mean 1; None where it is even."""
    if linear is None:
        return None
    _, scales, directions = np.linalg.svd(linear)
    if scales.min() <= 0.0 or np.ptp(scales) < _UNEVEN * scales.max():
        return None
    stretch = directions.T @ np.diag(scales / scales.mean()) @ directions
    return np.asarray(axes.T @ stretch @ axes, dtype=np.float64)


def slots_of(rig_map: RigMap) -> tuple[str, ...]:
    """The slots of the rig's bones, in the rig's order."""
    return tuple(slot for slot, _, _, _ in _mapped(rig_map))


def _mapped(rig_map: RigMap) -> Iterator[tuple[str, str | None, str, Follow]]:
    """Slot, slot of the parent, role and source of every mapped bone, parents first."""
    yield "pelvis", None, "pelvis", Follow("pelvis")
    below = "pelvis"
    spine = [f"spine{i + 1}" for i in range(LONGEST_SPINE) if f"spine{i + 1}" in rig_map.bones]
    for i, slot in enumerate(spine):
        yield slot, below, "spine", _share(("pelvis", "spine1", "spine2", "spine3"), spine_places(len(spine))[i] / 3.0)
        below = slot
    chest = below
    neck = [f"neck{i + 1}" for i in range(LONGEST_NECK) if f"neck{i + 1}" in rig_map.bones]
    for i, slot in enumerate(neck):
        yield slot, below, "neck", _share(("spine3", "neck"), (i + 1) / len(neck))
        below = slot
    if "head" in rig_map.bones:
        yield "head", below, "head", Follow("head")
    for side in ("left", "right"):
        yield from _limb(rig_map, side, ("clavicle", "upper_arm", "forearm", "hand"), chest)
    for side in ("left", "right"):
        yield from _limb(rig_map, side, ("thigh", "shin", "foot", "toe"), "pelvis")


def _limb(
    rig_map: RigMap, side: str, parts: tuple[str, ...], parent: str
) -> Iterator[tuple[str, str | None, str, Follow]]:
    for part in parts:
        slot = f"{side}_{part}"
        if slot in rig_map.bones:
            role = f"{side}_{_ROLES[part]}"
            yield slot, parent, role, Follow(role)
            parent = slot


def _share(joints: tuple[str, ...], place: float) -> Follow:
    """The joints of a chain spread evenly over 0..1: which two of them `place` lies between, and how far along."""
    position = place * (len(joints) - 1)
    first = min(int(position + 1e-9), len(joints) - 2)
    return Follow(joints[first], joints[first + 1], round(position - first, 9))


def _end(armature: RestArmature, index: int, role: str) -> Array:
    """Where a bone ends: the next joint of the body, for a hand the middle of its fingers' roots, else its tail.

    An importer guesses tails where a format has joints only, so joints are trusted more.
    """
    children = armature.children[index]
    if role.endswith("wrist") and children:
        fingers = armature.heads[[child for child in children if len(armature.main_chains[child]) > 1] or [*children]]
        return np.asarray(fingers.mean(axis=0), dtype=np.float64)
    chain = armature.main_chains[index]
    length = float(np.linalg.norm(armature.tails[index] - armature.heads[index]))
    if role.endswith(("ankle", "foot")) and len(chain) > 1:
        child = armature.heads[chain[1]]
        if np.linalg.norm(child - armature.heads[index]) > 0.3 * length:
            return child
    return armature.tails[index]
