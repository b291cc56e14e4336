"""The large view: one motion or two in step, from any side; underneath, where in time it is and which feet stand."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass
from functools import partial

import numpy as np
from PySide6.QtCore import QPoint, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QKeySequence, QMouseEvent, QPainter, QPaintEvent, QPen, QWheelEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QToolButton, QVBoxLayout, QWidget

from . import icons, stage, theme
from .camera import Camera
from .figure import Figure, Glide
from .playback import Playback
from .scrubber import Scrubber

_RADIANS_A_PIXEL = 0.009
_KEY_STEP_RAD = math.radians(7.5)
_TELL_EVERY_S = 0.1
_MIDDLE_M = np.array([0.0, 0.86, 0.0])
_ROOM_M = 1.1
"""What is kept free around the way that is looked at as a whole."""


@dataclass(frozen=True, eq=False)
class Shown:
    """A motion in the viewer and what is written over it."""

    figure: Figure
    title: str = ""
    note: str = ""


class Viewer(QWidget):
    """The canvas with its transport. Everything follows `playback`.

    along: whether Blender is to play along; not seen where there is no Blender.
    """

    def __init__(self, playback: Playback, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("region")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.canvas = Canvas(playback)
        self.scrubber = Scrubber(playback)
        self._playback = playback
        self._play = _button("pause", "Play or pause (Space)", "Play or pause")
        self._play.clicked.connect(lambda: playback.set_playing(not playback.playing))
        playback.playing_changed.connect(self._show_playing)
        self._follow = _button("follow", "Keep the body in the middle, or look at its whole way (F)", "Follow the body")
        self._follow.setCheckable(True)
        self._follow.setChecked(True)
        self._follow.toggled.connect(self.canvas.set_following)
        self.canvas.following_changed.connect(self._follow.setChecked)
        self._home = _button("home", "Look from the front again (Home)", "Reset the view")
        self._home.clicked.connect(self.canvas.reset_view)
        self.along = _button(
            "along", "Blender plays along with this window (Ctrl+Shift+Space)", "Play along in Blender"
        )
        self.along.setCheckable(True)
        self.along.setShortcut(QKeySequence("Ctrl+Shift+Space"))
        self.along.hide()
        self._time = QLabel()
        self._time.setObjectName("quiet")
        self._time.setFont(theme.quiet_font(self.font()))
        self._time.setMinimumWidth(self._time.fontMetrics().horizontalAdvance("00.00 s · frame 0000"))
        self._told = 0.0
        playback.ticked.connect(self._show_time)
        self._lay_out()

    def show_one(self, shown: Shown | None, glide: bool = False) -> None:
        """Show a motion; where `glide`, the body goes over from what is shown now without a jump."""
        self.canvas.show_motions((shown,) if shown is not None else (), glide)
        self.scrubber.set_figures([shown.figure] if shown is not None else [])

    def show_two(self, first: Shown, second: Shown) -> None:
        """Show two motions side by side, in step and from the same side."""
        self.canvas.show_motions((first, second), False)
        self.scrubber.set_figures([first.figure, second.figure])

    @property
    def shown(self) -> tuple[Shown, ...]:
        """What is seen: nothing, one motion or two."""
        return self.canvas.shown

    def _lay_out(self) -> None:
        below = QHBoxLayout()
        below.setContentsMargins(theme.MARGIN, 2, theme.MARGIN, theme.MARGIN)
        below.setSpacing(4)
        for widget in (self._play, self.along, self.scrubber, self._time, self._follow, self._home):
            below.addWidget(widget, 1 if widget is self.scrubber else 0)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(2)
        layout.addWidget(self.canvas, 1)
        layout.addLayout(below)

    def _show_playing(self, playing: bool) -> None:
        self._play.setIcon(icons.icon("pause" if playing else "play"))

    def _show_time(self, seconds: float) -> None:
        now = time.perf_counter()
        if self._playback.playing and now - self._told < _TELL_EVERY_S:
            return  # nobody reads sixty numbers a second
        self._told = now
        if not self.canvas.shown:
            self._time.setText("")
            return
        figure = self.canvas.shown[0].figure
        self._time.setText(f"{seconds % figure.seconds:.2f} s · frame {int(figure.frame_at(seconds))}")


class Canvas(QWidget):
    """The picture itself: drag to orbit, Shift-drag to move, wheel to zoom, arrow keys for the same."""

    following_changed = Signal(bool)
    view_changed = Signal(object)

    def __init__(self, playback: Playback) -> None:
        super().__init__()
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setAccessibleName("Motion view")
        self.setAccessibleDescription("Arrow keys orbit, plus and minus zoom, Space plays or pauses, Home resets.")
        self.setToolTip("Drag: orbit   Shift+drag: move   Wheel: zoom   Space: play or pause   F: follow   Home: reset")
        self.shown: tuple[Shown, ...] = ()
        self.camera = Camera()
        self.empty_text = "Type what the character should do and press Enter."
        self.painted_at = 0.0
        self._playback = playback
        self._glide: Glide | None = None
        self._following = True
        self._grabbed: QPoint | None = None
        playback.ticked.connect(self._repaint)

    def sizeHint(self) -> QSize:  # noqa: N802  (Qt's name)
        return QSize(480, 360)

    def minimumSizeHint(self) -> QSize:  # noqa: N802  (Qt's name)
        return QSize(200, 140)

    def show_motions(self, shown: tuple[Shown, ...], glide: bool) -> None:
        """Show these from the next picture on."""
        gliding = glide and len(shown) == len(self.shown) == 1
        self._glide = Glide(self.shown[0].figure, shown[0].figure, time.perf_counter()) if gliding else None
        self.shown = shown
        self._aim()
        self.update()

    def set_following(self, following: bool) -> None:
        """Keep the body in the middle, or its whole way in the picture."""
        if following == self._following:
            return
        self._following = following
        self.following_changed.emit(following)
        self._aim()
        self.update()

    def reset_view(self) -> None:
        """From the front, as in the beginning."""
        self._set_camera(Camera())
        self._aim()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802  (Qt's name)
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        whole = QRectF(self.rect())
        if not self.shown:
            stage.paint_backdrop(painter, whole)
            stage.paint_floor(painter, stage.Picture(whole, self.camera), np.zeros(3))
            self._write_empty(painter, whole)
            self.painted_at = time.perf_counter()
            return
        width = whole.width() / len(self.shown)
        for number, shown in enumerate(self.shown):
            rect = QRectF(number * width, 0.0, width, whole.height())
            painter.setClipRect(rect)
            self._paint(painter, rect, shown)
            self._write(painter, rect, shown, "AB"[number] if len(self.shown) == 2 else "")
        painter.setClipping(False)
        if len(self.shown) == 2:
            painter.setPen(QPen(theme.OUTLINE, 2))
            painter.drawLine(round(width), 0, round(width), self.height())
        self.painted_at = time.perf_counter()

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802  (Qt's name)
        self._grabbed = event.position().toPoint()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:  # noqa: N802  (Qt's name)
        if self._grabbed is None:
            return
        place = event.position().toPoint()
        moved, self._grabbed = place - self._grabbed, place
        panning = event.modifiers() & Qt.KeyboardModifier.ShiftModifier or event.buttons() & Qt.MouseButton.MiddleButton
        if panning:
            self.set_following(False)
            self._set_camera(self.camera.panned(moved.x(), -moved.y(), self.height()))
        else:
            self._set_camera(self.camera.orbited(-moved.x() * _RADIANS_A_PIXEL, moved.y() * _RADIANS_A_PIXEL))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:  # noqa: N802  (Qt's name)
        self._grabbed = None

    def wheelEvent(self, event: QWheelEvent) -> None:  # noqa: N802  (Qt's name)
        self._set_camera(self.camera.zoomed(0.999 ** event.angleDelta().y()))

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802  (Qt's name)
        orbit, zoom = self.camera.orbited, self.camera.zoomed
        views = {
            Qt.Key.Key_Left: partial(orbit, -_KEY_STEP_RAD, 0.0),
            Qt.Key.Key_Right: partial(orbit, _KEY_STEP_RAD, 0.0),
            Qt.Key.Key_Up: partial(orbit, 0.0, _KEY_STEP_RAD),
            Qt.Key.Key_Down: partial(orbit, 0.0, -_KEY_STEP_RAD),
            Qt.Key.Key_Plus: partial(zoom, 0.9),
            Qt.Key.Key_Equal: partial(zoom, 0.9),
            Qt.Key.Key_Minus: partial(zoom, 1.1),
        }
        key = Qt.Key(event.key())
        if key in views:
            self._set_camera(views[key]())
        elif key == Qt.Key.Key_Space:
            self._playback.set_playing(not self._playback.playing)
        elif key == Qt.Key.Key_F:
            self.set_following(not self._following)
        elif key == Qt.Key.Key_Home:
            self.reset_view()
        else:
            super().keyPressEvent(event)

    def _set_camera(self, camera: Camera) -> None:
        self.camera = camera
        self.view_changed.emit(camera)
        self.update()

    def _repaint(self, seconds: float) -> None:
        if self.shown and self.isVisible():
            self.update()

    def _aim(self) -> None:
        """Where the whole way is looked at: far enough away to see it."""
        if self._following or not self.shown:
            if not self._following:
                return
            self.camera = self.camera.aimed_at(_MIDDLE_M)
            return
        paths = np.concatenate([shown.figure.ground_path_m for shown in self.shown])
        low, high = paths.min(axis=0), paths.max(axis=0)
        reach = float(np.hypot(*(high - low)[[0, 2]])) / 2.0 + _ROOM_M
        camera = self.camera.aimed_at((low + high) / 2.0 + _MIDDLE_M)
        self.camera = camera.zoomed(max(reach * 2.6, 3.6) / camera.distance_m)

    def _paint(self, painter: QPainter, rect: QRectF, shown: Shown) -> None:
        seconds, figure = self._playback.seconds, shown.figure
        points = figure.points_at(seconds) if self._glide is None else self._gliding(seconds)
        frame = figure.frame_at(seconds)
        camera = self.camera
        if self._following:
            camera = camera.aimed_at(points[0] * np.array([1.0, 0.0, 1.0]) + _MIDDLE_M)
        picture = stage.Picture(rect, camera)
        stage.paint_backdrop(painter, rect)
        stage.paint_floor(painter, picture, np.asarray(camera.target_m))
        stage.paint_path(painter, picture, figure, frame)
        if self._glide is None:
            stage.paint_contacts(painter, picture, points, figure.contacts[int(frame)])
        stage.paint_body(painter, picture, points)

    def _gliding(self, seconds: float) -> stage.Array:
        glide, now = self._glide, time.perf_counter()
        assert glide is not None
        if glide.share(now) >= 1.0:
            self._glide = None
        return glide.points_at(seconds, now)

    def _write(self, painter: QPainter, rect: QRectF, shown: Shown, letter: str) -> None:
        inside = rect.adjusted(12, 9, -12, -8)
        metrics = painter.fontMetrics()
        if letter:
            badge = QRectF(inside.left(), inside.top(), metrics.height() + 6, metrics.height() + 4)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme.ACCENT)
            painter.drawRoundedRect(badge, 4, 4)
            painter.setPen(QColor("#ffffff"))
            painter.drawText(badge, Qt.AlignmentFlag.AlignCenter, letter)
            inside.setLeft(badge.right() + 7)
        painter.setPen(theme.TEXT)
        title = metrics.elidedText(shown.title, Qt.TextElideMode.ElideRight, int(inside.width()))
        painter.drawText(inside, int(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft), title)
        painter.setPen(theme.MUTED)
        below = inside.adjusted(0, metrics.height() + 3, 0, 0)
        note = metrics.elidedText(shown.note, Qt.TextElideMode.ElideRight, int(inside.width()))
        painter.drawText(below, int(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft), note)

    def _write_empty(self, painter: QPainter, rect: QRectF) -> None:
        painter.setPen(theme.MUTED)
        inside = rect.adjusted(24, 24, -24, -24)
        painter.drawText(inside, int(Qt.AlignmentFlag.AlignCenter) | int(Qt.TextFlag.TextWordWrap), self.empty_text)


def _button(name: str, tip: str, accessible: str) -> QToolButton:
    button = QToolButton()
    button.setIcon(icons.icon(name))
    button.setToolTip(tip)
    button.setAccessibleName(accessible)
    return button
