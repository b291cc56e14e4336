"""Time under the large view: a bar to drag, the feet that stand at each moment, stretches that are played alone."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen, QPixmap
from PySide6.QtWidgets import QSizePolicy, QWidget

from . import theme
from .figure import Figure
from .playback import Playback

_HEIGHT = 30
_EDGE = 6.0
_LETTERS = 12.0


class Scrubber(QWidget):
    """Left foot above, right foot below: thick where the whole foot stands, thin where only its heel or toe does."""

    def __init__(self, playback: Playback) -> None:
        super().__init__()
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName("Time")
        self.setAccessibleDescription("Left and right step one frame, Home and End go to the ends.")
        self.setToolTip(
            "Drag: choose a moment   Left, Right: one frame   Home, End: the ends\n"
            "Green: the left (L) and right (R) foot stand; a thin line: only heel or toe"
        )
        self._playback = playback
        self._figures: tuple[Figure, ...] = ()
        self._back: QPixmap | None = None
        self._line_x = 0
        playback.ticked.connect(self._move)
        playback.spans_changed.connect(self._forget)

    def set_figures(self, figures: Sequence[Figure]) -> None:
        """Whose time it is; the feet are the first one's, the length the longest one's."""
        self._figures = tuple(figures)
        self._forget()

    def sizeHint(self) -> QSize:  # noqa: N802  (Qt's name)
        return QSize(200, _HEIGHT)

    def minimumSizeHint(self) -> QSize:  # noqa: N802  (Qt's name)
        return QSize(80, _HEIGHT)

    def resizeEvent(self, event: object) -> None:  # noqa: N802  (Qt's name)
        self._back = None

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802  (Qt's name)
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if self._back is None:
            self._back = self._painted_back()
        painter.drawPixmap(0, 0, self._back)
        if self._figures:
            x = int(self._x(self._playback.seconds % self._seconds)) + 0.5
            painter.setPen(QPen(theme.ACCENT_LIGHT, 2.0))
            painter.drawLine(QPointF(x, 2.0), QPointF(x, self.height() - 2.0))
            painter.setBrush(theme.ACCENT_LIGHT)
            painter.drawEllipse(QPointF(x, 4.0), 2.6, 2.6)
        if self.hasFocus():
            painter.setPen(QPen(theme.ACCENT_LIGHT, 1.0))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), 4, 4)

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802  (Qt's name)
        self._choose(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:  # noqa: N802  (Qt's name)
        if event.buttons() & Qt.MouseButton.LeftButton:
            self._choose(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802  (Qt's name)
        if not self._figures:
            super().keyPressEvent(event)
            return
        now, frame = self._playback.seconds % self._seconds, 1.0 / self._figures[0].fps
        moments = {
            Qt.Key.Key_Left: max(now - frame, 0.0),
            Qt.Key.Key_Right: min(now + frame, self._last),
            Qt.Key.Key_Home: 0.0,
            Qt.Key.Key_End: self._last,
        }
        if event.key() in moments:
            self._playback.set_playing(False)
            self._playback.seek(moments[Qt.Key(event.key())])
        elif event.key() == Qt.Key.Key_Space:
            self._playback.set_playing(not self._playback.playing)
        else:
            super().keyPressEvent(event)

    def _move(self, seconds: float) -> None:
        """Only the strips where the line was and will be are painted again."""
        if self._figures:
            old, self._line_x = self._line_x, int(self._x(seconds % self._seconds))
            for x in {old, self._line_x} if old != self._line_x else ():
                self.update(x - 5, 0, 11, self.height())

    @property
    def _seconds(self) -> float:
        return max(figure.seconds for figure in self._figures)

    @property
    def _last(self) -> float:
        return self._seconds - 1.0 / self._figures[0].fps

    def _choose(self, event: QMouseEvent) -> None:
        if self._figures:
            share = (event.position().x() - self._left) / max(self.width() - self._left - _EDGE, 1.0)
            self._playback.set_playing(False)
            self._playback.seek(min(max(share * self._seconds, 0.0), self._last))

    @property
    def _left(self) -> float:
        return _EDGE + _LETTERS

    def _x(self, seconds: float) -> float:
        return self._left + seconds / self._seconds * (self.width() - self._left - _EDGE)

    def _forget(self) -> None:
        self._back = None
        self.update()

    def _painted_back(self) -> QPixmap:
        """All that does not move."""
        ratio = self.devicePixelRatioF()
        picture = QPixmap(self.size() * ratio)
        picture.setDevicePixelRatio(ratio)
        picture.fill(Qt.GlobalColor.transparent)
        painter = QPainter(picture)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.FIELD)
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0, 1, 0, -1), 4, 4)
        if self._figures:
            self._paint_spans(painter)
            self._paint_feet(painter)
        painter.end()
        return picture

    def _paint_spans(self, painter: QPainter) -> None:
        painter.setBrush(theme.mixed(theme.FIELD, theme.ACCENT, 0.55))
        for start, end in self._playback.spans:
            painter.drawRect(QRectF(QPointF(self._x(start), 2.0), QPointF(self._x(end), self.height() - 2.0)))

    def _paint_feet(self, painter: QPainter) -> None:
        figure = self._figures[0]
        painter.setFont(theme.quiet_font(self.font(), 0.78))
        for foot, letter in enumerate("LR"):
            y = self.height() * (0.31 + 0.38 * foot)
            painter.setPen(theme.MUTED)
            letters = QRectF(_EDGE - 2, y - 7, _LETTERS, 14)
            painter.drawText(letters, int(Qt.AlignmentFlag.AlignCenter), letter)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor("#383838"))
            painter.drawRect(QRectF(self._left, y - 0.5, self.width() - self._left - _EDGE, 1.0))
            standing = figure.contacts[:, 2 * foot : 2 * foot + 2].sum(axis=1)
            painter.setBrush(theme.CONTACT)
            for first, last, count in _runs(standing):
                height = 5.0 if count == 2 else 2.0
                left, right = self._x(first / figure.fps), self._x(last / figure.fps)
                painter.drawRect(QRectF(left, y - height / 2.0, right - left, height))


def _runs(counts: np.ndarray) -> list[tuple[int, int, int]]:
    """Stretches [first, last) of the same count above 0."""
    borders = [0, *(np.flatnonzero(np.diff(counts)) + 1).tolist(), len(counts)]
    return [(a, b, int(counts[a])) for a, b in pairwise(borders) if counts[a]]
