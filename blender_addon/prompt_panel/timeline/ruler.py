"""The ruler over the blocks, where the playhead is dragged; and the brush under them, where a range is marked."""

from __future__ import annotations

from dataclasses import replace
from enum import Enum

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QWidget

from .. import theme
from ..project import Range
from . import colors
from .scale import MARGIN_PX, Scale

RULER_PX = 22
BRUSH_PX = 22
_HANDLE_PX = 6.0
_FLAG_PX = 48
"""Half of what the playhead's flag takes at most."""


class _OwnKeys(QWidget):
    """Hears some keys before the shortcuts of the timeline do."""

    KEYS: tuple[Qt.Key, ...] = ()

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent) and event.key() in self.KEYS:
            event.accept()
            return True
        return super().event(event)


class Ruler(_OwnKeys):
    """Names frames or seconds. scrubbed(seconds): the playhead is being dragged; settled: it has been let go."""

    KEYS = (Qt.Key.Key_Left, Qt.Key.Key_Right, Qt.Key.Key_Home)
    scrubbed = Signal(float)
    settled = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._scale, self._seconds = Scale(), 0.0
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setFixedHeight(RULER_PX)
        self.setAccessibleName("Playhead")
        self.setToolTip("Drag to move the playhead, in Blender too. Left and Right: one frame; Home: the first.")

    def show_time(self, scale: Scale, seconds: float) -> None:
        """Show another scale or time."""
        flags = [self._scale.x(self._seconds), scale.x(seconds)]
        same, self._scale, self._seconds = scale == self._scale, scale, seconds
        unit = "" if scale.in_seconds else "frame "
        self.setAccessibleDescription(f"{unit}{scale.label(seconds)}")
        if not same:
            self.update()
            return
        for x in flags:
            self.update(int(max(x, _FLAG_PX)) - _FLAG_PX, 0, 2 * _FLAG_PX, RULER_PX)

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802  (Qt's name)
        if event.button() == Qt.MouseButton.LeftButton:
            self._scrub(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:  # noqa: N802  (Qt's name)
        if event.buttons() & Qt.MouseButton.LeftButton:
            self._scrub(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:  # noqa: N802  (Qt's name)
        self.settled.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802  (Qt's name)
        frame = 1.0 / self._scale.fps
        large = 10.0 if event.modifiers() & Qt.KeyboardModifier.ShiftModifier else 1.0
        steps = {Qt.Key.Key_Left: -frame * large, Qt.Key.Key_Right: frame * large}
        if event.key() in steps:
            self.scrubbed.emit(self._scale.snapped(max(0.0, self._seconds + steps[Qt.Key(event.key())])))
        elif event.key() == Qt.Key.Key_Home:
            self.scrubbed.emit(0.0)
        else:
            super().keyPressEvent(event)
            return
        self.settled.emit()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802  (Qt's name)
        painter = QPainter(self)
        painter.fillRect(event.rect(), colors.RULER)
        painter.setFont(theme.quiet_font(self.font()))
        start, end = (self._scale.seconds(x) for x in (event.rect().left() - 60, event.rect().right() + 60))
        for tick in self._scale.ticks(start, end):
            x = round(self._scale.x(tick.seconds)) + 0.5
            painter.setPen(theme.MUTED if tick.label else colors.GRID.lighter(150))
            painter.drawLine(QPointF(x, RULER_PX - (5 if tick.label else 3)), QPointF(x, RULER_PX))
            if tick.label:
                room = QRectF(x - 40.0, 0.0, 80.0, RULER_PX - 5.0)
                painter.drawText(room, Qt.AlignmentFlag.AlignCenter, tick.label)
        self._paint_flag(painter)

    def _paint_flag(self, painter: QPainter) -> None:
        """The number of the current frame in a box, as Blender's own timeline has it."""
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        label = self._scale.label(self._seconds)
        width = max(24.0, painter.fontMetrics().horizontalAdvance(label) + 10.0)
        x = self._scale.x(self._seconds)
        box = QRectF(max(0.0, x - width / 2.0), 1.0, width, RULER_PX - 5.0)
        painter.setPen(QPen(theme.TEXT, 1.0) if self.hasFocus() else Qt.PenStyle.NoPen)
        painter.setBrush(colors.PLAYHEAD)
        painter.drawRoundedRect(box, 3.0, 3.0)
        point = [QPointF(x - 4.0, box.bottom()), QPointF(x + 4.0, box.bottom()), QPointF(x, RULER_PX)]
        painter.setPen(Qt.PenStyle.NoPen)
        painter.drawPolygon(QPolygonF(point))
        painter.setPen(QColor("#ffffff"))
        painter.drawText(box, Qt.AlignmentFlag.AlignCenter, label)

    def _scrub(self, event: QMouseEvent) -> None:
        self.scrubbed.emit(self._scale.snapped(self._scale.seconds(event.position().x())))


class _Hold(Enum):
    START = "start"
    END = "end"
    ALL = "all"
    NEW = "new"


class Brush(_OwnKeys):
    """Marks a range by dragging. marked(start, end) while it is dragged, cleared, settled when it is let go."""

    KEYS = (Qt.Key.Key_Left, Qt.Key.Key_Right, Qt.Key.Key_Delete, Qt.Key.Key_Backspace, Qt.Key.Key_X)
    marked = Signal(float, float)
    cleared = Signal()
    settled = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._scale, self._range = Scale(), Range(0.0, 0.0)
        self._empty = True
        self._hold: _Hold | None = None
        self._from = 0.0
        self._began: Range = self._range
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.setFixedHeight(BRUSH_PX)
        self.setAccessibleName("Range to make anew")
        self.setToolTip(
            "Drag to mark what is to be made anew; drag its ends or its middle to change it.\n"
            "Left and Right move it by a frame, with Shift its end; Delete clears it."
        )

    def show_range(self, scale: Scale, marked: Range | None) -> None:
        """Show another scale or range."""
        self._scale, self._empty = scale, marked is None
        self._range = marked or Range(0.0, 0.0)
        self.setAccessibleDescription("none" if marked is None else scale.span(marked.start, marked.end))
        self.update()

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802  (Qt's name)
        if event.button() == Qt.MouseButton.LeftButton:
            self._hold, self._began = self._hold_at(event.position().x()), self._range
            self._from = self._scale.seconds(event.position().x())

    def mouseMoveEvent(self, event: QMouseEvent) -> None:  # noqa: N802  (Qt's name)
        x = event.position().x()
        if self._hold is None:
            on_end = self._hold_at(x) in (_Hold.START, _Hold.END)
            self.setCursor(Qt.CursorShape.SizeHorCursor if on_end else Qt.CursorShape.CrossCursor)
            return
        now = self._scale.seconds(x)
        if self._hold is _Hold.NEW:
            if abs(now - self._from) * self._scale.pixels_per_second >= 3.0:
                self.marked.emit(self._from, now)
        elif self._hold is _Hold.ALL:
            moved = max(now - self._from, -self._began.start)
            self.marked.emit(self._began.start + moved, self._began.end + moved)
        else:
            fixed = self._began.end if self._hold is _Hold.START else self._began.start
            self.marked.emit(fixed, now)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:  # noqa: N802  (Qt's name)
        moved = abs(self._scale.seconds(event.position().x()) - self._from) * self._scale.pixels_per_second
        if self._hold is _Hold.NEW and moved < 3.0:
            self.cleared.emit()
        self._hold = None
        self.settled.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802  (Qt's name)
        frame = 1.0 / self._scale.fps
        if event.key() in self.KEYS[2:] and not self._empty:
            self.cleared.emit()
        elif event.key() in self.KEYS[:2] and not self._empty:
            step = frame if event.key() == Qt.Key.Key_Right else -frame
            moved = replace(self._range, end=self._range.end + step)
            if not event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
                step = max(step, -self._range.start)
                moved = replace(self._range, start=self._range.start + step, end=self._range.end + step)
            self.marked.emit(moved.start, max(moved.end, moved.start + frame))
        else:
            super().keyPressEvent(event)
            return
        self.settled.emit()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802  (Qt's name)
        painter = QPainter(self)
        painter.fillRect(event.rect(), colors.RULER)
        painter.setFont(theme.quiet_font(self.font()))
        if self._empty:
            painter.setPen(theme.TEXT if self.hasFocus() else theme.MUTED)
            visible = QRectF(self.visibleRegion().boundingRect()).adjusted(2.0 * MARGIN_PX, 0.0, 0.0, 0.0)
            painter.drawText(visible, Qt.AlignmentFlag.AlignVCenter, "Drag here to mark what is to be made anew")
            return
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        left, right = self._scale.x(self._range.start), self._scale.x(self._range.end)
        bar = QRectF(left, 3.0, right - left, BRUSH_PX - 6.0)
        painter.setPen(QPen(theme.TEXT, 1.2) if self.hasFocus() else Qt.PenStyle.NoPen)
        painter.setBrush(colors.RANGE.darker(150))
        painter.drawRoundedRect(bar, 4.0, 4.0)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(colors.RANGE)
        for x in (left, right - 4.0):
            painter.drawRoundedRect(QRectF(x, 3.0, 4.0, BRUSH_PX - 6.0), 2.0, 2.0)
        painter.setPen(QColor("#ffffff"))
        words = self._scale.length(self._range.end - self._range.start)
        if painter.fontMetrics().horizontalAdvance(words) < bar.width() - 12.0:
            painter.drawText(bar, Qt.AlignmentFlag.AlignCenter, words)

    def sizeHint(self) -> QSize:  # noqa: N802  (Qt's name)
        return QSize(200, BRUSH_PX)

    def _hold_at(self, x: float) -> _Hold:
        if self._empty:
            return _Hold.NEW
        left, right = self._scale.x(self._range.start), self._scale.x(self._range.end)
        if abs(x - right) <= _HANDLE_PX:
            return _Hold.END
        if abs(x - left) <= _HANDLE_PX:
            return _Hold.START
        return _Hold.ALL if left < x < right else _Hold.NEW
