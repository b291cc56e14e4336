"""Painting a body on a floor: grid, path, feet that stand, capsules from far to near.

A card's picture is small and painted many times a second: there a limb is one stroke with a rim. The viewer's limbs are
tapered and lit.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QBrush, QColor, QLinearGradient, QPainter, QPen, QPolygonF

from . import theme
from .camera import Camera, clipped
from .figure import CAPSULE_ENDS, CAPSULE_RADII_M, CAPSULE_STARTS, CAPSULES, FEET, Figure

Array = NDArray[np.float64]

_GRID_REACH_M, _GRID_STEP_M = 4.0, 0.5
_SIDES = (theme.BODY_MIDDLE, theme.BODY_LEFT, theme.BODY_RIGHT)
_DIMMEST = 0.35
"""The share of its color that the farthest limb loses to the background."""


_SMALL_REACH_M = 2.0


def _small_grid() -> Array:
    """(S, 2, 3) meters."""
    places = np.arange(-_SMALL_REACH_M, _SMALL_REACH_M + 1e-6)
    along = [[[-_SMALL_REACH_M, 0.0, p], [_SMALL_REACH_M, 0.0, p]] for p in places]
    across = [[[p, 0.0, -_SMALL_REACH_M], [p, 0.0, _SMALL_REACH_M]] for p in places]
    return np.array([*along, *across])


_SMALL_GRID = _small_grid()
_SMALL_GRID_PEN = QPen(theme.mixed(theme.GRID, theme.VIEWPORT_BOTTOM, 0.35), 1.0)


@dataclass(frozen=True)
class Picture:
    """Where to paint, and through which eye. detailed: the viewer's way, not a card's."""

    rect: QRectF
    camera: Camera
    detailed: bool = False

    def projected(self, points_m: Array) -> Array:
        """(..., 3) x, y in pixels of the widget, and pixels a meter."""
        seen = self.camera.projected(points_m, self.rect.width(), self.rect.height())
        return np.asarray(seen + np.array([self.rect.x(), self.rect.y(), 0.0]))


def paint_small(painter: QPainter, picture: Picture, figure: Figure, points_m: Array, frame: float) -> None:
    """All of a card's picture, with as few strokes and as little arithmetic as it needs."""
    paint_backdrop(painter, picture.rect)
    ground = np.asarray(picture.camera.target_m) * np.array([1.0, 0.0, 1.0])
    _paint_small_floor(painter, picture, ground)
    paint_path(painter, picture, figure, frame)
    standing = figure.contacts[int(frame)]
    if standing.any():
        paint_contacts(painter, picture, points_m, standing)
    paint_body(painter, picture, points_m)


def _paint_small_floor(painter: QPainter, picture: Picture, ground_m: Array) -> None:
    """Lines of a meter's distance; from a card's eye none of them comes near."""
    ends = _SMALL_GRID + np.round(ground_m)
    seen = picture.projected(ends)[..., :2].reshape(-1, 4)
    painter.setPen(_SMALL_GRID_PEN)
    painter.drawLines([QLineF(*line) for line in seen.tolist()])


def paint_backdrop(painter: QPainter, rect: QRectF) -> None:
    """The empty stage."""
    gradient = QLinearGradient(rect.topLeft(), rect.bottomLeft())
    gradient.setColorAt(0.0, theme.VIEWPORT_TOP)
    gradient.setColorAt(1.0, theme.VIEWPORT_BOTTOM)
    painter.fillRect(rect, QBrush(gradient))


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
            painter.setPen(QPen(color, 2.0 if picture.detailed else 1.2))
            painter.drawPolyline(QPolygonF([QPointF(x, y) for x, y in part[:: 1 if picture.detailed else 3].tolist()]))


