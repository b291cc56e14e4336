"""The timeline of prompts as one widget: buttons, blocks on a ruler, and what is chosen of them to be edited."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from PySide6.QtCore import QEvent, QObject, Qt, QTimer, Signal
from PySide6.QtGui import QAction, QDragEnterEvent, QDropEvent, QKeySequence, QResizeEvent, QShowEvent, QWheelEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QScrollArea, QToolButton, QVBoxLayout, QWidget

from .. import theme
from ..exporting import TAKE_TYPE
from ..project import MOST_BLOCKS, SHORTEST_SECONDS, Block, Project, Take
from ..project_model import ProjectModel
from . import edits
from .canvas import LEAST_PX, ROOM_PX, Canvas
from .icons import icon
from .rows import WIDE_PX, BlockRow, RangeRow
from .scale import LARGEST_SCALE, MARGIN_PX, SMALLEST_SCALE

_ZOOM = 1.25


class TimelineView(QWidget):
    """Edits the model's blocks and range, and asks for motion.

    regenerate_requested(start_s, end_s, text or None, keep_joints): a part of the shown motion is to be made anew.
    generate_requested: all blocks are to be made. playhead_moved(seconds): the user has moved the playhead.
    take_dropped(motion_id): a take was let down here; its sentences are the blocks now.
    """

    regenerate_requested = Signal(float, float, object, tuple)
    generate_requested = Signal()
    playhead_moved = Signal(float)
    take_dropped = Signal(str)

    def __init__(self, model: ProjectModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._model = model
        self.setAcceptDrops(True)
        self.setAccessibleName("Timeline")
        self.canvas = Canvas(model)
        self.setFocusProxy(self.canvas.ruler)
        self.canvas.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        self.scroller = QScrollArea()
        self.scroller.setWidget(self.canvas)
        self.scroller.setWidgetResizable(True)
        self.scroller.setFrameShape(QFrame.Shape.NoFrame)
        self.scroller.setMinimumHeight(LEAST_PX + self.scroller.horizontalScrollBar().sizeHint().height())
        self.scroller.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.scroller.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.block_row, self.range_row = BlockRow(), RangeRow()
        self.buttons: dict[str, QToolButton] = {}
        self._can_regenerate = False
        self._whole = True
        self._shown = model.project.shown
        self._length = QLabel()
        self._length.setObjectName("quiet")
        self._lay_out()
        self._add_keys()
        self._connect()
        self._refresh()

    def set_scene(self, fps: float, first_frame: int) -> None:
        """The scene that the ruler is of: its frames a second, and the frame that second 0 is on."""
        self.canvas.set_scale(replace(self.canvas.scale, fps=fps, first_frame=first_frame))
        self._refresh()

    def set_playhead(self, seconds: float) -> None:
        """Show the playhead elsewhere: Blender or the viewer has moved it. Emits nothing, changes no project."""
        if seconds != self.canvas.seconds:
            self.canvas.set_seconds(max(0.0, seconds))

    def frame_start(self, seconds: float) -> float:
        """When the scene's frame at a moment begins: what plays here stands on whole frames, as in Blender."""
        fps = self.canvas.scale.fps
        return int(seconds * fps + 1e-6) / fps

    def set_can_regenerate(self, can: bool) -> None:
        """Whether a motion is shown that parts of can be made anew."""
        self._can_regenerate = can
        self._refresh()

    def fit(self) -> None:
        """Zoom so that all blocks and the whole shown take are seen."""
        seconds = max(self.canvas.shown_seconds, 2.0)
        self._whole = True
        self._zoom_to((self.scroller.viewport().width() - MARGIN_PX - ROOM_PX - 1) / seconds, 0.0)
        self.scroller.horizontalScrollBar().setValue(0)

    def showEvent(self, event: QShowEvent) -> None:  # noqa: N802  (Qt's name)
        super().showEvent(event)
        QTimer.singleShot(0, self._fit_again)

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802  (Qt's name)
        super().resizeEvent(event)
        wide = self.width() >= WIDE_PX
        style = Qt.ToolButtonStyle.ToolButtonTextBesideIcon if wide else Qt.ToolButtonStyle.ToolButtonIconOnly
        for name in ("add", "again"):
            self.buttons[name].setToolButtonStyle(style)
        QTimer.singleShot(0, self._fit_again)  # when the timeline itself has its new size

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802  (Qt's name)
        """Ctrl and the wheel zoom about the pointer; the wheel alone goes along the timeline, as in Blender."""
        if isinstance(event, QWheelEvent) and watched is self.scroller.viewport():
            if event.modifiers() & Qt.KeyboardModifier.ControlModifier:
                self._zoom_by(_ZOOM if event.angleDelta().y() > 0 else 1.0 / _ZOOM, event.position().x())
            else:
                bar, turned = self.scroller.horizontalScrollBar(), event.angleDelta()
                bar.setValue(bar.value() - (turned.x() or turned.y()))
            return True
        return super().eventFilter(watched, event)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:  # noqa: N802  (Qt's name)
        if self._dragged_take(event) is not None:
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:  # noqa: N802  (Qt's name)
        take = self._dragged_take(event)
        if take is not None:
            event.acceptProposedAction()
            self.use_take(take)

    def use_take(self, take: Take) -> None:
        """Make a take's sentences the blocks, each with an equal share of its length where nothing else is known."""
        share = max(take.seconds / max(len(take.prompts), 1), SHORTEST_SECONDS)
        blocks = tuple(Block(text, edits.whole_frames(share, self.canvas.scale.fps)) for text in take.prompts)
        self._model.apply(lambda project: replace(project, blocks=blocks[:MOST_BLOCKS], shown=take.motion_id))
        self.fit()
        self.take_dropped.emit(take.motion_id)

    def _dragged_take(self, event: QDropEvent) -> Take | None:
        data = event.mimeData()
        if not data.hasFormat(TAKE_TYPE):
            return None
        return self._model.project.take(bytes(data.data(TAKE_TYPE).data()).decode("utf-8", "replace"))

    # What the buttons and keys do

    def add_block(self) -> None:
        """A new block after the chosen one, or at the end; its sentence can be typed at once."""
        chosen = self.canvas.selection
        index = chosen + 1 if chosen >= 0 else len(self._model.project.blocks)
        self._model.apply(lambda project: edits.insert(project, index))
        self.canvas.select(min(index, len(self._model.project.blocks) - 1))
        self.block_row.sentence.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def split_block(self) -> None:
        """Cut at the playhead, or the chosen block in its middle where the playhead is elsewhere."""
        blocks, chosen = self._model.project.blocks, self.canvas.selection
        seconds = self.canvas.seconds
        if chosen >= 0 and edits.block_at(blocks, seconds) != chosen:
            seconds = edits.starts(blocks)[chosen] + blocks[chosen].seconds / 2.0
        self._model.apply(lambda project: edits.split(project, seconds, self.canvas.scale.fps))

    def duplicate_block(self) -> None:
        """The chosen block twice."""
        chosen = self.canvas.selection
        self._model.apply(lambda project: edits.duplicate(project, chosen))
        if chosen >= 0:
            self.canvas.select(min(chosen + 1, len(self._model.project.blocks) - 1), focus=True)

    def remove_block(self) -> None:
        """Without the chosen block."""
        chosen = self.canvas.selection
        self._model.apply(lambda project: edits.remove(project, chosen))
        self.canvas.select(min(chosen, len(self._model.project.blocks) - 1), focus=True)

    def regenerate(self) -> None:
        """Ask for the marked range anew, or without one for the chosen block."""
        if self.range_row.button.isEnabled():
            self._ask_range()
        elif self.block_row.button.isEnabled():
            self._ask_block()

    def _ask_range(self) -> None:
        marked = self._model.project.range
        if marked is not None:
            text = " ".join(self.range_row.sentence.text().split()) or None
            self.regenerate_requested.emit(marked.start, marked.end, text, marked.locks)

    def _ask_block(self) -> None:
        blocks, chosen = self._model.project.blocks, self.canvas.selection
        if chosen >= 0:
            times, block = edits.starts(blocks), blocks[chosen]
            text = " ".join(block.text.split()) or None
            self.regenerate_requested.emit(times[chosen], times[chosen + 1], text, block.locks)

    def _move_block(self, step: int) -> None:
        chosen = self.canvas.selection
        to = min(max(chosen + step, 0), len(self._model.project.blocks) - 1)
        self._model.apply(lambda project: edits.move(project, chosen, to))
        self.canvas.select(to, focus=True)

    def _lengthen_block(self, frames: int) -> None:
        project, chosen, fps = self._model.project, self.canvas.selection, self.canvas.scale.fps
        if chosen >= 0:
            self._set_length(project.blocks[chosen].seconds + frames / fps)

    def _set_length(self, seconds: float) -> None:
        chosen, fps = self.canvas.selection, self.canvas.scale.fps
        self._model.apply(lambda project: edits.resize(project, chosen, seconds, fps), merge=f"length {chosen}")

    def _set_end_of_range(self, end: bool) -> None:
        """The playhead as the range's end, or start; the other end is the range's own or that of everything."""
        now, marked, fps = self.canvas.seconds, self._model.project.range, self.canvas.scale.fps
        if end:
            other = marked.start if marked and marked.start < now else 0.0
        else:
            other = marked.end if marked and marked.end > now else max(self._model.project.seconds, now)
        self._model.apply(lambda project: edits.mark(project, other, now, fps))

    # How it is put together

    def _lay_out(self) -> None:
        bar = QHBoxLayout()
        bar.setContentsMargins(theme.MARGIN, 2, theme.MARGIN, 0)
        bar.setSpacing(2)
        for name, title, tip, call in self._buttons():
            bar.addWidget(self._button(name, title, tip, call))
            if name in ("remove", "redo", "seconds"):
                bar.addSpacing(theme.MARGIN)
            if name == "redo":
                bar.addWidget(self._length)
                bar.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 2, 0, 4)
        column.setSpacing(4)
        column.addLayout(bar)
        column.addWidget(self.scroller, 1)
        column.addWidget(self.block_row)
        column.addWidget(self.range_row)

    def _buttons(self) -> tuple[tuple[str, str, str, Callable[[], None]], ...]:
        return (
            ("add", "Add block", "A new block after the chosen one (Shift+A)", self.add_block),
            ("split", "Split", "Cut the block at the playhead (K)", self.split_block),
            ("duplicate", "Duplicate", "The chosen block twice (Shift+D)", self.duplicate_block),
            ("remove", "Delete", "Delete the chosen block (X)", self.remove_block),
            ("undo", "Undo", "Take the last change of the timeline back (Ctrl+Z)", self._model.undo),
            ("redo", "Redo", "Make it again (Shift+Ctrl+Z)", self._model.redo),
            (
                "again",
                "Generate timeline",
                "Make all blocks as one motion (Shift+Ctrl+Enter)",
                self.generate_requested.emit,
            ),
            ("seconds", "Seconds", "Name seconds instead of frames (Ctrl+T)", self._toggle_seconds),
            ("farther", "Zoom out", "Show more (Ctrl and the wheel, or -)", lambda: self._zoom_by(1 / _ZOOM)),
            ("closer", "Zoom in", "Show less, larger (Ctrl and the wheel, or +)", lambda: self._zoom_by(_ZOOM)),
            ("whole", "Show all", "Show all blocks (Home)", self.fit),
        )

    def _button(self, name: str, title: str, tip: str, call: Callable[[], None]) -> QToolButton:
        button = QToolButton()
        button.setToolTip(tip)
        button.setAccessibleName(title)
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        button.clicked.connect(lambda *_: call())
        if name == "seconds":
            button.setText("s")
            button.setCheckable(True)
        else:
            button.setIcon(icon(name, theme.TEXT))
        if name in ("add", "again"):
            button.setText("Add" if name == "add" else "Generate All")
        self.buttons[name] = button
        return button

    def _add_keys(self) -> None:
        """Blender's own keys, heard where the focus is in the timeline but not while a sentence is typed."""
        keys: tuple[tuple[str, Callable[[], object]], ...] = (
            ("Shift+A", self.add_block),
            ("K", self.split_block),
            ("Shift+D", self.duplicate_block),
            ("X", self.remove_block),
            ("Delete", self.remove_block),
            ("Left", lambda: self.canvas.select(max(self.canvas.selection - 1, 0), focus=True)),
            ("Right", self._select_next),
            ("Alt+Left", lambda: self._move_block(-1)),
            ("Alt+Right", lambda: self._move_block(1)),
            ("Shift+Left", lambda: self._lengthen_block(-1)),
            ("Shift+Right", lambda: self._lengthen_block(1)),
            ("Return", lambda: self.block_row.sentence.setFocus(Qt.FocusReason.ShortcutFocusReason)),
            ("I", lambda: self._set_end_of_range(False)),
            ("O", lambda: self._set_end_of_range(True)),
            ("Escape", lambda: self._model.apply(edits.unmark)),
            ("Home", self.fit),
            ("+", lambda: self._zoom_by(_ZOOM)),
            ("-", lambda: self._zoom_by(1 / _ZOOM)),
        )
        for key, call in keys:
            self._add_key(self.scroller, key, call)
        for key, call in (
            ("Ctrl+Z", self._model.undo),
            ("Ctrl+Shift+Z", self._model.redo),
            ("Ctrl+R", self.regenerate),
            ("Ctrl+T", self.buttons["seconds"].click),
            ("Ctrl+Shift+Return", self.generate_requested.emit),
        ):
            self._add_key(self, key, call)

    def _add_key(self, place: QWidget, key: str, call: Callable[[], object]) -> None:
        action = QAction(place)
        action.setShortcut(QKeySequence(key))
        action.setShortcutContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        action.triggered.connect(lambda *_: call())
        place.addAction(action)

    def _connect(self) -> None:
        self.scroller.viewport().installEventFilter(self)
        self._model.changed.connect(self._refresh)
        self.canvas.selected.connect(lambda _: self._refresh())
        self.canvas.opened.connect(lambda _: self.block_row.sentence.setFocus(Qt.FocusReason.MouseFocusReason))
        self.canvas.scrubbed.connect(self.playhead_moved)
        self.canvas.settled.connect(self._keep_playhead)
        self.block_row.edited.connect(self._retext)
        self.block_row.lengthened.connect(self._set_length)
        self.block_row.locked.connect(self._relock)
        self.block_row.asked.connect(self._ask_block)
        self.range_row.locked.connect(
            lambda locks: self._model.apply(lambda project: edits.relock_range(project, locks))
        )
        self.range_row.asked.connect(self._ask_range)

    def _refresh(self) -> None:
        project, chosen = self._model.project, self.canvas.selection
        block = project.blocks[chosen] if 0 <= chosen < len(project.blocks) else None
        self.block_row.show_block(block, chosen, self.canvas.scale, self._can_regenerate)
        self.range_row.show_range(project.range, self.canvas.scale, self._can_regenerate)
        room = len(project.blocks) < MOST_BLOCKS
        enabled = {
            "add": room,
            "split": room and bool(project.blocks),
            "duplicate": room and block is not None,
            "remove": block is not None,
            "undo": self._model.can_undo,
            "redo": self._model.can_redo,
            "again": _complete(project),
        }
        for name, can in enabled.items():
            self.buttons[name].setEnabled(can)
        if project.shown != self._shown:
            self._shown = project.shown
            self.fit()
        self._length.setText(self.canvas.scale.length(project.seconds) if project.blocks else "")

    def _select_next(self) -> None:
        self.canvas.select(min(self.canvas.selection + 1, len(self._model.project.blocks) - 1), focus=True)

    def _retext(self, text: str) -> None:
        chosen = self.canvas.selection
        self._model.apply(lambda project: edits.retext(project, chosen, text), merge=f"text {chosen}")

    def _relock(self, locks: tuple[str, ...]) -> None:
        chosen = self.canvas.selection
        self._model.apply(lambda project: edits.relock(project, chosen, locks))

    def _keep_playhead(self) -> None:
        seconds = self.canvas.seconds
        self._model.apply(lambda project: replace(project, playhead=seconds))

    def _toggle_seconds(self) -> None:
        shown = self.buttons["seconds"].isChecked()
        self.canvas.set_scale(replace(self.canvas.scale, in_seconds=shown))
        self._refresh()

    def _fit_again(self) -> None:
        """All is seen at another size too, as long as the user has not zoomed."""
        if self._whole:
            self.fit()

    def _zoom_by(self, factor: float, about_px: float | None = None) -> None:
        self._whole = False
        about = about_px if about_px is not None else self.scroller.viewport().width() / 2.0
        self._zoom_to(self.canvas.scale.pixels_per_second * factor, about)

    def _zoom_to(self, pixels_per_second: float, about_px: float) -> None:
        """At another scale, with the time under pixel `about_px` of what is seen staying there."""
        bar, scale = self.scroller.horizontalScrollBar(), self.canvas.scale
        seconds = scale.seconds(bar.value() + about_px)
        wanted = min(max(pixels_per_second, SMALLEST_SCALE), LARGEST_SCALE)
        self.canvas.set_scale(replace(scale, pixels_per_second=wanted))
        bar.setMaximum(max(0, self.canvas.sizeHint().width() - self.scroller.viewport().width()))
        bar.setValue(round(self.canvas.scale.x(seconds) - about_px))


def _complete(project: Project) -> bool:
    return bool(project.blocks) and all(block.text.strip() for block in project.blocks)
