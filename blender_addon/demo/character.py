"""The demonstration's character: a Rigify human, and a mannequin bound to its deforming bones."""

from __future__ import annotations

from typing import Any

import bpy
import numpy as np

from ..errors import AddonError
from .lathe import Part
from .mannequin import mannequin

_BODY = ("Mannequin", (0.66, 0.60, 0.52, 1.0), 0.42)
_JOINTS = ("Mannequin joints", (0.055, 0.16, 0.22, 1.0), 0.35)


def make_character() -> Any:
    """An empty scene with the character in it, standing at the origin and facing −Y; returns its armature object."""
    bpy.ops.wm.read_factory_settings(use_empty=True)
    rig = _generate_rig()
    _bind(rig, mannequin(*_bones(rig)))
    return rig


def _generate_rig() -> Any:
    try:
        bpy.ops.preferences.addon_enable(module="rigify")
        bpy.ops.object.armature_human_metarig_add()
        metarig = bpy.context.object
        bpy.ops.pose.rigify_generate()
    except (RuntimeError, AttributeError) as error:
        raise AddonError("This Blender comes without a working Rigify, which the demonstration needs.") from error
    rig, data = bpy.context.object, metarig.data
    bpy.data.objects.remove(metarig)
    bpy.data.armatures.remove(data)
    rig.name = rig.data.name = "Mannequin rig"
    return rig


def _bones(rig: Any) -> tuple[dict[str, tuple[float, ...]], dict[str, tuple[float, ...]]]:
    heads = {bone.name: tuple(bone.head_local) for bone in rig.data.bones}
    tails = {bone.name: tuple(bone.tail_local) for bone in rig.data.bones}
    return heads, tails


def _bind(rig: Any, parts: list[Part]) -> None:
    """One mesh of all parts, with a vertex group for each bone."""
    vertices = np.concatenate([part.vertices for part in parts])
    starts = np.cumsum([0, *(len(part.vertices) for part in parts)])
    faces, accents = [], []
    for start, part in zip(starts, parts, strict=False):
        own = part.faces
        faces += [tuple(int(start) + corner for corner in face) for face in own]
        accents += [int(part.accent)] * len(own)
    mesh = bpy.data.meshes.new("Mannequin")
    mesh.from_pydata(vertices.tolist(), [], faces)
    mesh.polygons.foreach_set("use_smooth", np.ones(len(faces), dtype=bool))
    mesh.polygons.foreach_set("material_index", np.array(accents, dtype=np.int32))
    for name, color, roughness in (_BODY, _JOINTS):
        mesh.materials.append(_material(name, color, roughness))
    mesh.update()
    body = bpy.data.objects.new("Mannequin", mesh)
    bpy.context.scene.collection.objects.link(body)
    for start, part in zip(starts, parts, strict=False):
        _weigh(body, int(start), part)
    body.parent = rig
    modifier = body.modifiers.new("Armature", "ARMATURE")
    modifier.object = rig


def _weigh(body: Any, start: int, part: Part) -> None:
    for name, shares in part.weights():
        group = body.vertex_groups.get(name) or body.vertex_groups.new(name=name)
        for share in np.unique(shares[shares > 1e-4]):
            group.add((start + np.flatnonzero(shares == share)).tolist(), float(share), "REPLACE")


def _material(name: str, color: tuple[float, float, float, float], roughness: float) -> Any:
    material = bpy.data.materials.new(name)
    if material.node_tree is None:  # before 5.0 a material starts without nodes
        material.use_nodes = True
    shader = next(node for node in material.node_tree.nodes if node.type == "BSDF_PRINCIPLED")
    shader.inputs["Base Color"].default_value = color
    shader.inputs["Roughness"].default_value = roughness
    material.diffuse_color = color
    return material
