"""A contact sheet: the skinned character in six frames of its motion, side by side in one picture."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import bpy
import numpy as np
from mathutils import Vector

from ..retarget.rig import Rig
from . import stage
from .figures import Figure, pose_figures

_FIGURES = 6
_PIXELS_HIGH = 460
_GAP_M = 0.18


def render_sheet(armature_object: Any, rig: Rig, frame_count: int, path: Path) -> None:
    """Render `frame_count` baked frames of the present scene into the PNG `path`. Leaves the scene it shows alone."""
    frames = np.linspace(0, frame_count - 1, _FIGURES).round().astype(int)
    figures = pose_figures(armature_object, rig, frames.tolist())
    sheet = stage.make_stage()
    _arrange(sheet, figures)
    stage.render(sheet, str(path))


def _arrange(sheet: Any, figures: list[Figure]) -> None:
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
