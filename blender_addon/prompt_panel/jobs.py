"""One order to the engine, from sending it to the motions as files and figures; all of it on a thread of its own."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, Signal

from ..engine_link.client import EngineClient
from ..engine_link.errors import EngineError
from .calls import Calls
from .figure import Figure, read_figure
from .motion_files import MotionFiles

Order = Callable[[EngineClient], str]
"""Sends a request; returns the job's id."""


@dataclass(frozen=True, eq=False)
class Made:
    """A motion that the engine has made, on disk here. figure: with its positions computed."""

    motion_id: str
    file: Path
    figure: Figure

    @property
    def meta(self) -> Mapping[str, Any]:
        """What the engine says of it: prompts, seed, settings, model, license."""
        return self.figure.motion.meta


class _CancelledError(Exception):
    pass


class Job(QObject):
    """Exactly one of `finished` (a tuple of Made), `failed` (a sentence) and `cancelled` is emitted, once.

    progressed: 0 to 1. After `cancel`, nothing but `cancelled`.
    """

    progressed = Signal(float)
    finished = Signal(object)
    failed = Signal(str)
    cancelled = Signal()

    def __init__(self, client: EngineClient, order: Order, motions: MotionFiles, calls: Calls) -> None:
        super().__init__(calls)
        self._client, self._order, self._motions, self._calls = client, order, motions, calls
        self._stop = threading.Event()
        self._id: str | None = None
        self._lock = threading.Lock()
        self.ended = False

    def start(self) -> Job:
        """Send it."""
        self._calls.run(self._work, self._done, self._fail)
        return self

    def cancel(self) -> None:
        """Have the engine stop within one step; returns at once."""
        if self.ended or self._stop.is_set():
            return
        self._stop.set()
        with self._lock:
            job_id = self._id
        if job_id is not None:
            self._calls.run(lambda: self._client.cancel(job_id), lambda nothing: None)

    def _work(self) -> tuple[Made, ...]:
        try:
            return self._made()
        except _CancelledError:
            return ()
        except EngineError:
            if self._stop.is_set():
                return ()
            raise

    def _made(self) -> tuple[Made, ...]:
        self._go_on()
        job_id = self._order(self._client)
        with self._lock:
            self._id = job_id
        if self._stop.is_set():
            with contextlib.suppress(EngineError):
                self._client.cancel(job_id)
            raise _CancelledError
        for state in self._client.events(job_id):
            self._go_on()
            fraction = state.fraction
            if state.state == "running":
                self._calls.soon(lambda fraction=fraction: self._report(fraction))  # type: ignore[misc]
        if state.error is not None:
            raise EngineError(state.error)
        made = []
        for motion_id in state.motion_ids:
            self._go_on()
            made.append(read_made(motion_id, self._motions.write(motion_id, self._client.motion(motion_id))))
        return tuple(made)

    def _go_on(self) -> None:
        if self._stop.is_set():
            raise _CancelledError

    def _report(self, fraction: float) -> None:
        if not self.ended and not self._stop.is_set():
            self.progressed.emit(fraction)

    def _done(self, made: tuple[Made, ...]) -> None:
        self.ended = True
        if self._stop.is_set() or not made:
            self.cancelled.emit()
        else:
            self.finished.emit(made)
        self.deleteLater()

    def _fail(self, sentence: str) -> None:
        self.ended = True
        if self._stop.is_set():
            self.cancelled.emit()
        else:
            self.failed.emit(sentence)
        self.deleteLater()


def read_made(motion_id: str, file: Path) -> Made:
    """A motion on disk, its positions computed here and not where they are drawn. AddonError where it is damaged."""
    figure = read_figure(file)
    figure.points_m  # noqa: B018  (computed once, kept)
    return Made(motion_id, file, figure)
