"""The skinned character in frames of its motion, as meshes that stand still, in the space of the stage."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import bpy
import numpy as np
from mathutils import Matrix, Vector
from numpy.typing import NDArray

from ..retarget.rig import Rig
from ..rigs.reading import skinned_meshes
from . import stage

_HEIGHT_M = 1.75
_CLAY = (0.55, 0.38, 0.30, 1.0)


@dataclass(frozen=True, eq=False)
class Figure:
    """The character in one frame: its meshes in stage space, and the (V, 3) places of all their vertices."""

    meshes: list[Any]
    points: NDArray[np.float64]
    seconds: float


def pose_figures(armature_object: Any, rig: Rig, frames: Sequence[int]) -> list[Figure]:
    """The character of the present scene in each of `frames`, which are counted from the scene's first."""
    scene = bpy.context.scene
    meshes = shown_meshes(armature_object)
    to_stage = _to_stage(armature_object, rig, meshes)
    fps = scene.render.fps / scene.render.fps_base
    return [_pose(scene, meshes, to_stage, scene.frame_start + frame, frame / fps) for frame in frames]


def shown_meshes(armature_object: Any) -> list[Any]:
    """The meshes of the character that a render would show."""
    meshes = skinned_meshes(armature_object, bpy.context.scene.objects)
    return [mesh for mesh in meshes if not mesh.hide_render]


def _to_stage(armature_object: Any, rig: Rig, meshes: list[Any]) -> Matrix:
    """From world space to the stage: floor at 0, facing −Y, as tall as the stage expects."""
    left, up, forward = (Vector(axis) for axis in rig.axes.matrix.T)
    axes = Matrix((left, -forward, up)).to_4x4()
    floor = Matrix.Translation((0.0, 0.0, -rig.floor_height))
    to_character = floor @ axes @ armature_object.matrix_world.inverted()
    heights = [(to_character @ mesh.matrix_world @ Vector(corner)).z for mesh in meshes for corner in mesh.bound_box]
    return Matrix.Scale(_HEIGHT_M / max(*heights, 1e-6), 4) @ to_character


def _pose(scene: Any, meshes: list[Any], to_stage: Matrix, frame: int, seconds: float) -> Figure:
    scene.frame_set(frame)
    depsgraph = bpy.context.evaluated_depsgraph_get()
    copies, points = [], []
    for mesh_object in meshes:
        evaluated = mesh_object.evaluated_get(depsgraph)
        mesh = bpy.data.meshes.new_from_object(evaluated, preserve_all_data_layers=True, depsgraph=depsgraph)
        mesh.transform(to_stage @ evaluated.matrix_world)
        if not any(mesh.materials):
            mesh.materials.clear()
            mesh.materials.append(_clay())
        coordinates = np.empty(3 * len(mesh.vertices), dtype=np.float32)
        mesh.vertices.foreach_get("co", coordinates)
        points.append(coordinates.reshape(-1, 3).astype(np.float64))
        copies.append(mesh)
    return Figure(copies, np.concatenate(points), seconds)


def _clay() -> Any:
    return bpy.data.materials.get("Preview clay") or stage.make_material("Preview clay", _CLAY, roughness=0.6)
