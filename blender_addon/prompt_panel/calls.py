"""Blocking work on threads of its own, its end on the thread that shows windows."""

from __future__ import annotations

import contextlib
import threading
import traceback
from collections.abc import Callable
from typing import Any, TypeVar

from PySide6.QtCore import QObject, Signal

from ..errors import AddonError

NAME = "motionwright-call"
"""Of every thread that works for a window."""
T = TypeVar("T")


class Calls(QObject):
    """Runs functions on daemon threads: none of them keeps the window from closing."""

    _arrived = Signal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._arrived.connect(lambda call: call())

    def run(
        self, work: Callable[[], T], done: Callable[[T], None], failed: Callable[[str], None] = lambda sentence: None
    ) -> None:
        """Call `work` on a thread, then `done` with its result, or `failed` with a sentence, here."""
        threading.Thread(target=self._work, args=(work, done, failed), name=NAME, daemon=True).start()

    def soon(self, call: Callable[[], None]) -> None:
        """Call a function on this object's thread; may be asked from any thread."""
        with contextlib.suppress(RuntimeError):  # the window is gone, and with it everything that could be shown
            self._arrived.emit(call)

    def _work(self, work: Callable[[], Any], done: Callable[[Any], None], failed: Callable[[str], None]) -> None:
        try:
            result = work()
        except AddonError as error:
            sentence = str(error)
            self.soon(lambda: failed(sentence))
        except Exception as error:
            traceback.print_exc()
            sentence = f"Something unexpected went wrong ({type(error).__name__}); the console has the details."
            self.soon(lambda: failed(sentence))
        else:
            self.soon(lambda: done(result))
