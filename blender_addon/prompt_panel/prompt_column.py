"""The left side: the sentence, what makes motion of it, how, and with which engine."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QCheckBox, QFrame, QHBoxLayout, QLabel, QPushButton, QScrollArea, QVBoxLayout, QWidget

from . import theme
from .controls import Controls, EnginePart
from .prompt_box import PromptBox

_MOST_NAMED = 4


class PromptColumn(QWidget):
    """Widgets in the order in which Tab reaches them; what they mean together is the window's business.

    generate and cancel: the same button, which says which of both it is now.
    """

    generate_wanted = Signal()
    cancel_wanted = Signal()
    undo_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("region")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.prompt = PromptBox()
        self.hint = _label("hint", "Words the model has not learnt")
        self.live = QCheckBox("&Live")
        self.live.setAccessibleName("Live")
        self.live.setToolTip("Show a draft while you type (Ctrl+L). Press Enter for the real takes.")
        self.go = QPushButton("Generate")
        self.go.setObjectName("primary")
        self.go.clicked.connect(self._pressed)
        self.message = _label("error", "Message")
        self.undo = QPushButton("Undo")
        self.undo.setAccessibleName("Undo deleting")
        self.undo.setToolTip("Bring back what was deleted last")
        self.undo.clicked.connect(self.undo_wanted)
        self.controls = Controls()
        self.engine = EnginePart()
        self._working = False
        self.show_working(False)
        self.prompt.strange.connect(self.show_strange_words)
        self._lay_out()

    def show_working(self, working: bool) -> None:
        """Whether takes are being made: then the button cancels."""
        self._working = working
        self.go.setText("Cancel" if working else "Generate")
        self.go.setAccessibleName(self.go.text())
        self.go.setToolTip("Stop making takes (Esc)" if working else "Make takes of these words (Enter)")

    def show_message(self, sentence: str, kind: str = "error", undo: bool = False) -> None:
        """A mistake, or news; an empty sentence takes it away."""
        self.message.setObjectName(kind)
        self.message.style().polish(self.message)
        self.message.setText(sentence)
        self.message.setVisible(bool(sentence))
        self.undo.setVisible(undo)

    def show_strange_words(self, words: list[str]) -> None:
        """Hint at words that the model has not learnt."""
        distinct = list(dict.fromkeys(word.lower() for word in words))
        named = ", ".join(f"“{word}”" for word in distinct[:_MOST_NAMED])
        more = " …" if len(distinct) > _MOST_NAMED else ""
        self.hint.setText(f"Not learnt: {named}{more}. The model may pass over it." if distinct else "")
        self.hint.setVisible(bool(distinct))

    def _pressed(self) -> None:
        (self.cancel_wanted if self._working else self.generate_wanted).emit()

    def _lay_out(self) -> None:
        buttons = QHBoxLayout()
        buttons.setSpacing(theme.MARGIN)
        buttons.addWidget(self.live)
        buttons.addWidget(self.go, 1)
        news = QHBoxLayout()
        news.addWidget(self.message, 1)
        news.addWidget(self.undo, 0, Qt.AlignmentFlag.AlignTop)
        inside = QWidget()
        below = QVBoxLayout(inside)
        below.setContentsMargins(0, 0, 3, 0)
        below.setSpacing(theme.MARGIN)
        below.addWidget(self.controls)
        below.addStretch(1)
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setWidget(inside)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(theme.MARGIN, theme.MARGIN, theme.MARGIN, theme.MARGIN)
        layout.setSpacing(theme.SPACING)
        layout.addWidget(self.prompt)
        layout.addWidget(self.hint)
        layout.addLayout(buttons)
        layout.addLayout(news)
        layout.addWidget(_line())
        layout.addWidget(scroll, 1)
        layout.addWidget(_line())
        layout.addWidget(self.engine)
        self.hint.hide()
        self.show_message("")


def _label(kind: str, name: str) -> QLabel:
    label = QLabel()
    label.setObjectName(kind)
    label.setWordWrap(True)
    label.setFont(theme.quiet_font(label.font(), 0.92))
    label.setAccessibleName(name)
    return label


def _line() -> QFrame:
    line = QFrame()
    line.setFixedHeight(1)
    line.setStyleSheet("background: #444444;")
    return line