def paint_contacts(painter: QPainter, picture: Picture, points_m: Array, standing: NDArray[np.bool_]) -> None:
    """A ring on the floor under every heel and toe that stands."""
    feet = points_m[list(FEET)] * np.array([1.0, 0.0, 1.0])
    seen = picture.projected(feet)
    flatness = max(0.25, abs(np.sin(picture.camera.elevation_rad)))
    painter.setPen(QPen(theme.CONTACT, 2.0 if picture.detailed else 1.3))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    for (x, y, scale), stands in zip(seen.tolist(), standing.tolist(), strict=True):
        if stands:
            radius = 0.085 * scale
            painter.drawEllipse(QPointF(x, y), radius, radius * flatness)


def paint_body(painter: QPainter, picture: Picture, points_m: Array, strength: float = 1.0) -> None:
    """The capsules of one pose (P, 3), far ones first. strength: 1, or less for a ghost."""
    seen = picture.projected(points_m)
    starts, ends = seen[CAPSULE_STARTS], seen[CAPSULE_ENDS]
    scales = (starts[:, 2] + ends[:, 2]) / 2.0
    order = np.argsort(scales)
    nearness = (scales - scales.min()) / max(float(np.ptp(scales)), 1e-9)
    painter.setOpacity(strength)
    _paint_shadow(painter, picture, points_m)
    paint = _paint_limb if picture.detailed else _paint_stroke
    radii = np.stack([starts[:, 2] * CAPSULE_RADII_M[:, 0], ends[:, 2] * CAPSULE_RADII_M[:, 1]], axis=1)
    rows = np.concatenate([starts[:, :2], ends[:, :2], radii, nearness[:, None]], axis=1).tolist()
    for index in order.tolist():
        paint(painter, rows[index], CAPSULES[index].side)
    painter.setOpacity(1.0)


def _paint_shadow(painter: QPainter, picture: Picture, points_m: Array) -> None:
    middle = points_m[0] * np.array([1.0, 0.0, 1.0])
    x, y, scale = picture.projected(middle).tolist()
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(0, 0, 0, 60))
    flatness = max(0.12, abs(np.sin(picture.camera.elevation_rad)))
    painter.drawEllipse(QPointF(x, y), 0.34 * scale, 0.34 * scale * flatness)


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
    color = _color(side, nearness / 4.0)
    width = quarter_pixels / 4.0
    pens = [QPen(color, width), QPen(color.darker(190), width + 1.6)]
    for pen in pens:
        pen.setCapStyle(Qt.PenCapStyle.RoundCap)
    return pens[0], pens[1]


def _paint_limb(painter: QPainter, row: list[float], side: int) -> None:
    """A tapered limb: a dark rim, the body, and a light along its upper left."""
    x, y, end_x, end_y, first, last, nearness = row
    color = _color(side, nearness)
    painter.setPen(Qt.PenStyle.NoPen)
    for grown, shift, shade in ((1.4, 0.0, color.darker(185)), (0.0, 0.0, color), (-0.52, 0.2, color.lighter(114))):
        radii = [radius + grown if grown >= 0 else radius * (1.0 + grown) for radius in (first, last)]
        moved = [-shift * first, -shift * last]
        painter.setBrush(shade)
        _paint_taper(
            painter,
            QPointF(x + moved[0], y + moved[0]),
            QPointF(end_x + moved[1], end_y + moved[1]),
            (radii[0], radii[1]),
        )


def _paint_taper(painter: QPainter, start: QPointF, end: QPointF, radii: tuple[float, float]) -> None:
    painter.drawEllipse(start, radii[0], radii[0])
    along = QPointF(end - start)
    length = float(np.hypot(along.x(), along.y()))
    if length < 0.5:
        return
    painter.drawEllipse(end, radii[1], radii[1])
    across = QPointF(-along.y() / length, along.x() / length)
    painter.drawConvexPolygon(
        QPolygonF(
            [start + across * radii[0], end + across * radii[1], end - across * radii[1], start - across * radii[0]]
        )
    )


@lru_cache(maxsize=512)
def _shade(side: int, step: int) -> QColor:
    return theme.mixed(_SIDES[side], theme.VIEWPORT_BOTTOM, _DIMMEST * (1.0 - step / 16.0))


def _color(side: int, nearness: float) -> QColor:
    return _shade(side, round(nearness * 16.0))


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
