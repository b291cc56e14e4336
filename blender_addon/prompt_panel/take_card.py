"""One take as a card: a small moving figure, its words, its seed and settings, and what can be done with it."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QContextMenuEvent,
    QDrag,
    QEnterEvent,
    QFocusEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
)
from PySide6.QtWidgets import QApplication, QMenu, QProgressBar, QToolButton, QVBoxLayout, QWidget

from . import icons, stage, theme
from .exporting import drag_data
from .figure import Figure
from .motion_files import MotionFiles
from .project import Take
from .small_stage import SmallPicture

_SHAPE = 0.86
"""The picture's height, as a share of its width."""
_LINES = 3


class TakeCard(QWidget):
    """Enter shows it, S stars, C compares, K keeps it alone, Delete removes it; dragging carries its file away."""

    show_wanted = Signal(str)
    compare_wanted = Signal(str)
    star_wanted = Signal(str)
    keep_wanted = Signal(str)
    delete_wanted = Signal(str)
    reuse_wanted = Signal(str)
    bake_wanted = Signal(str)
    preview_wanted = Signal(str)
    export_wanted = Signal(str, str)
    bvh_soon = Signal(str)

    def __init__(self, take: Take, motions: MotionFiles, rig: str = "") -> None:
        super().__init__()
        self.take = take
        self._motions = motions
        self.figure: Figure | None = None
        self._rig, self._role, self._compared, self._missing = rig, "", False, ""
        self._picture: SmallPicture | None = None
        self._pressed: QPoint | None = None
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self._star = _corner("Star", "A star keeps it (S)", self)
        self._star.clicked.connect(lambda: self.star_wanted.emit(self.take.motion_id))
        self._more = _corner("More", "What can be done with this take", self)
        self._more.setIcon(icons.icon("menu"))
        self._more.clicked.connect(lambda: self._open_menu(self._more.mapToGlobal(self._more.rect().bottomLeft())))
        self.show_take(take)

    def show_take(self, take: Take) -> None:
        """The same motion, as the project has it now."""
        self.take = take
        self._star.setIcon(icons.icon("star" if take.starred else "star_empty"))
        self._describe()
        self.update()

    def show_figure(self, figure: Figure) -> None:
        """Let it move."""
        self.figure, self._missing = figure, ""
        self.update()

    def show_missing(self, sentence: str) -> None:
        """Say why nothing moves."""
        self._missing = sentence
        self.setToolTip(sentence)
        self.update()

    def show_role(self, letter: str, compared: bool) -> None:
        """Whether the viewer shows it: “A” or “B”, or not at all."""
        if (letter, compared) != (self._role, self._compared):
            self._role, self._compared = letter, compared
            self._describe()
            self.update()

    def set_rig(self, rig: str) -> None:
        """What it can be baked onto."""
        self._rig = rig

    def show_picture(self, picture: SmallPicture) -> None:
        """The next moment of its figure, made for `picture_rect`."""
        self._picture = picture
        self.update(self.picture_rect.toRect())

    @property
    def picture_rect(self) -> QRectF:
        """Where the figure moves."""
        return QRectF(2.0, 2.0, self.width() - 4.0, round(self.width() * _SHAPE) - 4.0)

    def hasHeightForWidth(self) -> bool:  # noqa: N802  (Qt's name)
        return True

    def heightForWidth(self, width: int) -> int:  # noqa: N802  (Qt's name)
        return round(width * _SHAPE + (theme.quiet_metrics(self).lineSpacing() + 1) * _LINES + 10)

    def sizeHint(self) -> QSize:  # noqa: N802  (Qt's name)
        return QSize(150, self.heightForWidth(150))

    def resizeEvent(self, event: object) -> None:  # noqa: N802  (Qt's name)
        # Below the picture: what lies over it would be painted again with every one of its frames.
        self._star.move(self.width() - 46, self.height() - 25)
        self._more.move(self.width() - 25, self.height() - 25)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802  (Qt's name)
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        rect = self.picture_rect
        if not rect.contains(QRectF(event.rect())):  # more than the figure's next moment
            painter.fillRect(event.rect(), theme.PANEL)
            self._paint_words(painter, rect)
            self._paint_frame(painter)
            painter.setClipRect(rect)
        if self._picture is not None:
            self._picture.paint(painter, rect)
        else:
            self._paint_nothing(painter, rect)
        self._paint_signs(painter)

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802  (Qt's name)
        if event.button() == Qt.MouseButton.LeftButton:
            self._pressed = event.position().toPoint()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:  # noqa: N802  (Qt's name)
        if self._pressed is None:
            return
        way = (event.position().toPoint() - self._pressed).manhattanLength()
        if way >= QApplication.startDragDistance():
            self._pressed = None
            self._drag(npz=bool(event.modifiers() & Qt.KeyboardModifier.AltModifier))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:  # noqa: N802  (Qt's name)
        if self._pressed is None:
            return
        self._pressed = None
        beside = event.modifiers() & (Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier)
        (self.compare_wanted if beside else self.show_wanted).emit(self.take.motion_id)

    def enterEvent(self, event: QEnterEvent) -> None:  # noqa: N802  (Qt's name)
        self.bvh_soon.emit(self.take.motion_id)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:  # noqa: N802  (Qt's name)
        self._open_menu(event.globalPos())

    def focusInEvent(self, event: QFocusEvent) -> None:  # noqa: N802  (Qt's name)
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:  # noqa: N802  (Qt's name)
        self.update()

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802  (Qt's name)
        signals = {
            Qt.Key.Key_Return: self.show_wanted,
            Qt.Key.Key_Enter: self.show_wanted,
            Qt.Key.Key_S: self.star_wanted,
            Qt.Key.Key_C: self.compare_wanted,
            Qt.Key.Key_K: self.keep_wanted,
            Qt.Key.Key_Delete: self.delete_wanted,
            Qt.Key.Key_Backspace: self.delete_wanted,
        }
        key = Qt.Key(event.key())
        if key in signals:
            signals[key].emit(self.take.motion_id)
        else:
            super().keyPressEvent(event)

    def menu(self) -> QMenu:
        """Everything that can be done with it."""
        motion_id = self.take.motion_id
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)

        def add(text: str, signal: object, *arguments: str) -> None:
            menu.addAction(text).triggered.connect(lambda: signal.emit(motion_id, *arguments))  # type: ignore[attr-defined]

        if self._rig:
            add(f"Bake onto {self._rig}", self.bake_wanted)
            add(f"Preview on {self._rig}", self.preview_wanted)
            menu.addSeparator()
        add("Show\tEnter", self.show_wanted)
        add("Compare with the shown take\tC", self.compare_wanted)
        add("Remove star\tS" if self.take.starred else "Star\tS", self.star_wanted)
        add("Keep, and delete the others made with it\tK", self.keep_wanted)
        menu.addSeparator()
        add("Use its words, settings and seed", self.reuse_wanted)
        add("Export BVH …", self.export_wanted, "bvh")
        add("Export npz …", self.export_wanted, "npz")
        menu.addSeparator()
        add("Delete\tDel", self.delete_wanted)
        return menu

    def _open_menu(self, place: QPoint) -> None:
        self.menu().popup(place)

    def _drag(self, npz: bool) -> None:
        data = drag_data(self.take, npz, self._motions)
        drag = QDrag(self)
        drag.setMimeData(data)
        picture = self.grab(self.picture_rect.toRect())
        drag.setPixmap(picture.scaledToWidth(96, Qt.TransformationMode.SmoothTransformation))
        drag.exec(Qt.DropAction.CopyAction)

    def _describe(self) -> None:
        take = self.take
        role = {"": "", "A": "shown", "B": "compared"}[self._role]
        parts = [", then ".join(take.prompts), _how(take), f"seed {take.seed}", "starred" if take.starred else "", role]
        self.setAccessibleName("Take: " + ", ".join(part for part in parts if part))
        self.setToolTip(
            "\n".join(
                (
                    ", then ".join(take.prompts),
                    f"{_how(take)} · seed {take.seed}",
                    "",
                    "Click: show   Ctrl+click: compare   Drag: export",
                    "Ctrl+wheel, + and −: zoom; all takes are seen from the side of the large view",
                )
            )
        )

    def _paint_nothing(self, painter: QPainter, rect: QRectF) -> None:
        stage.paint_backdrop(painter, rect)
        if self.figure is None:
            painter.setPen(theme.MUTED)
            inside = rect.adjusted(8, 24, -8, -8)
            words = int(Qt.AlignmentFlag.AlignCenter) | int(Qt.TextFlag.TextWordWrap)
            painter.drawText(inside, words, self._missing or "Loading …")

    def _paint_words(self, painter: QPainter, picture: QRectF) -> None:
        painter.fillRect(QRectF(0, picture.bottom(), self.width(), self.height()), theme.RAISED)
        painter.setFont(theme.quiet_font(self.font()))
        metrics = painter.fontMetrics()
        inside = QRectF(8, picture.bottom() + 4, self.width() - 16, metrics.lineSpacing())
        texts = (", then ".join(self.take.prompts), f"seed {self.take.seed}", _how(self.take))
        for line, text in enumerate(texts):
            painter.setPen(theme.MUTED if line else theme.TEXT)
            room = inside.width() - (40 if line == len(texts) - 1 else 0)
            shown = metrics.elidedText(text, Qt.TextElideMode.ElideRight, int(room))
            painter.drawText(inside, int(Qt.AlignmentFlag.AlignVCenter), shown)
            inside.translate(0, metrics.lineSpacing() + 1)

    def _paint_frame(self, painter: QPainter) -> None:
        color = theme.ACCENT_LIGHT if self._role else QColor("#4a4a4a")
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(color, 2.0 if self._role else 1.0))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), 3, 3)

    def _paint_signs(self, painter: QPainter) -> None:
        """The focus, and which of the shown ones it is."""
        if self.hasFocus():
            painter.setClipping(False)
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(QColor("#ffffff"), 1.0, Qt.PenStyle.DashLine))
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(2.5, 2.5, -2.5, -2.5), 3, 3)
        if self._role:
            text = self._role if self._compared else "▶"
            badge = QRectF(6, 6, 17, 17)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme.ACCENT)
            painter.drawRoundedRect(badge, 4, 4)
            painter.setPen(QColor("#ffffff"))
            painter.setFont(theme.quiet_font(self.font(), 0.8))
            painter.drawText(badge, Qt.AlignmentFlag.AlignCenter, text)


