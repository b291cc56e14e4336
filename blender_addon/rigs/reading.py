"""Reading armatures out of a Blender file: the only module of this room that knows bpy's data."""

from __future__ import annotations

from typing import Any

import numpy as np

from .armature import RestArmature


def read_armature(armature_object: Any) -> RestArmature:
    """The rest pose of an armature object, in armature space."""
    bones = list(armature_object.data.bones)
    order = sorted(range(len(bones)), key=lambda i: len(bones[i].parent_recursive))
    bones = [bones[i] for i in order]
    places = {bone.name: i for i, bone in enumerate(bones)}
    return RestArmature(
        names=tuple(bone.name for bone in bones),
        parents=tuple(places[bone.parent.name] if bone.parent else -1 for bone in bones),
        heads=np.array([bone.head_local for bone in bones], dtype=np.float64).reshape(-1, 3),
        tails=np.array([bone.tail_local for bone in bones], dtype=np.float64).reshape(-1, 3),
        orientations=np.array([bone.matrix_local.to_3x3() for bone in bones], dtype=np.float64).reshape(-1, 3, 3),
    )


def object_linear(armature_object: Any) -> np.ndarray:
    """(3, 3) how the armature object, with all that it is parented to, turns and scales what is in it."""
    return np.array(armature_object.matrix_world.to_3x3(), dtype=np.float64)


def skinned_meshes(armature_object: Any, objects: Any) -> list[Any]:
    """The mesh objects that an armature deforms."""
    return [
        candidate
        for candidate in objects
        if candidate.type == "MESH"
        and any(modifier.type == "ARMATURE" and modifier.object == armature_object for modifier in candidate.modifiers)
    ]
