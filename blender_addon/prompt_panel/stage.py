"""Painting a body on a floor, in the large view: grid, path, feet that stand, limbs that are tapered and lit."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QBrush, QColor, QLinearGradient, QPainter, QPen, QPixmap, QPolygonF

from . import theme
from .camera import Camera, clipped
from .figure import CAPSULE_ENDS, CAPSULE_RADII_M, CAPSULE_STARTS, CAPSULES, FEET, Figure
from .outlines import Array, capsules, filled, polygons

_GRID_REACH_M, _GRID_STEP_M = 4.0, 0.5
_SIDES = (theme.BODY_MIDDLE, theme.BODY_LEFT, theme.BODY_RIGHT)
_ON_FLOOR = np.array([1.0, 0.0, 1.0])
_RING_M, _SHADOW_M, _LEAST_FLATNESS = 0.085, 0.34, 0.16
_SHADOW = QColor(0, 0, 0, 60)
_CORNERS = 14
_RIM_PX = 1.4
_LIGHT_INSIDE, _LIGHT_SHIFT = 0.52, 0.2
"""How much narrower the light on a limb is, and how far up and to the left; shares of the limb's radius."""
_DIMMEST = 0.35
"""The share of its color that the farthest limb loses to the background."""


@dataclass(frozen=True)
class Picture:
    """Where to paint, and through which eye."""

    rect: QRectF
    camera: Camera

    def projected(self, points_m: Array) -> Array:
        """(..., 3) x, y in pixels of the widget, and pixels a meter."""
        seen = self.camera.projected(points_m, self.rect.width(), self.rect.height())
        seen[..., 0] += self.rect.x()
        seen[..., 1] += self.rect.y()
        return seen


def paint_backdrop(painter: QPainter, rect: QRectF) -> None:
    """The empty stage."""
    painter.drawPixmap(rect.topLeft(), _backdrop(rect.width(), rect.height(), painter.device().devicePixelRatioF()))


@lru_cache(maxsize=8)
def _backdrop(width: float, height: float, sharpness: float) -> QPixmap:
    picture = QPixmap(math.ceil(width * sharpness), math.ceil(height * sharpness))
    picture.setDevicePixelRatio(sharpness)
    gradient = QLinearGradient(0.0, 0.0, 0.0, height)
    gradient.setColorAt(0.0, theme.VIEWPORT_TOP)
    gradient.setColorAt(1.0, theme.VIEWPORT_BOTTOM)
    painter = QPainter(picture)
    painter.fillRect(picture.rect(), QBrush(gradient))
    painter.end()
    return picture


def paint_floor(painter: QPainter, picture: Picture, around_m: Array) -> None:
    """A grid of half meters around a point of the floor, fading away from it."""
    starts, ends, distance = _grid()
    snapped = np.array([round(around_m[0] / _GRID_STEP_M), 0.0, round(around_m[2] / _GRID_STEP_M)]) * _GRID_STEP_M
    camera, rect = picture.camera, picture.rect
    a, b = clipped(camera.seen(starts + snapped), camera.seen(ends + snapped))
    if len(a) != len(starts):
        distance = np.zeros(len(a))
    focal = camera.focal_px(rect.height())
    middle = np.array([rect.center().x(), rect.center().y()])
    flat = [middle + end[:, :2] * np.array([1.0, -1.0]) * focal / end[:, 2:] for end in (a, b)]
    lines = [QLineF(*p, *q) for p, q in zip(flat[0].tolist(), flat[1].tolist(), strict=True)]
    for level in range(3):
        chosen = [line for line, ring in zip(lines, distance, strict=True) if int(ring) == level]
        painter.setPen(QPen(theme.mixed(theme.GRID, theme.VIEWPORT_BOTTOM, 0.15 + 0.3 * level), 1.0))
        painter.drawLines(chosen)


def paint_path(painter: QPainter, picture: Picture, figure: Figure, frame: float) -> None:
    """The pelvis' way over the floor: bright behind, faint ahead."""
    path = picture.projected(figure.ground_path_m)[:, :2]
    now = int(frame)
    for part, color in ((path[now:], theme.PATH_AHEAD), (path[: now + 1], theme.PATH_BEHIND)):
        if len(part) > 1:
            painter.setPen(QPen(color, 2.0))
            painter.drawPolyline(QPolygonF([QPointF(x, y) for x, y in part.tolist()]))