class PendingCard(QWidget):
    """Where a take will be: how far it is, and a button that cancels."""

    cancel_wanted = Signal()

    def __init__(self, prompt: str) -> None:
        super().__init__()
        self.setAccessibleName(f"Being made: {prompt}")
        self._prompt = prompt
        self._bar = QProgressBar()
        self._bar.setTextVisible(False)
        self._bar.setRange(0, 1000)
        self._bar.setAccessibleName("Progress")
        cancel = QToolButton()
        cancel.setIcon(icons.icon("cancel"))
        cancel.setToolTip("Cancel (Esc)")
        cancel.setAccessibleName("Cancel")
        cancel.clicked.connect(self.cancel_wanted)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(14, 14, 14, 14)
        layout.addStretch(3)
        layout.addWidget(cancel, 0, Qt.AlignmentFlag.AlignHCenter)
        layout.addStretch(2)
        layout.addWidget(self._bar)

    def show_progress(self, fraction: float) -> None:
        """0 to 1."""
        self._bar.setValue(round(1000 * fraction))

    def hasHeightForWidth(self) -> bool:  # noqa: N802  (Qt's name)
        return True

    def heightForWidth(self, width: int) -> int:  # noqa: N802  (Qt's name)
        return round(width * _SHAPE + (theme.quiet_metrics(self).lineSpacing() + 1) * _LINES + 10)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802  (Qt's name)
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(QColor("#5a5a5a"), 1.0, Qt.PenStyle.DashLine))
        painter.setBrush(theme.mixed(theme.PANEL, theme.BACKGROUND, 0.4))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), 3, 3)


def _how(take: Take) -> str:
    """The length and the settings that matter."""
    settings = take.settings
    parts = [
        f"{take.seconds:.1f} s",
        settings.preset,
        "" if settings.guidance is None else f"guidance {settings.guidance:g}",
        "loop" if settings.loop else "",
        "in place" if settings.in_place else "",
        "" if settings.cleanup else "raw feet",
    ]
    return " · ".join(part for part in parts if part)


def _corner(name: str, tip: str, parent: QWidget) -> QToolButton:
    button = QToolButton(parent)
    button.setObjectName("flat")
    button.setAccessibleName(name)
    button.setToolTip(tip)
    button.setFixedSize(22, 22)
    button.setCursor(Qt.CursorShape.ArrowCursor)
    return button
