"""Where the sentence is typed: history, completion, a hint at unknown words; Enter generates."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QPointF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QPainter, QPaintEvent, QSyntaxHighlighter, QTextCharFormat, QTextCursor
from PySide6.QtWidgets import QPlainTextEdit, QWidget

from . import theme
from .vocabulary import Vocabulary, word_before

_LINES = 4
_QUESTION = "What should the character do?"


class PromptBox(QPlainTextEdit):
    """A few lines of text. submitted: Enter. dismissed: Esc. strange: the words the model has not learnt (list)."""

    submitted = Signal()
    dismissed = Signal()
    edited = Signal(str)
    strange = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName("Prompt")
        self.setAccessibleDescription(
            "What the character should do. Enter generates, Shift and Enter begin a new line."
        )
        self.setPlaceholderText(_QUESTION)
        self.setToolTip(
            "What the character should do.\nEnter: generate   Shift+Enter: new line   Esc: cancel\n"
            "Up and Down: earlier prompts   Tab or Right: take the gray completion"
        )
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.document().setDocumentMargin(3)
        self.setTabChangesFocus(True)
        self._vocabulary = Vocabulary()
        self._history: tuple[str, ...] = ()
        self._place = 0
        self._draft = ""
        self._ghost = ""
        self._filling = False
        self._marker = _Marker(self)
        self.textChanged.connect(self._text_changed)
        self.cursorPositionChanged.connect(self._look_ahead)

    def text(self) -> str:
        """What is typed."""
        return self.toPlainText()

    def fill(self, text: str) -> None:
        """Show a text, the cursor at its end; `edited` is not emitted."""
        self._filling = True
        self.setPlainText(text)
        self.moveCursor(QTextCursor.MoveOperation.End)
        self._filling = False

    def set_vocabulary(self, vocabulary: Vocabulary) -> None:
        """What completes words from now on."""
        self._vocabulary = vocabulary
        example = f"\nFor example: {vocabulary.examples[0]}" if vocabulary.examples else ""
        self.setPlaceholderText(f"{_QUESTION}{example}")
        self._look_ahead()
        self._marker.rehighlight()

    def set_history(self, prompts: Sequence[str]) -> None:
        """Earlier prompts, the newest last."""
        self._history = tuple(prompts)
        self._place = len(self._history)

    @property
    def completion(self) -> str:
        """What Tab would add."""
        return self._ghost

    @property
    def vocabulary(self) -> Vocabulary:
        """What completes words."""
        return self._vocabulary

    def sizeHint(self) -> QSize:  # noqa: N802  (Qt's name)
        return QSize(240, self.fontMetrics().lineSpacing() * _LINES + 16)

    def minimumSizeHint(self) -> QSize:  # noqa: N802  (Qt's name)
        return QSize(120, self.fontMetrics().lineSpacing() * 3 + 16)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802  (Qt's name)
        key, shift = event.key(), bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
        if key in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and not shift:
            self.submitted.emit()
        elif key == Qt.Key.Key_Escape:
            self._escape()
        elif key == Qt.Key.Key_Right and self._ghost and not shift:
            self.insertPlainText(self._ghost)
        elif (key == Qt.Key.Key_Up and self._in_first_line()) or (key == Qt.Key.Key_Down and self._in_last_line()):
            self._browse(-1 if key == Qt.Key.Key_Up else 1)
        else:
            super().keyPressEvent(event)

    def focusNextPrevChild(self, forward: bool) -> bool:  # noqa: N802  (Qt's name)
        """Tab takes the completion where there is one, and else goes on."""
        if forward and self._ghost:
            self.insertPlainText(self._ghost)
            return True
        return super().focusNextPrevChild(forward)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802  (Qt's name)
        super().paintEvent(event)
        if not self._ghost or not self.hasFocus():
            return
        painter = QPainter(self.viewport())
        painter.setPen(QColor("#7d7d7d"))
        painter.setFont(self.font())
        caret = self.cursorRect()
        painter.drawText(QPointF(caret.right(), caret.top() + self.fontMetrics().ascent()), self._ghost)

    def _escape(self) -> None:
        if self._ghost:
            self._set_ghost("")
        else:
            self.dismissed.emit()

    def _in_first_line(self) -> bool:
        probe = self.textCursor()
        return not probe.movePosition(QTextCursor.MoveOperation.Up)

    def _in_last_line(self) -> bool:
        probe = self.textCursor()
        return not probe.movePosition(QTextCursor.MoveOperation.Down)

    def _browse(self, step: int) -> None:
        """Show an earlier or later prompt; after the last comes what was being typed."""
        if self._place == len(self._history):
            self._draft = self.text()
        place = min(max(self._place + step, 0), len(self._history))
        if place == self._place:
            return
        self._place = place
        self.fill(self._draft if place == len(self._history) else self._history[place])
        self.edited.emit(self.text())

    def _text_changed(self) -> None:
        self._look_ahead()
        if not self._filling:
            self._place = len(self._history)
            self.edited.emit(self.text())

    def _look_ahead(self) -> None:
        cursor = self.textCursor()
        text = self.text()
        begun = "" if cursor.hasSelection() else word_before(text, cursor.position())
        at_end = not text[cursor.position() :].partition("\n")[0].strip()
        self._set_ghost(self._vocabulary.completion(begun) if begun and at_end else "")
        typing = cursor.position() if self.hasFocus() else None
        self.strange.emit([word for _, word in self._vocabulary.strange_words(text, typing)])

    def _set_ghost(self, ghost: str) -> None:
        if ghost != self._ghost:
            self._ghost = ghost
            self.viewport().update()


class _Marker(QSyntaxHighlighter):
    """A dotted line under each word that the model has not learnt, once it is typed."""

    def __init__(self, box: PromptBox) -> None:
        super().__init__(box.document())
        self._box = box

    def highlightBlock(self, text: str) -> None:  # noqa: N802  (Qt's name)
        form = QTextCharFormat()
        form.setUnderlineStyle(QTextCharFormat.UnderlineStyle.DotLine)
        form.setUnderlineColor(theme.WARNING)
        cursor = self._box.textCursor()
        typing = cursor.positionInBlock() if cursor.block() == self.currentBlock() and self._box.hasFocus() else None
        for start, word in self._box.vocabulary.strange_words(text, typing):
            self.setFormat(start, len(word), form)
