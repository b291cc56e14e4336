"""The timeline's few signs, drawn with lines so that they are sharp on every screen."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QPointF, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QIcon, QIconEngine, QPainter, QPen, QPixmap

_Draw = Callable[[QPainter], None]
_UNITS = 16.0
"""Every sign is drawn on a square of so many units."""


def paint_lock(painter: QPainter, rect: QRectF, color: QColor) -> None:
    """A closed padlock that fills `rect`."""
    painter.save()
    painter.translate(rect.topLeft())
    painter.scale(rect.width() / _UNITS, rect.height() / _UNITS)
    painter.setPen(QPen(color, 1.8))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawArc(QRectF(5.0, 2.0, 6.0, 8.0), 0, 180 * 16)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(color)
    painter.drawRoundedRect(QRectF(3.0, 7.0, 10.0, 7.5), 1.5, 1.5)
    painter.restore()


def icon(name: str, color: QColor) -> QIcon:
    """A sign by name: add, split, duplicate, remove, undo, redo, closer, farther, whole, again."""
    return QIcon(_Sign(_SIGNS[name], color))


class _Sign(QIconEngine):
    def __init__(self, draw: _Draw, color: QColor) -> None:
        super().__init__()
        self._draw, self._color = draw, color

    def clone(self) -> QIconEngine:
        return _Sign(self._draw, self._color)

    def paint(self, painter: QPainter, rect: QRect, mode: QIcon.Mode, state: QIcon.State) -> None:
        area = QRectF(rect)
        color = QColor(self._color)
        if mode == QIcon.Mode.Disabled:
            color.setAlphaF(0.4)
        side = min(area.width(), area.height())
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.translate(area.center() - QPointF(side / 2.0, side / 2.0))
        painter.scale(side / _UNITS, side / _UNITS)
        painter.setPen(QPen(color, 1.6, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap, Qt.PenJoinStyle.RoundJoin))
        self._draw(painter)
        painter.restore()

    def pixmap(self, size: QSize, mode: QIcon.Mode, state: QIcon.State) -> QPixmap:
        picture = QPixmap(size)
        picture.fill(Qt.GlobalColor.transparent)
        painter = QPainter(picture)
        self.paint(painter, picture.rect(), mode, state)
        painter.end()
        return picture


def _lines(*points: tuple[float, float, float, float]) -> _Draw:
    def draw(painter: QPainter) -> None:
        for x, y, end_x, end_y in points:
            painter.drawLine(QPointF(x, y), QPointF(end_x, end_y))

    return draw


def _split(painter: QPainter) -> None:
    painter.drawRect(QRectF(1.5, 4.5, 5.0, 7.0))
    painter.drawRect(QRectF(9.5, 4.5, 5.0, 7.0))
    painter.drawLine(QPointF(8.0, 1.5), QPointF(8.0, 14.5))


def _duplicate(painter: QPainter) -> None:
    painter.drawRect(QRectF(2.0, 2.0, 8.5, 8.5))
    painter.drawPolyline([QPointF(13.0, 6.0), QPointF(13.5, 13.5), QPointF(6.0, 13.5)])


def _turn(mirrored: bool) -> _Draw:
    def draw(painter: QPainter) -> None:
        if mirrored:
            painter.translate(_UNITS, 0.0)
            painter.scale(-1.0, 1.0)
        painter.drawArc(QRectF(3.0, 5.0, 10.0, 8.0), -90 * 16, 180 * 16)
        painter.drawLine(QPointF(8.0, 5.0), QPointF(3.0, 5.0))
        painter.drawPolyline([QPointF(5.5, 2.0), QPointF(2.5, 5.0), QPointF(5.5, 8.0)])

    return draw


def _again(painter: QPainter) -> None:
    painter.drawArc(QRectF(3.0, 3.0, 10.0, 10.0), 60 * 16, 290 * 16)
    painter.drawPolyline([QPointF(10.5, 0.8), QPointF(11.0, 4.0), QPointF(7.8, 4.6)])


def _lens(sign: _Draw) -> _Draw:
    def draw(painter: QPainter) -> None:
        painter.drawEllipse(QRectF(2.0, 2.0, 9.0, 9.0))
        painter.drawLine(QPointF(10.0, 10.0), QPointF(14.0, 14.0))
        sign(painter)

    return draw


_RIGHT_HEAD = ((12, 8, 10, 6), (12, 8, 10, 10))
_SIGNS: dict[str, _Draw] = {
    "add": _lines((8, 3, 8, 13), (3, 8, 13, 8)),
    "split": _split,
    "duplicate": _duplicate,
    "remove": _lines((4, 4, 12, 12), (12, 4, 4, 12)),
    "undo": _turn(False),
    "redo": _turn(True),
    "closer": _lens(_lines((6.5, 4.5, 6.5, 8.5), (4.5, 6.5, 8.5, 6.5))),
    "farther": _lens(_lines((4.5, 6.5, 8.5, 6.5))),
    "whole": _lines(
        (2, 3, 2, 13), (14, 3, 14, 13), (4, 8, 12, 8), (4, 8, 6, 6), (4, 8, 6, 10), (12, 8, 10, 6), (12, 8, 10, 10)
    ),
    "again": _again,
}
