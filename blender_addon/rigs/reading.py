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


def skin_below(armature_object: Any, objects: Any, up: np.ndarray, height: float) -> tuple[np.ndarray, list[str]]:
    """(V, 3) the vertices at rest, in armature space, that are lower than `height` along `up` (3,), and of each the
    bone that moves it most. Vertices that no bone moves are left out."""
    places, owners = [np.empty((0, 3))], []
    bones = {bone.name for bone in armature_object.data.bones if bone.use_deform}
    for mesh in skinned_meshes(armature_object, objects):
        vertices = mesh.data.vertices
        flat = np.empty(3 * len(vertices), dtype=np.float32)
        vertices.foreach_get("co", flat)
        matrix = np.array(armature_object.matrix_world.inverted() @ mesh.matrix_world, dtype=np.float64)
        points = flat.reshape(-1, 3) @ matrix[:3, :3].T + matrix[:3, 3]
        names = {group.index: group.name for group in mesh.vertex_groups if group.name in bones}
        for index in np.flatnonzero(points @ up < height):
            weights = [(each.weight, names[each.group]) for each in vertices[index].groups if each.group in names]
            if weights and max(weights)[0] > 0.0:
                places.append(points[index][None])
                owners.append(max(weights)[1])
    return np.concatenate(places), owners


def skinned_meshes(armature_object: Any, objects: Any) -> list[Any]:
    """The mesh objects that an armature deforms."""
    return [
        candidate
        for candidate in objects
        if candidate.type == "MESH"
        and any(modifier.type == "ARMATURE" and modifier.object == armature_object for modifier in candidate.modifiers)
    ]
