"""The same stage in a card: painted sixty times a second in a dozen places, so with little arithmetic and few strokes.

Every card has the same eye, which only goes along with its body: rings and shadow always have the same size.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen, QPixmap, QPolygonF

from . import theme
from .figure import FEET, Figure
from .stage import Array, Picture, limb_color, paint_backdrop, paint_limbs

_REACH_M = 2.0
_ON_FLOOR = np.array([1.0, 0.0, 1.0])
_RING_M, _SHADOW_M = 0.085, 0.32
_SHARPNESS = 4


def _grid() -> Array:
    """(2S, 3) ends of lines of a meter's distance."""
    places = np.arange(-_REACH_M, _REACH_M + 1e-6)
    along = [[[-_REACH_M, 0.0, p], [_REACH_M, 0.0, p]] for p in places]
    across = [[[p, 0.0, -_REACH_M], [p, 0.0, _REACH_M]] for p in places]
    return np.array([*along, *across]).reshape(-1, 3)


_GRID = _grid()
_GRID_PEN = QPen(theme.mixed(theme.GRID, theme.VIEWPORT_BOTTOM, 0.35), 1.0)
_BEHIND_PEN, _AHEAD_PEN = QPen(theme.PATH_BEHIND, 1.2), QPen(theme.PATH_AHEAD, 1.2)


def paint_small(painter: QPainter, picture: Picture, figure: Figure, points_m: Array, frame: float) -> None:
    """A body's points (P, 3) at a frame, on its floor with its way and its standing feet."""
    paint_backdrop(painter, picture.rect)
    floor = np.concatenate([points_m[:1], points_m[list(FEET)]]) * _ON_FLOOR
    path = figure.sparse_path_m
    world = np.concatenate([points_m, floor, _GRID + np.round(floor[0]), path])
    seen = picture.projected(world)
    body, floor, grid, path = np.split(seen, np.cumsum([len(points_m), len(floor), len(_GRID)]))
    painter.setPen(_GRID_PEN)
    painter.drawLines([QLineF(*line) for line in grid[:, :2].reshape(-1, 4).tolist()])
    _paint_path(painter, path, frame / len(figure))
    elevation = round(100.0 * picture.camera.elevation_rad)
    _put(painter, _shadow(round(_SHADOW_M * floor[0, 2]), elevation), floor[0])
    standing = figure.contacts[int(frame)]
    for foot in np.flatnonzero(standing).tolist():
        _put(painter, _ring(round(_RING_M * floor[1 + foot, 2] * 2.0), elevation), floor[1 + foot])
    paint_limbs(painter, body, _paint_stroke)


def _paint_path(painter: QPainter, path: Array, share: float) -> None:
    """Bright up to `share` of the time, faint after it."""
    points = [QPointF(x, y) for x, y, _ in path.tolist()]
    now = int(share * len(points))
    for part, pen in ((points[now:], _AHEAD_PEN), (points[: now + 1], _BEHIND_PEN)):
        if len(part) > 1:
            painter.setPen(pen)
            painter.drawPolyline(QPolygonF(part))


def _put(painter: QPainter, picture: QPixmap, place: Array) -> None:
    size = picture.deviceIndependentSize()
    painter.drawPixmap(QPointF(place[0] - size.width() / 2.0, place[1] - size.height() / 2.0), picture)


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


def _paint_stroke(painter: QPainter, row: list[float], side: int) -> None:
    """A limb as two strokes with round ends: a dark rim, and the body."""
    x, y, end_x, end_y, first, last, nearness = row
    width = max(first + last, 1.5)
    body, rim = _strokes(side, round(nearness * 4.0), round(width * 4.0))
    line = QLineF(x, y, end_x + 0.01, end_y)
    painter.setPen(rim)
    painter.drawLine(line)
    painter.setPen(body)
    painter.drawLine(line)


@lru_cache(maxsize=4096)
def _strokes(side: int, nearness: int, quarter_pixels: int) -> tuple[QPen, QPen]:
    color = limb_color(side, nearness / 4.0)
    width = quarter_pixels / 4.0
    pens = [QPen(color, width), QPen(color.darker(190), width + 1.6)]
    for pen in pens:
        pen.setCapStyle(Qt.PenCapStyle.RoundCap)
    return pens[0], pens[1]
