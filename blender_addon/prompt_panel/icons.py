"""The few small pictures on buttons, painted here: sharp at any scale, in the theme's color."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QBrush, QColor, QIcon, QPainter, QPen, QPixmap, QPolygonF

from . import theme

_SIZE = 16
_SHARPNESS = 4


@lru_cache(maxsize=64)
def icon(name: str) -> QIcon:
    """A button's picture by name, 16 × 16, gray where the button is off."""
    result = QIcon()
    result.addPixmap(_pixmap(name, theme.TEXT), QIcon.Mode.Normal)
    result.addPixmap(_pixmap(name, QColor("#777777")), QIcon.Mode.Disabled)
    return result


def _pixmap(name: str, color: QColor) -> QPixmap:
    picture = QPixmap(_SIZE * _SHARPNESS, _SIZE * _SHARPNESS)
    picture.setDevicePixelRatio(_SHARPNESS)
    picture.fill(Qt.GlobalColor.transparent)
    painter = QPainter(picture)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    pen = QPen(color, 1.5)
    pen.setCapStyle(Qt.PenCapStyle.RoundCap)
    pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
    painter.setPen(pen)
    painter.setBrush(QBrush(color))
    _PAINTERS[name](painter)
    painter.end()
    return picture


def _polygon(*points: tuple[float, float]) -> QPolygonF:
    return QPolygonF([QPointF(x, y) for x, y in points])


def _play(painter: QPainter) -> None:
    painter.drawPolygon(_polygon((5, 3.2), (12.5, 8), (5, 12.8)))


def _pause(painter: QPainter) -> None:
    for x in (4.5, 9.2):
        painter.drawRect(QRectF(x, 3.5, 2.0, 9.0))


def _follow(painter: QPainter) -> None:
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawEllipse(QPointF(8, 8), 4.4, 4.4)
    for x, y in ((0, 1), (0, -1), (1, 0), (-1, 0)):
        painter.drawLine(QPointF(8 + 3.0 * x, 8 + 3.0 * y), QPointF(8 + 6.4 * x, 8 + 6.4 * y))


def _home(painter: QPainter) -> None:
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawPolyline(_polygon((2, 8.2), (8, 2.8), (14, 8.2)))
    painter.drawPolyline(_polygon((3.8, 7.2), (3.8, 13.2), (12.2, 13.2), (12.2, 7.2)))


def _star_points() -> QPolygonF:
    angles = -np.pi / 2 + np.arange(10) * np.pi / 5
    radii = np.where(np.arange(10) % 2 == 0, 6.2, 2.7)
    return _polygon(*zip(8 + radii * np.cos(angles), 8.4 + radii * np.sin(angles), strict=True))


def _star(painter: QPainter) -> None:
    painter.setPen(QPen(theme.STAR, 1.2))
    painter.setBrush(theme.STAR)
    painter.drawPolygon(_star_points())


def _star_empty(painter: QPainter) -> None:
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawPolygon(_star_points())


def _menu(painter: QPainter) -> None:
    for y in (3.5, 8.0, 12.5):
        painter.drawEllipse(QPointF(8, y), 0.9, 0.9)


def _dice(painter: QPainter) -> None:
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawRoundedRect(QRectF(2.5, 2.5, 11, 11), 2.5, 2.5)
    for x, y in ((5.4, 5.4), (10.6, 10.6), (5.4, 10.6), (10.6, 5.4), (8, 8)):
        painter.drawEllipse(QPointF(x, y), 0.5, 0.5)


def _pin(painter: QPainter) -> None:
    painter.drawLine(QPointF(8, 9.5), QPointF(8, 14))
    painter.drawPolygon(_polygon((5.6, 2.6), (10.4, 2.6), (9.6, 5.6), (11.8, 9.0), (4.2, 9.0), (6.4, 5.6)))


def _pin_empty(painter: QPainter) -> None:
    painter.setBrush(Qt.BrushStyle.NoBrush)
    _pin(painter)


def _cancel(painter: QPainter) -> None:
    painter.drawLine(QPointF(4.2, 4.2), QPointF(11.8, 11.8))
    painter.drawLine(QPointF(11.8, 4.2), QPointF(4.2, 11.8))


def _along(painter: QPainter) -> None:
    """Two frames in step."""
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawRoundedRect(QRectF(1.8, 2.2, 9.0, 7.4), 1.2, 1.2)
    painter.drawPolyline(_polygon((13.2, 5.6), (14.2, 5.6), (14.2, 13.6), (4.8, 13.6), (4.8, 12.4)))
    painter.setBrush(QBrush(painter.pen().color()))
    painter.drawPolygon(_polygon((5.2, 4.4), (8.0, 5.9), (5.2, 7.4)))


_PAINTERS: dict[str, Callable[[QPainter], None]] = {
    "play": _play,
    "pause": _pause,
    "follow": _follow,
    "home": _home,
    "star": _star,
    "star_empty": _star_empty,
    "menu": _menu,
    "dice": _dice,
    "pin": _pin,
    "pin_empty": _pin_empty,
    "cancel": _cancel,
    "along": _along,
}
