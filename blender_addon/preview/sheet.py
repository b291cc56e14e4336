"""A contact sheet: the skinned character in six frames of its motion, side by side in one picture."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import bpy
import numpy as np
from mathutils import Matrix, Vector
from numpy.typing import NDArray

from ..retarget.rig import Rig
from ..rigs.reading import skinned_meshes
from . import stage

_FIGURES = 6
_HEIGHT_M = 1.75
_PIXELS_HIGH = 460
_GAP_M = 0.18
_CLAY = (0.55, 0.38, 0.30, 1.0)


@dataclass(frozen=True, eq=False)
class _Figure:
    """The character in one frame: its meshes in stage space, and the (V, 3) places of all their vertices."""

    meshes: list[Any]
    points: NDArray[np.float64]
    seconds: float


def render_sheet(armature_object: Any, rig: Rig, frame_count: int, path: Path) -> None:
    """Render `frame_count` baked frames of the present scene into the PNG `path`. Leaves the scene it shows alone."""
    scene = bpy.context.scene
    meshes = shown_meshes(armature_object)
    to_stage = _to_stage(armature_object, rig, meshes)
    frames = np.linspace(0, frame_count - 1, _FIGURES).round().astype(int)
    fps = scene.render.fps / scene.render.fps_base
    figures = [_pose(scene, meshes, to_stage, scene.frame_start + int(frame), frame / fps) for frame in frames]
    sheet = stage.make_stage()
    _arrange(sheet, figures)
    stage.render(sheet, str(path))


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


def _pose(scene: Any, meshes: list[Any], to_stage: Matrix, frame: int, seconds: float) -> _Figure:
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
    return _Figure(copies, np.concatenate(points), seconds)


def _clay() -> Any:
    return bpy.data.materials.get("Preview clay") or stage.make_material("Preview clay", _CLAY, roughness=0.6)


def _arrange(sheet: Any, figures: list[_Figure]) -> None:
    """Stand the figures side by side, each in its own width, with the time below it, and frame them all."""
    right, toward = np.array(stage.RIGHT), np.array(stage.TOWARD_CAMERA)
    edge = 0.0
    nearest = max(float(np.ptp(figure.points @ toward)) / 2.0 for figure in figures)
    for figure in figures:
        across, depth = figure.points @ right, figure.points @ toward
        width = max(float(np.ptp(across)), 0.5)
        place = right * (edge + width / 2.0 - (across.max() + across.min()) / 2.0)
        place -= toward * (depth.max() + depth.min()) / 2.0
        for mesh in figure.meshes:
            figure_object = bpy.data.objects.new(mesh.name, mesh)
            figure_object.location = place
            sheet.collection.objects.link(figure_object)
        caption = right * (edge + width / 2.0) + toward * (nearest + 0.55)
        stage.add_caption(sheet, f"{figure.seconds:.1f} s", Vector(caption), 0.085)
        edge += width + _GAP_M
    top = stage.up_the_picture(max(float(figure.points[:, 2].max()) for figure in figures))
    top += stage.down_the_picture(nearest) + 0.1
    bottom = -stage.down_the_picture(nearest + 0.55) - 0.1
    middle = Vector(right * ((edge - _GAP_M) / 2.0))
    middle.z = (top + bottom) / 2.0 / stage.up_the_picture(1.0)
    stage.add_camera(sheet, middle, edge + 0.2, top - bottom, _PIXELS_HIGH)