def paint_contacts(painter: QPainter, picture: Picture, points_m: Array, standing: NDArray[np.bool_]) -> None:
    """A ring on the floor under every heel and toe that stands."""
    seen = picture.projected(points_m[list(FEET)] * _ON_FLOOR)
    flatness = max(_LEAST_FLATNESS, abs(np.sin(picture.camera.elevation_rad)))
    painter.setPen(QPen(theme.CONTACT, 2.0))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    for (x, y, scale), stands in zip(seen.tolist(), standing.tolist(), strict=True):
        if stands:
            radius = _RING_M * scale
            painter.drawEllipse(QPointF(x, y), radius, radius * flatness)


def paint_body(painter: QPainter, picture: Picture, points_m: Array) -> None:
    """The shadow and the capsules of one pose (P, 3), far ones first, tapered and lit."""
    x, y, scale = picture.projected(points_m[0] * _ON_FLOOR).tolist()
    flatness = max(_LEAST_FLATNESS, abs(np.sin(picture.camera.elevation_rad)))
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(_SHADOW)
    painter.drawEllipse(QPointF(x, y), _SHADOW_M * scale, _SHADOW_M * scale * flatness)
    _paint_limbs(painter, picture.projected(points_m))


def _paint_limbs(painter: QPainter, seen: Array) -> None:
    """Capsules between points (P, 3) of the picture: of each a dark rim, the body, and a light on its upper left."""
    starts, ends = seen[CAPSULE_STARTS], seen[CAPSULE_ENDS]
    radii = np.stack([starts[:, 2], ends[:, 2]], axis=-1) * CAPSULE_RADII_M
    outlines, outward = capsules(starts[:, :2], ends[:, :2], radii, _CORNERS)
    own_radii = np.repeat(radii, _CORNERS, axis=-1)[..., None]
    lights = outlines - own_radii * (_LIGHT_SHIFT + _LIGHT_INSIDE * outward)
    drawn = polygons([outlines + _RIM_PX * outward, outlines, lights])
    scales = starts[:, 2] + ends[:, 2]
    nearness = ((scales - scales.min()) / max(float(np.ptp(scales)), 1e-9)).tolist()
    for index in np.argsort(scales).tolist():
        colors = _limb_colors(CAPSULES[index].side, round(nearness[index] * 16.0))
        for polygon, color in zip(drawn[index :: len(CAPSULES)], colors, strict=True):
            painter.fillPath(filled(polygon), color)


@lru_cache(maxsize=512)
def _limb_colors(side: int, step: int) -> tuple[QBrush, QBrush, QBrush]:
    """Of the rim, the body and the light."""
    color = limb_color(side, step / 16.0)
    return QBrush(color.darker(185)), QBrush(color), QBrush(color.lighter(114))


def limb_color(side: int, nearness: float) -> QColor:
    """Of a limb of a side, between the farthest (0) and the nearest (1)."""
    return theme.mixed(_SIDES[side], theme.VIEWPORT_BOTTOM, _DIMMEST * (1.0 - nearness))


@lru_cache(maxsize=1)
def _grid() -> tuple[Array, Array, Array]:
    """Segments of a meter's length at most, from and to (S, 3), and how far out each lies, 0 to 2."""
    reach, piece = _GRID_REACH_M, 1.0
    places = np.arange(-reach, reach + 1e-6, _GRID_STEP_M)
    pieces = np.arange(-reach, reach - 1e-6, piece)
    rows = [(p, c) for p in places for c in pieces if np.hypot(p, c + piece / 2) <= reach]
    along = np.array([[c, 0.0, p] for p, c in rows])
    across = np.array([[p, 0.0, c] for p, c in rows])
    starts = np.concatenate([along, across])
    ends = np.concatenate([along + [piece, 0.0, 0.0], across + [0.0, 0.0, piece]])
    rings = np.hypot(*((starts + ends) / 2.0)[:, [0, 2]].T) / reach * 3.0
    return starts, ends, np.minimum(rings, 2.0)
