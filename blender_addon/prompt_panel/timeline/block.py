"""One block of the timeline: a strip with its sentence, dragged by its body and its edges."""

from __future__ import annotations

from enum import Enum

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFocusEvent, QFontMetricsF, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from .. import theme
from ..project import Block
from . import colors
from .icons import paint_lock

EDGE_PX = 7.0
_PADDING = 7.0
_LOCK_PX = 11.0


class Grip(Enum):
    """What of a block is held."""

    LEFT = "left"
    BODY = "body"
    RIGHT = "right"


class BlockWidget(QWidget):
    """Shows a block and says what the mouse does with it; what becomes of that is the track's business.

    gripped(Grip), dragged(Grip, x, rolling), dropped(Grip, x): x in pixels of the parent; rolling: Ctrl is held.
    chosen: it has been clicked or has got the focus. opened: its sentence is to be edited.
    """

    gripped = Signal(object, float)
    dragged = Signal(object, float, bool)
    dropped = Signal(object, float)
    chosen = Signal()
    opened = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._block = Block("", 1.0)
        self._odd = self._selected = self._lifted = False
        self._length = ""
        self._held: Grip | None = None
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)

    def show_block(self, block: Block, index: int, where: str, length: str, selected: bool) -> None:
        """Show another state. where, length: in words, for those who do not see it and for the tip."""
        self._block, self._odd, self._selected, self._length = block, index % 2 == 1, selected, length
        locks = ", ".join(lock.replace("_", " ") for lock in block.locks)
        sentence = block.text or "no sentence yet"
        self.setAccessibleName(f"Block {index + 1}: {sentence}")
        self.setAccessibleDescription(f"{where}, {length}{f'; keeps {locks}' if locks else ''}")
        self.setToolTip(
            f"<b>{sentence.replace('<', '&lt;')}</b><br>{where}, {length}{f'<br>Keeps {locks}' if locks else ''}<br>"
            "<i>Drag to reorder, drag an edge to change the length; with Ctrl the neighbor makes up for it.</i>"
        )
        self.update()

    def set_lifted(self, lifted: bool) -> None:
        """Whether it is being carried to another place."""
        self._lifted = lifted
        self.update()

    def sizeHint(self) -> QSize:  # noqa: N802  (Qt's name)
        return QSize(120, 44)

    def grip_at(self, x: float) -> Grip:
        """What of the block is at a pixel of its own; a narrow block keeps a body to hold."""
        edge = min(EDGE_PX, self.width() / 4.0)
        return Grip.LEFT if x < edge else Grip.RIGHT if x >= self.width() - edge else Grip.BODY

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802  (Qt's name)
        if event.button() != Qt.MouseButton.LeftButton:
            return
        self.chosen.emit()
        self._held = self.grip_at(event.position().x())
        self.gripped.emit(self._held, self._parent_x(event))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:  # noqa: N802  (Qt's name)
        if self._held is None:
            on_edge = self.grip_at(event.position().x()) is not Grip.BODY
            self.setCursor(Qt.CursorShape.SizeHorCursor if on_edge else Qt.CursorShape.OpenHandCursor)
            return
        rolling = bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
        self.dragged.emit(self._held, self._parent_x(event), rolling)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:  # noqa: N802  (Qt's name)
        held, self._held = self._held, None
        if held is not None:
            self.dropped.emit(held, self._parent_x(event))

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:  # noqa: N802  (Qt's name)
        self.opened.emit()

    def focusInEvent(self, event: QFocusEvent) -> None:  # noqa: N802  (Qt's name)
        super().focusInEvent(event)
        if event.reason() in (Qt.FocusReason.TabFocusReason, Qt.FocusReason.BacktabFocusReason):
            self.chosen.emit()
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:  # noqa: N802  (Qt's name)
        super().focusOutEvent(event)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802  (Qt's name)
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if self._lifted:
            painter.setOpacity(0.7)
        body = QRectF(self.rect()).adjusted(0.5, 1.0, -0.5, -1.0)
        fill = colors.STRIP_SELECTED if self._selected else colors.STRIPS[self._odd]
        painter.setBrush(fill)
        painter.setPen(QPen(colors.STRIP_OUTLINE, 1.0))
        painter.drawRoundedRect(body, 4.0, 4.0)
        if self._selected or self.hasFocus():
            outline = theme.TEXT if self.hasFocus() else fill.lighter(150)
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(outline, 1.5))
            painter.drawRoundedRect(body.adjusted(1.0, 1.0, -1.0, -1.0), 3.5, 3.5)
        self._paint_words(painter, body)

    def _paint_words(self, painter: QPainter, body: QRectF) -> None:
        room = body.adjusted(_PADDING, 4.0, -_PADDING, -4.0)
        if room.width() < 6.0:
            return
        small = theme.quiet_font(self.font())
        painter.setPen(theme.TEXT if self._block.text else colors.EMPTY_TEXT)
        font = self.font()
        font.setItalic(not self._block.text)
        painter.setFont(font)
        words = self._block.text or "Type what happens"
        elided = QFontMetricsF(font).elidedText(words, Qt.TextElideMode.ElideRight, room.width())
        painter.drawText(room, Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft, elided)
        lower = room.adjusted(0.0, room.height() - QFontMetricsF(small).height(), 0.0, 0.0)
        if self._block.locks:
            lock = QRectF(QPointF(lower.left(), lower.center().y() - _LOCK_PX / 2.0), QPointF(0.0, 0.0))
            lock.setSize(QSize(int(_LOCK_PX), int(_LOCK_PX)).toSizeF())
            paint_lock(painter, lock, theme.TEXT)
            lower.setLeft(lock.right() + 4.0)
        painter.setFont(small)
        painter.setPen(theme.mixed(theme.TEXT, colors.STRIPS[0], 0.25))
        elided = QFontMetricsF(small).elidedText(self._length, Qt.TextElideMode.ElideRight, lower.width())
        painter.drawText(lower, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, elided)

    def _parent_x(self, event: QMouseEvent) -> float:
        return self.mapToParent(event.position()).x()
