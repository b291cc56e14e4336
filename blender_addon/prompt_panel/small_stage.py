"""The same stage in all cards: computed for all of them at once, painted sixty times a second in few calls.

Every card has the same eye, which only goes along with its body: rings and shadow always have the same size.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QBrush, QColor, QPainter, QPainterPath, QPen, QPixmap, QPolygonF

from . import theme
from .camera import Camera
from .figure import CAPSULE_ENDS, CAPSULE_RADII_M, CAPSULE_STARTS, FEET, PARTS, Figure, poses_at
from .outlines import Array, capsules, filled, joined, polygons
from .stage import limb_color, paint_backdrop

SMALL_CAMERA = Camera(distance_m=3.75)
"""From where the large view looks first, a little nearer."""
_REACH_M = 2.0
_ON_FLOOR = np.array([1.0, 0.0, 1.0])
_MIDDLE_M = np.array([0.0, 0.84, 0.0])
_RING_M, _SHADOW_M = 0.085, 0.32
_THINNEST_PX = 0.75
_CORNERS = 2.1
"""Times the root of the largest radius in pixels: so many around each end of a limb leave no corner to be seen."""
_SHARPNESS = 4


def _grid() -> Array:
    """(2S, 3) ends of lines of a meter's distance."""
    places = np.arange(-_REACH_M, _REACH_M + 1e-6)
    along = [[[-_REACH_M, 0.0, p], [_REACH_M, 0.0, p]] for p in places]
    across = [[[p, 0.0, -_REACH_M], [p, 0.0, _REACH_M]] for p in places]
    return np.array([*along, *across]).reshape(-1, 3)


_GRID = _grid()
_GRID_PEN = QPen(theme.mixed(theme.GRID, theme.VIEWPORT_BOTTOM, 0.35), 1.0)
# Here and in the rims: lines of one pixel are painted ten times as fast as those of a little more.
_BEHIND_PEN, _AHEAD_PEN = QPen(theme.PATH_BEHIND, 1.0), QPen(theme.PATH_AHEAD, 1.0)


@lru_cache(maxsize=16)
def _walks(corners: int) -> tuple[tuple[int, slice, NDArray[np.intp]], ...]:
    """Of each part its side, its capsules, and how its outlines are walked around as one polygon."""
    found, first = [], 0
    for part in PARTS:
        numbers = range(first, first + len(part))
        found.append((part[0].side, slice(numbers.start, numbers.stop), joined(numbers, corners)))
        first = numbers.stop
    return tuple(found)


@dataclass(frozen=True, eq=False)
class SmallPicture:
    """A moment of a take as it is painted. path: what lies ahead of the body and behind it. marks: shadow and rings.

    limbs: from far to near, each as the line of its dark rim and as what is filled in it.
    """

    grid: list[QLineF]
    path: tuple[QPolygonF, QPolygonF]
    marks: list[tuple[QPointF, QPixmap]]
    limbs: list[tuple[QPolygonF, QPen, QPainterPath, QBrush]]

    def paint(self, painter: QPainter, rect: QRectF) -> None:
        """Paint it where it was made for."""
        paint_backdrop(painter, rect)
        painter.setPen(_GRID_PEN)
        painter.drawLines(self.grid)
        for part, pen in zip(self.path, (_AHEAD_PEN, _BEHIND_PEN), strict=True):
            painter.setPen(pen)
            painter.drawPolyline(part)
        for place, mark in self.marks:
            painter.drawPixmap(place, mark)
        for outline, rim, limb, brush in self.limbs:
            painter.setPen(rim)
            painter.drawPolyline(outline)
            painter.fillPath(limb, brush)


def small_pictures(
    figures: Sequence[Figure], seconds: float, camera: Camera, rect: QRectF, sharpness: float
) -> list[SmallPicture]:
    """What cards show at a moment, each of its own figure, in a rectangle that is the same in all of them.

    sharpness: pixels of the screen in one of the rectangle's.
    """
    if not figures:
        return []
    poses = poses_at(figures, seconds)
    floors = np.concatenate([poses[:, :1], poses[:, list(FEET)]], axis=1) * _ON_FLOOR
    world = np.concatenate([poses, floors, _GRID + np.round(floors[:, :1])], axis=1)
    seen = _seen(world - floors[:, :1], camera, rect)
    bodies, seen_floors, grids = np.split(seen, [poses.shape[1], poses.shape[1] + floors.shape[1]], axis=1)
    grid_ends = grids[..., :2].reshape(len(figures), -1, 4).tolist()
    paths, limbs = _paths(figures, seconds, floors[:, 0], camera, rect), _limbs(bodies, sharpness)
    elevation, found = round(100.0 * camera.elevation_rad), []
    for number, figure in enumerate(figures):
        standing = figure.contacts[int(figure.frame_at(seconds))].tolist()
        marks = list(_marks(seen_floors[number].tolist(), standing, elevation))
        grid = [QLineF(*ends) for ends in grid_ends[number]]
        found.append(SmallPicture(grid, paths[number], marks, limbs[number]))
    return found


