"""The window's end of the pipes: messages of Blender as signals, orders to Blender as calls. Nothing here blocks."""

from __future__ import annotations

import os
import sys
from itertools import count
from pathlib import Path
from typing import BinaryIO

from PySide6.QtCore import QObject, Signal

from ..checked import RefusedError
from . import protocol
from .lines import LineReader, LineWriter
from .protocol import (
    Answer,
    Bake,
    Close,
    EndPreview,
    EngineAt,
    Message,
    OpenProject,
    Preview,
    ProjectChanged,
    Ready,
    Refused,
    Regenerate,
    Saved,
    Scene,
    SetFrame,
    Show,
    StartEngine,
)

_LAST_WORDS_SECONDS = 1.0


class Link(QObject):
    """Blender, as the window knows it. scene: what it said last, None before.

    Every signal brings the message of its name. ended(on_purpose): Blender is gone, nothing more comes.
    """

    scene_changed = Signal(object)
    frame_changed = Signal(float)
    engine_found = Signal(object)
    project_opened = Signal(object)
    project_saved = Signal(object)
    answered = Signal(object)
    refused = Signal(object)
    shown = Signal()
    ended = Signal(bool)
    _came = Signal(object)
    _broke = Signal()

    def __init__(self, incoming: BinaryIO, outgoing: BinaryIO, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.scene: Scene | None = None
        self._orders = count(1)
        self._closing = False
        self._writer = LineWriter(outgoing)
        self._came.connect(self._take)
        self._broke.connect(lambda: self.ended.emit(self._closing))
        LineReader(incoming, self._read, self._refuse_oversized, self._broke.emit)

    def ready(self) -> None:
        """Say that the window is on the screen."""
        self._send(Ready())

    def start_engine(self) -> None:
        """Have the engine started again; `engine_found` says where it is."""
        self._send(StartEngine())

    def bake(self, file: Path, name: str, frame: int) -> int:
        """Have a motion baked onto the active character. Returns the order's number, which the answer names."""
        return self._order(Bake(next(self._orders), str(file), name, frame))

    def preview(self, file: Path, name: str, frame: int) -> int:
        """Have a motion shown on the active character until `end_preview`. Returns the order's number."""
        return self._order(Preview(next(self._orders), str(file), name, frame))

    def end_preview(self, keep: bool) -> int:
        """Have the shown motion kept as keys, or taken off. Returns the order's number."""
        return self._order(EndPreview(next(self._orders), keep))

    def regenerate(self, start: int, end: int, text: str | None, locks: tuple[str, ...]) -> int:
        """Have frames of the character's own animation made anew. Returns the order's number."""
        return self._order(Regenerate(next(self._orders), start, end, text, locks))

    def set_frame(self, frame: float) -> None:
        """Have Blender show a frame of the scene."""
        self._send(SetFrame(frame))

    def project(self, file: Path) -> None:
        """Have the project's newest state put into the .blend."""
        self._send(ProjectChanged(str(file)))

    def close(self) -> None:
        """Send what waits, and close the pipe."""
        self._writer.close(_LAST_WORDS_SECONDS)

    def _order(self, message: Bake | Preview | EndPreview | Regenerate) -> int:
        self._send(message)
        return message.order

    def _send(self, message: Message) -> None:
        try:
            self._writer.write(protocol.encode(message))
        except RefusedError as error:
            self.refused.emit(Refused(str(error)))

    def _read(self, line: bytes) -> None:
        """On the reader's thread."""
        try:
            self._came.emit(protocol.to_window(line))
        except RefusedError as error:
            self._send(Refused(str(error)))

    def _refuse_oversized(self) -> None:
        self._send(protocol.oversized())

    def _take(self, message: Message) -> None:
        if isinstance(message, Scene):
            self.scene = message
        if isinstance(message, SetFrame):
            self.frame_changed.emit(message.frame)
        elif isinstance(message, Close):
            self._closing = True
        elif isinstance(message, Show):
            self.shown.emit()
        else:
            signals = {
                Scene: self.scene_changed,
                EngineAt: self.engine_found,
                OpenProject: self.project_opened,
                Saved: self.project_saved,
                Answer: self.answered,
                Refused: self.refused,
            }
            signals[type(message)].emit(message)


def own_pipes() -> tuple[BinaryIO, BinaryIO]:
    """This process's stdin and stdout, for the protocol alone: whatever else is printed goes to stderr from now on.

    They are copies: Python itself, when it ends, would wait for a thread that still reads from its own stdin.
    """
    incoming, outgoing = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    sys.stdout = sys.stderr
    return incoming, outgoing
