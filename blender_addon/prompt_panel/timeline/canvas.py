"""Ruler, blocks, brush and playhead over one another, in one scale."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import QPointF, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QMouseEvent, QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QWidget

from .. import theme
from ..project import Project, Take
from ..project_model import ProjectModel
from . import colors, edits
from .block import BlockWidget, Grip
from .ruler import BRUSH_PX, RULER_PX, Brush, Ruler
from .scale import MARGIN_PX, Scale

_LEAST_TRACK_PX = 40
LEAST_PX = RULER_PX + _LEAST_TRACK_PX + BRUSH_PX
ROOM_PX = 24
"""After the last block, so that its edge can be dragged on."""
_DRAG_PX = 4.0


class Canvas(QWidget):
    """Shows the model's blocks and range and changes them. selected(index or -1), opened(index), scrubbed(seconds)."""

    selected = Signal(int)
    opened = Signal(int)
    scrubbed = Signal(float)
    settled = Signal()

    def __init__(self, model: ProjectModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._model = model
        self.scale = Scale()
        self.selection = -1
        self._seconds = model.project.playhead
        self._blocks: list[BlockWidget] = []
        self._from_x = 0.0
        self._carried: int | None = None
        self._began: Project = model.project
        self.ruler, self.brush = Ruler(self), Brush(self)
        self._glass = _Glass(self)
        self.ruler.scrubbed.connect(self._scrub)
        self.ruler.settled.connect(self.settled)
        self.brush.marked.connect(self._mark)
        self.brush.cleared.connect(lambda: self._model.apply(edits.unmark))
        self.brush.settled.connect(self._model.end_merge)
        model.changed.connect(self._refresh)
        self._refresh()

    def set_scale(self, scale: Scale) -> None:
        """Show at another scale."""
        self.scale = scale
        self._refresh()

    def set_seconds(self, seconds: float) -> None:
        """Move the playhead, telling nobody."""
        self._seconds = seconds
        self.ruler.show_time(self.scale, seconds)
        self._glass.show_times(self.scale, seconds, self._model.project)

    @property
    def seconds(self) -> float:
        """Where the playhead is."""
        return self._seconds

    @property
    def shown_seconds(self) -> float:
        """How long the blocks and the shown take are."""
        take = self._model.project.take(self._model.project.shown)
        return max(self._model.project.seconds, take.seconds if take is not None else 0.0)

    def select(self, index: int, focus: bool = False) -> None:
        """Make a block the one that the buttons are about; -1 for none."""
        self.selection = index if 0 <= index < len(self._blocks) else -1
        self._refresh()
        if focus and self.selection >= 0:
            self._blocks[self.selection].setFocus(Qt.FocusReason.OtherFocusReason)
        self.selected.emit(self.selection)

    def block(self, index: int) -> BlockWidget:
        """The widget of a block."""
        return self._blocks[index]

    def sizeHint(self) -> QSize:  # noqa: N802  (Qt's name)
        seconds = max(self.shown_seconds, self._seconds, self._marked_end())
        return QSize(int(self.scale.x(seconds)) + ROOM_PX, LEAST_PX)

    def minimumSizeHint(self) -> QSize:  # noqa: N802  (Qt's name)
        return self.sizeHint()

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802  (Qt's name)
        self._place()

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802  (Qt's name)
        self.select(-1)
        self.setFocus(Qt.FocusReason.MouseFocusReason)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802  (Qt's name)
        painter = QPainter(self)
        painter.fillRect(event.rect(), colors.TRACK)
        start, end = self.scale.seconds(event.rect().left()), self.scale.seconds(event.rect().right())
        painter.setPen(QPen(colors.GRID, 1.0))
        for tick in self.scale.ticks(start, end):
            if tick.label:
                x = round(self.scale.x(tick.seconds)) + 0.5
                painter.drawLine(QPointF(x, RULER_PX), QPointF(x, self.height() - BRUSH_PX))
        take = self._model.project.take(self._model.project.shown)
        track = QRectF(0.0, RULER_PX, self.width(), self.height() - RULER_PX - BRUSH_PX)
        if take is not None:
            self._paint_take(painter, take, track)
        elif not self._blocks:
            painter.setPen(theme.MUTED)
            room = track.adjusted(2.0 * MARGIN_PX, 0.0, 0.0, 0.0)
            words = "No blocks yet: add one, or drag a take here"
            painter.drawText(room, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, words)

    def _paint_take(self, painter: QPainter, take: Take, track: QRectF) -> None:
        """How far the shown take reaches, under the blocks; its sentences where there are none."""
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        span = QRectF(self.scale.x(0.0), track.top() + 3.0, take.seconds * self.scale.pixels_per_second, 0.0)
        span.setHeight(track.height() - 6.0)
        painter.setPen(QPen(theme.MUTED, 1.0, Qt.PenStyle.DashLine))
        painter.setBrush(colors.GRID)
        painter.drawRoundedRect(span, 4.0, 4.0)
        if self._blocks:
            return
        room = span.adjusted(2.0 * MARGIN_PX, 0.0, -MARGIN_PX, 0.0)
        metrics, length = painter.fontMetrics(), f" · {self.scale.length(take.seconds)}"
        for_words = int(room.width()) - metrics.horizontalAdvance(length)
        words = metrics.elidedText(", then ".join(take.prompts), Qt.TextElideMode.ElideRight, for_words)
        painter.setPen(theme.TEXT)
        painter.drawText(room, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, words + length)

    def _refresh(self) -> None:
        blocks, times = self._model.project.blocks, edits.starts(self._model.project.blocks)
        while len(self._blocks) > len(blocks):
            self._blocks.pop().deleteLater()
        while len(self._blocks) < len(blocks):
            self._blocks.append(self._new_block(len(self._blocks)))
        if self.selection >= len(blocks):
            self.selection = len(blocks) - 1
            self.selected.emit(self.selection)
        for index, (widget, block) in enumerate(zip(self._blocks, blocks, strict=True)):
            where = self.scale.span(times[index], times[index + 1])
            length = self.scale.length(block.seconds)
            widget.show_block(block, index, where, length, index == self.selection)
        self.brush.show_range(self.scale, self._model.project.range)
        self.set_seconds(self._seconds)
        self.updateGeometry()
        self._place()
        self.update()

    def _new_block(self, index: int) -> BlockWidget:
        widget = BlockWidget(self)
        widget.gripped.connect(lambda grip, x: self._grip(x))
        widget.dragged.connect(lambda grip, x, rolling: self._drag(index, grip, x, rolling))
        widget.dropped.connect(lambda grip, x: self._drop(index, grip, x))
        widget.chosen.connect(lambda: self.select(index))
        widget.opened.connect(lambda: self.opened.emit(index))
        QWidget.setTabOrder(self._blocks[-1] if self._blocks else self.ruler, widget)
        widget.show()
        return widget

    def _place(self) -> None:
        track = QRect(0, RULER_PX, self.width(), self.height() - RULER_PX - BRUSH_PX)
        self.ruler.setGeometry(0, 0, self.width(), RULER_PX)
        self.brush.setGeometry(0, track.bottom() + 1, self.width(), BRUSH_PX)
        times = edits.starts(self._model.project.blocks)
        for index, widget in enumerate(self._blocks):
            if index != self._carried:
                left, right = round(self.scale.x(times[index])), round(self.scale.x(times[index + 1]))
                widget.setGeometry(left, track.top() + 3, max(right - left, 3), track.height() - 6)
        self._glass.setGeometry(self.rect())
        self._glass.raise_()

    def _grip(self, x: float) -> None:
        self._from_x, self._began = x, self._model.project

    def _drag(self, index: int, grip: Grip, x: float, rolling: bool) -> None:
        moved = (x - self._from_x) / self.scale.pixels_per_second
        if grip is Grip.BODY:
            self._carry(index, x)
            return
        held = index if grip is Grip.RIGHT else index - 1
        if held < 0:
            return
        change = edits.roll if rolling else edits.resize
        seconds = self._began.blocks[held].seconds + moved
        blocks = change(self._began, held, seconds, self.scale.fps).blocks
        self._model.apply(lambda project: replace(project, blocks=blocks), merge=f"edge {held}")

    def _carry(self, index: int, x: float) -> None:
        if self._carried is None:
            if abs(x - self._from_x) < _DRAG_PX:
                return
            self._carried = index
            self._blocks[index].set_lifted(True)
            self._blocks[index].setCursor(Qt.CursorShape.ClosedHandCursor)
        widget, times = self._blocks[index], edits.starts(self._model.project.blocks)
        widget.move(round(self.scale.x(times[index]) + x - self._from_x), widget.y())
        widget.raise_()
        self._glass.show_gap(self.scale.x(times[self._gap(index, x)]))

    def _gap(self, index: int, x: float) -> int:
        """Between which blocks the carried one would be let down: the index of the gap."""
        times = edits.starts(self._model.project.blocks)
        middle = times[index] + self._model.project.blocks[index].seconds / 2.0
        middle += (x - self._from_x) / self.scale.pixels_per_second
        return min(range(len(times)), key=lambda gap: abs(times[gap] - middle))

    def _drop(self, index: int, grip: Grip, x: float) -> None:
        if self._carried is None:
            self._model.end_merge()
            return
        gap = self._gap(index, x)
        self._carried = None
        self._blocks[index].set_lifted(False)
        self._glass.show_gap(None)
        to = gap if gap <= index else gap - 1
        self._model.apply(lambda project: edits.move(project, index, to))
        self.select(to, focus=True)

    def _mark(self, start: float, end: float) -> None:
        self._model.apply(lambda project: edits.mark(project, start, end, self.scale.fps), merge="range")

    def _scrub(self, seconds: float) -> None:
        self.set_seconds(seconds)
        self.scrubbed.emit(seconds)

    def _marked_end(self) -> float:
        return self._model.project.range.end if self._model.project.range else 0.0


class _Glass(QWidget):
    """What lies over everything and takes no mouse: the marked range, the playhead, where a block would go."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._scale, self._seconds = Scale(), 0.0
        self._span: tuple[float, float] | None = None
        self._gap_x: float | None = None
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)

    def show_times(self, scale: Scale, seconds: float, project: Project) -> None:
        old = self._scale.x(self._seconds)
        span = (project.range.start, project.range.end) if project.range else None
        same = (scale, span) == (self._scale, self._span)
        self._scale, self._seconds, self._span = scale, seconds, span
        if not same:
            self.update()
            return
        for x in (old, scale.x(seconds)):
            self.update(int(x) - 3, 0, 7, self.height())

    def show_gap(self, x: float | None) -> None:
        self._gap_x = x
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802  (Qt's name)
        painter = QPainter(self)
        if self._span is not None:
            left, right = (self._scale.x(seconds) for seconds in self._span)
            veil = QColor(colors.RANGE)
            veil.setAlpha(46)
            lane = QRectF(left, RULER_PX, right - left, self.height() - RULER_PX - BRUSH_PX)
            painter.fillRect(lane, veil)
            painter.setPen(QPen(colors.RANGE, 1.0))
            for x in (round(left) + 0.5, round(right) - 0.5):
                painter.drawLine(QPointF(x, lane.top()), QPointF(x, lane.bottom()))
        x = round(self._scale.x(self._seconds))
        painter.fillRect(QRectF(x - 1.0, RULER_PX, 2.0, self.height() - RULER_PX), colors.PLAYHEAD.lighter(125))
        if self._gap_x is not None:
            painter.fillRect(QRectF(self._gap_x - 1.5, RULER_PX, 3.0, self.height() - RULER_PX - BRUSH_PX), theme.TEXT)
