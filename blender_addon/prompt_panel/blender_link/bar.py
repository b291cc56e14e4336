"""The bar at the window's top: the project's menu, and beside Blender its character and what can be done to it."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt, Signal
from PySide6.QtGui import QAction, QFontMetrics, QKeySequence, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QMenu, QPushButton, QSizePolicy, QToolButton, QWidget

from .. import theme
from .protocol import Scene

_COLORS = {"ready": theme.GOOD, "refused": theme.ERROR, "looking": theme.WARNING, "none": theme.MUTED}


class Bar(QWidget):
    """new_wanted, open_wanted, save_wanted: of the project. bake_wanted, preview_wanted: of the shown take.

    recent: the menu of earlier projects, filled by whoever knows them when it is about to be shown.
    keep_wanted(bool): the previewed take is to be kept, or taken off. remake_wanted: the character's own animation.
    """

    new_wanted = Signal()
    open_wanted = Signal()
    save_wanted = Signal()
    bake_wanted = Signal()
    preview_wanted = Signal()
    keep_wanted = Signal(bool)
    remake_wanted = Signal()

    def __init__(self, with_blender: bool, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("region")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.project = self._project_button()
        self.lamp, self.rig = _Lamp(), _Elided()
        self.preview = self._button("Preview on Rig", "Show the shown take on the character (Ctrl+P)", "Ctrl+P")
        self.keep = self._button("Keep", "Keep what is previewed as keyframes (Ctrl+K)", "Ctrl+K")
        self.discard = self._button("Discard", "Put the character back as it was (Ctrl+D)", "Ctrl+D")
        self.remake = self._button("Remake Range on Rig", "", "Ctrl+Shift+R")
        self.bake = self._button("Bake", "Write the shown take onto the character as keyframes (Ctrl+B)", "Ctrl+B")
        self.bake.setObjectName("primary")
        row = QHBoxLayout(self)
        row.setContentsMargins(theme.MARGIN, 3, theme.MARGIN, 3)
        row.setSpacing(theme.SPACING)
        row.addWidget(self.project)
        if with_blender:
            for widget in (self.lamp, self.rig, self.remake, self.preview, self.keep, self.discard, self.bake):
                row.addWidget(widget)
            row.setStretchFactor(self.rig, 1)
        else:
            row.addStretch(1)
        for button, signal in ((self.bake, self.bake_wanted), (self.preview, self.preview_wanted)):
            button.clicked.connect(lambda *_, signal=signal: signal.emit())
        self.remake.clicked.connect(lambda *_: self.remake_wanted.emit())
        self.keep.clicked.connect(lambda *_: self.keep_wanted.emit(True))
        self.discard.clicked.connect(lambda *_: self.keep_wanted.emit(False))
        self.show_scene(None, False)

    def show_scene(self, scene: Scene | None, has_take: bool, busy: bool = False) -> None:
        """Show the character, and which buttons can be pressed. busy: an order waits for its answer."""
        state = scene.map_state if scene is not None else "none"
        ready = state == "ready" and not busy
        deciding = scene is not None and scene.takes > 0
        self.lamp.show_state(state)
        self.rig.show_text(_words(scene))
        for button, shown in ((self.preview, not deciding), (self.keep, deciding), (self.discard, deciding)):
            button.setVisible(shown)
        for button in (self.keep, self.discard):
            button.setEnabled(not busy)
        for button in (self.bake, self.preview):
            button.setEnabled(ready and has_take and not deciding)
        span = scene.preview if scene is not None else None
        self.remake.setEnabled(ready and not deciding and span is not None)
        self.remake.setToolTip(
            f"Make frames {span[0]} to {span[1]} of what the character does anew (Shift+Ctrl+R)"
            if span is not None
            else "Set a preview range in Blender's timeline (P), then make it anew on the character"
        )

    def _button(self, text: str, tip: str, key: str) -> QPushButton:
        button = QPushButton(text)
        button.setToolTip(tip)
        button.setAccessibleName(text)
        button.setShortcut(QKeySequence(key))
        return button

    def _project_button(self) -> QToolButton:
        button = QToolButton()
        button.setText("Project")
        button.setAccessibleName("Project")
        button.setToolTip("Begin, open or save a project; every change is kept by itself as well")
        button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        menu = QMenu(button)
        self.recent = QMenu("Open Recent", menu)
        rows = (
            ("New Project", "Ctrl+N", self.new_wanted),
            ("Open Project …", "Ctrl+O", self.open_wanted),
            ("Save Project As …", "Ctrl+S", self.save_wanted),
        )
        for text, key, signal in rows:
            action = QAction(text, self)
            action.setShortcut(QKeySequence(key))
            action.triggered.connect(lambda *_, signal=signal: signal.emit())
            menu.addAction(action)
            self.addAction(action)
        menu.insertMenu(menu.actions()[-1], self.recent)
        button.setMenu(menu)
        return button


def _words(scene: Scene | None) -> str:
    if scene is None:
        return "Waiting for Blender …"
    if scene.map_state == "none":
        return "Select a character in Blender to bake onto it"
    if scene.map_state == "looking":
        return f"{scene.rig}: looking at its bones …"
    if scene.map_state == "refused":
        return scene.detail
    kept = f" · {scene.takes} previewed" if scene.takes else ""
    return f"{scene.rig} · {scene.detail} · {scene.fps:g} fps{kept}"


class _Lamp(QWidget):
    """Whether a motion can be put on the character: a dot, filled where it can, crossed where it is refused."""

    def __init__(self) -> None:
        super().__init__()
        self._state = "none"
        self.setFixedSize(12, 12)

    def show_state(self, state: str) -> None:
        self._state = state
        self.setAccessibleName(f"Character: {state}")
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802  (Qt's name)
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(_COLORS[self._state])
        circle = QRectF(2.0, 2.0, 8.0, 8.0)
        if self._state == "ready":
            painter.setBrush(_COLORS[self._state])
        if self._state == "refused":
            painter.drawLine(circle.topLeft(), circle.bottomRight())
            painter.drawLine(circle.topRight(), circle.bottomLeft())
        else:
            painter.drawEllipse(circle)


class _Elided(QLabel):
    """A line of text that gives way to the buttons; whole as a tip."""

    def __init__(self) -> None:
        super().__init__()
        self._whole = ""
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)

    def show_text(self, text: str) -> None:
        self._whole = text
        self.setToolTip(text)
        self.setAccessibleName(text)
        self._fit()

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802  (Qt's name)
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        metrics = QFontMetrics(self.font())
        self.setText(metrics.elidedText(self._whole, Qt.TextElideMode.ElideRight, self.width()))
