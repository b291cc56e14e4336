"""A film: the skinned character in motion, a camera that goes along with it, as numbered pictures."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import bpy
import numpy as np
from mathutils import Vector
from numpy.typing import NDArray

from ..job import FILM_FPS
from ..retarget.rig import Rig
from . import stage
from .figures import Figure, pose_figures

_LONGER_SIDE = 240
_MARGIN_M = 0.1
_CALM_S = 0.4
"""The camera goes as if it had a weight: each of its places is a mean over about so long before and after."""


def render_film(armature_object: Any, rig: Rig, frame_count: int, folder: Path) -> None:
    """Render `frame_count` baked frames of the present scene into `folder`. Leaves the scene it shows alone."""
    render = bpy.context.scene.render
    step = render.fps / render.fps_base / FILM_FPS
    frames = np.arange(0, frame_count, step).round().astype(int)
    figures = pose_figures(armature_object, rig, frames.tolist())
    film = stage.make_stage()
    stage.add_tiles(film)
    centers = _frame_all(film, figures)
    actors = [bpy.data.objects.new(mesh.name, mesh) for mesh in figures[0].meshes]
    for actor in actors:
        film.collection.objects.link(actor)
    for number, (figure, center) in enumerate(zip(figures, centers, strict=True)):
        for actor, mesh in zip(actors, figure.meshes, strict=True):
            actor.data = mesh
        stage.aim_camera(film, center)
        stage.render(film, str(folder / f"{number:04}.png"), samples=4)


def _frame_all(film: Any, figures: list[Figure]) -> list[Vector]:
    """A camera that sees the figure whole in every frame, and what it is to be aimed at in each."""
    right, toward = np.array(stage.RIGHT), np.array(stage.TOWARD_CAMERA)
    path = _calmed(np.array([figure.points.mean(axis=0) * (1.0, 1.0, 0.0) for figure in figures]))
    seen = [figure.points - place for figure, place in zip(figures, path, strict=True)]
    half_width = max(float(np.abs(points @ right).max()) for points in seen)
    heights = [
        stage.up_the_picture(1.0) * points[:, 2] - stage.down_the_picture(1.0) * (points @ toward) for points in seen
    ]
    top, bottom = max(float(height.max()) for height in heights), min(float(height.min()) for height in heights)
    width, height = 2.0 * (half_width + _MARGIN_M), top - bottom + 2.0 * _MARGIN_M
    stage.add_camera(film, Vector(), width, height, round(_LONGER_SIDE * min(1.0, height / width)))
    middle = (top + bottom) / 2.0 / stage.up_the_picture(1.0)
    return [Vector((x, y, middle)) for x, y, _ in path]


def _calmed(path: NDArray[np.float64]) -> NDArray[np.float64]:
    """(N, 3) places, each a bell-shaped mean of its neighbors; beyond its ends the path goes on as it came."""
    reach = round(2.0 * _CALM_S * FILM_FPS)
    weights = np.exp(-0.5 * (np.arange(-reach, reach + 1) / (_CALM_S * FILM_FPS)) ** 2)
    longer = np.pad(path, ((reach, reach), (0, 0)), mode="reflect", reflect_type="odd")
    windows = np.lib.stride_tricks.sliding_window_view(longer, len(weights), axis=0)  # (N, 3, 2·reach + 1)
    return windows @ (weights / weights.sum())
