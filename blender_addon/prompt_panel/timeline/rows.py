"""The two rows under the timeline: what is known of the chosen block, and what of the marked range, to be edited."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QDoubleSpinBox, QHBoxLayout, QLabel, QLineEdit, QPushButton, QWidget

from .. import theme
from ..project import LONGEST_SECONDS, LONGEST_TEXT, SHORTEST_SECONDS, Block, Range
from .locks import LockButton, keeps_everything
from .scale import Scale

_LABEL_PX = 76
WIDE_PX = 680
"""From here on there is room for whole words."""


class _Row(QWidget):
    """A label, a sentence, further fields and a button."""

    edited = Signal(str)
    locked = Signal(tuple)
    asked = Signal()

    def __init__(self, what: str, button: str, hints: tuple[str, str], parent: QWidget | None = None) -> None:
        """hints: what the empty field asks for, where there is room and where there is little."""
        super().__init__(parent)
        self._hints = hints
        self.label = QLabel()
        self.label.setFixedWidth(_LABEL_PX)
        self.sentence = QLineEdit()
        self.sentence.setMaxLength(LONGEST_TEXT)
        self.locks = LockButton(what)
        self.sentence.setMinimumWidth(90)
        self.button = QPushButton(button)
        self.button.setObjectName("primary")
        self.button.setAccessibleName(button)
        self.row = QHBoxLayout(self)
        self.row.setContentsMargins(theme.MARGIN, 0, theme.MARGIN, 0)
        self.row.setSpacing(theme.SPACING)
        for widget in (self.label, self.sentence, self.locks, self.button):
            self.row.addWidget(widget)
        self.row.setStretchFactor(self.sentence, 1)
        self.sentence.textEdited.connect(self.edited)
        self.sentence.returnPressed.connect(self.button.click)
        self.locks.chosen.connect(self.locked)
        self.button.clicked.connect(self.asked)

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802  (Qt's name)
        super().resizeEvent(event)
        narrow = self.width() < WIDE_PX
        self.locks.set_short(narrow)
        self.button.setText("Anew" if narrow else self.button.accessibleName())
        self.sentence.setPlaceholderText(self._hints[narrow])

    def _show_sentence(self, text: str) -> None:
        if self.sentence.text() != text:
            self.sentence.setText(text)
            self.sentence.setCursorPosition(0)


class BlockRow(_Row):
    """Of the chosen block: its sentence, its length in what the ruler names, what it keeps. lengthened(seconds)."""

    lengthened = Signal(float)

    def __init__(self, parent: QWidget | None = None) -> None:
        hints = "What happens in this block", "What happens"
        super().__init__("this block", "Make Block Anew", hints, parent)
        self._scale = Scale()
        self.length = QDoubleSpinBox()
        self.length.setAccessibleName("Length of the block")
        self.length.setKeyboardTracking(False)
        self.length.setFixedWidth(104)
        self.length.valueChanged.connect(self._lengthen)
        self.row.insertWidget(2, self.length)
        self.sentence.setAccessibleName("Sentence of the block")
        self.sentence.setToolTip("What the character does in this block. Enter makes the block anew.")
        self.show_block(None, -1, Scale(), False)

    def show_block(self, block: Block | None, index: int, scale: Scale, can_ask: bool) -> None:
        """Show a block, or that none is chosen. can_ask: whether there is a motion to change."""
        self.setEnabled(block is not None)
        self.label.setText(f"Block {index + 1}" if block else "No block")
        shown = block or Block("", 2.0)
        self._show_sentence(shown.text)
        self.locks.show_locks(shown.locks)
        self._show_length(shown.seconds, scale)
        nothing_left, no_words = keeps_everything(shown.locks), not shown.text.strip()
        self.button.setEnabled(block is not None and can_ask and not nothing_left and not no_words)
        self.button.setToolTip(
            _reason(can_ask, nothing_left, no_words) or "Make the motion of this block anew (Ctrl+R)."
        )

    def _show_length(self, seconds: float, scale: Scale) -> None:
        self._scale = scale
        unit = 1.0 if scale.in_seconds else scale.fps
        self.length.blockSignals(True)
        self.length.setDecimals(2 if scale.in_seconds else 0)
        self.length.setSuffix(" s" if scale.in_seconds else " f")
        self.length.setRange(SHORTEST_SECONDS * unit, LONGEST_SECONDS * unit)
        self.length.setSingleStep(0.1 if scale.in_seconds else 1.0)
        self.length.setValue(seconds * unit)
        self.length.blockSignals(False)
        self.length.setToolTip(f"How long the block lasts: {seconds:.2f} s, {round(seconds * scale.fps)} frames.")

    def _lengthen(self, value: float) -> None:
        self.lengthened.emit(value if self._scale.in_seconds else value / self._scale.fps)


class RangeRow(_Row):
    """Of the marked range: what is to happen there instead, what is kept."""

    def __init__(self, parent: QWidget | None = None) -> None:
        hints = "What happens there instead; empty: the same again", "What happens there instead"
        super().__init__("the range", "Make Range Anew", hints, parent)
        self.sentence.setAccessibleName("New sentence of the range")
        self.sentence.setToolTip(
            "What the character does in the marked range; empty: the same, another way. Enter makes the range anew."
        )
        self.show_range(None, Scale(), False)

    def show_range(self, marked: Range | None, scale: Scale, can_ask: bool) -> None:
        """Show a range, or that none is marked. can_ask: whether there is a motion to change."""
        self.setEnabled(marked is not None)
        self.label.setText(scale.span(marked.start, marked.end) if marked else "No range")
        self.label.setAlignment(Qt.AlignmentFlag.AlignVCenter)
        locks = marked.locks if marked else ()
        self.locks.show_locks(locks)
        nothing_left = keeps_everything(locks)
        self.button.setEnabled(marked is not None and can_ask and not nothing_left)
        self.button.setToolTip(
            _reason(can_ask, nothing_left, False) or "Make the marked range anew; the rest stays as it is (Ctrl+R)."
        )


def _reason(can_ask: bool, nothing_left: bool, no_words: bool) -> str:
    """Why a button is gray; empty where it is not."""
    if nothing_left:
        return "Everything is kept: leave a part of the body to be made anew."
    if no_words:
        return "Type what happens in this block first."
    return "" if can_ask else "Generate a motion first; then parts of it can be made anew."