def _seen(points_m: Array, camera: Camera, rect: QRectF) -> Array:
    """(..., 3): x, y and pixels a meter of points (..., 3), each seen from its own body's place on the floor."""
    seen = camera.aimed_at(_MIDDLE_M).projected(points_m, rect.width(), rect.height())
    seen[..., 0] += rect.x()
    seen[..., 1] += rect.y()
    return seen


def _paths(
    figures: Sequence[Figure], seconds: float, places_m: Array, camera: Camera, rect: QRectF
) -> list[tuple[QPolygonF, QPolygonF]]:
    """The way of each body over the floor, ahead of it and behind it. places_m: (F, 3) where the bodies are."""
    lengths = [len(figure.sparse_path_m) for figure in figures]
    ways = np.concatenate([figure.sparse_path_m for figure in figures]) - np.repeat(places_m, lengths, axis=0)
    seen, first, halves = _seen(ways, camera, rect)[:, :2], 0, []
    for figure, length in zip(figures, lengths, strict=True):
        now = first + int(figure.frame_at(seconds) / len(figure) * length)
        halves += [seen[None, now : first + length], seen[None, first : now + 1]]
        first += length
    drawn = polygons(halves)
    return list(zip(drawn[::2], drawn[1::2], strict=True))


def _limbs(bodies: Array, sharpness: float) -> list[list[tuple[QPolygonF, QPen, QPainterPath, QBrush]]]:
    """What is filled for each body (F, P, 3) of the picture, far ones first."""
    starts, ends = bodies[:, CAPSULE_STARTS], bodies[:, CAPSULE_ENDS]
    radii = np.maximum(np.stack([starts[..., 2], ends[..., 2]], axis=-1) * CAPSULE_RADII_M, _THINNEST_PX)
    corners = math.ceil(_CORNERS * math.sqrt(radii.max() * sharpness))
    walks = _walks(corners)
    outlines = capsules(starts[..., :2], ends[..., :2], radii, corners)[0].reshape(len(bodies), -1, 2)
    drawn = polygons([outlines[:, walk] for _, _, walk in walks])
    scales = starts[..., 2] + ends[..., 2]
    depths = np.stack([scales[:, own].mean(axis=1) for _, own, _ in walks], axis=1)
    lowest, reach = depths.min(axis=1, keepdims=True), np.maximum(np.ptp(depths, axis=1, keepdims=True), 1e-9)
    nearness = np.round(4.0 * (depths - lowest) / reach).astype(int).tolist()
    found = []
    for number, order in enumerate(np.argsort(depths).tolist()):
        limbs = []
        for part in order:
            outline = drawn[part * len(bodies) + number]
            rim, brush = _colors(walks[part][0], nearness[number][part])
            limbs.append((outline, rim, filled(outline), brush))
        found.append(limbs)
    return found


def _marks(floor: list[list[float]], standing: list[bool], elevation: int) -> Iterator[tuple[QPointF, QPixmap]]:
    """The shadow under the first point of the floor, and a ring around each other one that is stood on."""
    (x, y, scale), *feet = floor
    yield _middled(_shadow(round(_SHADOW_M * scale), elevation), x, y)
    for (x, y, scale), stands in zip(feet, standing, strict=True):
        if stands:
            yield _middled(_ring(round(_RING_M * scale * 2.0), elevation), x, y)


def _middled(picture: QPixmap, x: float, y: float) -> tuple[QPointF, QPixmap]:
    size = picture.deviceIndependentSize()
    return QPointF(x - size.width() / 2.0, y - size.height() / 2.0), picture


@lru_cache(maxsize=64)
def _colors(side: int, nearness: int) -> tuple[QPen, QBrush]:
    """Of a limb's rim and of itself."""
    color = limb_color(side, nearness / 4.0)
    return QPen(color.darker(260), 1.0), QBrush(color)


@lru_cache(maxsize=64)
def _shadow(radius_px: int, elevation: int) -> QPixmap:
    return _ellipse(radius_px, elevation, QColor(0, 0, 0, 60), None)


@lru_cache(maxsize=64)
def _ring(half_pixels: int, elevation: int) -> QPixmap:
    return _ellipse(half_pixels / 2.0, elevation, None, QPen(theme.CONTACT, 1.4))


def _ellipse(radius_px: float, elevation: int, fill: QColor | None, pen: QPen | None) -> QPixmap:
    """A circle on the floor, seen from `elevation` hundredths of a radian above it."""
    flatness = max(0.16, abs(np.sin(elevation / 100.0)))
    width, height = 2.0 * radius_px + 4.0, 2.0 * radius_px * flatness + 4.0
    picture = QPixmap(round(width * _SHARPNESS), round(height * _SHARPNESS))
    picture.setDevicePixelRatio(_SHARPNESS)
    picture.fill(Qt.GlobalColor.transparent)
    painter = QPainter(picture)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(pen if pen is not None else Qt.PenStyle.NoPen)
    painter.setBrush(fill if fill is not None else Qt.BrushStyle.NoBrush)
    painter.drawEllipse(QRectF(2.0, 2.0, 2.0 * radius_px, 2.0 * radius_px * flatness))
    painter.end()
    return picture
