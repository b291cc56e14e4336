"""Live mode: a draft of what is being typed, as soon as the typing pauses."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from PySide6.QtCore import QObject, QTimer, Signal

from .engine_client import Engine
from .jobs import Job, Made

PAUSE_MS = 150
DRAFT = "draft"


class Live(QObject):
    """made(Made): the draft of the newest text. An older text's draft is cancelled and never shown.

    request: gives the body of a request for a text, None where the text asks for nothing.
    """

    made = Signal(object)
    failed = Signal(str)
    working = Signal(bool)

    def __init__(
        self, engine: Engine, request: Callable[[str], Mapping[str, Any] | None], parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._engine, self._request = engine, request
        self._text, self._done = "", ""
        self._job: Job | None = None
        self.on = False
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(PAUSE_MS)
        self._pause.timeout.connect(self._run)

    def set_on(self, on: bool, text: str) -> None:
        """Begin with what is typed already, or stop."""
        self.on = on
        self._done = ""
        if on:
            self.type(text)
        else:
            self.stop()

    def type(self, text: str) -> None:
        """The text has changed: whatever was on its way is old."""
        tidy = " ".join(text.split())
        self._text = text
        if not self.on or tidy == self._done:
            return
        self._done = ""
        self._cancel()
        self._pause.start()

    def stop(self) -> None:
        """Nothing more until the text changes: the user has asked for the real thing."""
        self._pause.stop()
        self._cancel()

    def _run(self) -> None:
        body = self._request(self._text)
        if body is None or not self._engine.ready:
            return
        self._done = " ".join(self._text.split())
        job = self._engine.generate(body)
        self._job = job
        job.finished.connect(lambda made: self._show(job, made))
        job.failed.connect(lambda sentence: self._fail(job, sentence))
        job.cancelled.connect(lambda: self._forget(job))
        self.working.emit(True)

    def _show(self, job: Job, made: tuple[Made, ...]) -> None:
        if job is self._job:
            self._forget(job)
            self.made.emit(made[0])

    def _fail(self, job: Job, sentence: str) -> None:
        if job is self._job:
            self._forget(job)
            self.failed.emit(sentence)

    def _forget(self, job: Job) -> None:
        if job is self._job:
            self._job = None
            self.working.emit(False)

    def _cancel(self) -> None:
        job = self._job
        if job is not None:
            self._job = None
            job.cancel()
            self.working.emit(False)
