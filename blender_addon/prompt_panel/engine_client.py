"""The engine as the window sees it: found or started, asked on threads, its state told in signals."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from PySide6.QtCore import QObject, QTimer, Signal

from ..engine_link.answers import Alignment, Info, Model
from ..engine_link.client import EngineClient
from ..engine_link.errors import EngineError, Remedy, TaskCancelledError
from ..engine_link.server import Server
from ..engine_link.settings import EngineSettings, Mode
from .calls import Calls
from .jobs import Job, Made, Order, read_made
from .motion_files import MotionFiles

_LOOK_EVERY_MS = 4000


class Condition(StrEnum):
    """What the engine is doing."""

    STARTING = "starting"
    READY = "ready"
    GONE = "gone"


@dataclass(frozen=True)
class EngineState:
    """sentence: about the condition. info, models: what the engine said last, None and empty before."""

    condition: Condition
    sentence: str
    info: Info | None = None
    models: tuple[Model, ...] = ()


@dataclass(frozen=True)
class Address:
    """An engine that runs already."""

    url: str
    token: str


@dataclass(frozen=True)
class OwnEngine:
    """An engine that the window starts with this Python, and that ends with it. model: a bundle, empty for ours."""

    folder: Path
    model: str = ""


class Engine(QObject):
    """The one engine of this window. Nothing here blocks; `changed` comes with every new EngineState.

    source: where it is found; None where others start it and then tell `start` its address.
    """

    changed = Signal(object)

    def __init__(self, source: Address | OwnEngine | None, motions: MotionFiles, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._usual, self._motions = source, motions
        self._calls = Calls(self)
        self._client: EngineClient | None = None
        self._server: Server | None = None
        self._attempt = 0
        self._closed = False
        self.state = EngineState(Condition.STARTING, "The engine is starting …")
        self._look = QTimer(self)
        self._look.setInterval(_LOOK_EVERY_MS)
        self._look.timeout.connect(self._ask)
        self._calls.run(motions.tidy, lambda nothing: None)

    @property
    def ready(self) -> bool:
        """Whether it answers."""
        return self.state.condition is Condition.READY and self._client is not None

    def start(self, source: Address | OwnEngine | None = None) -> None:
        """Find or start the engine, another one where `source` is given; what ran before is left or ended."""
        self._attempt += 1
        attempt, found = self._attempt, source or self._usual
        self._end_server()
        self._client = None
        self._show(replace(self.state, condition=Condition.STARTING, sentence="The engine is starting …"))
        if found is None:
            return
        self._calls.run(
            lambda: self._connected(found, attempt),
            lambda found: self._welcome(attempt, *found),
            lambda why: self._lost(attempt, why),
        )

    def give_up(self, sentence: str) -> None:
        """Whoever was to start the engine can't, and says why."""
        self._attempt += 1
        self._lost(self._attempt, sentence)

    def close(self) -> None:
        """End the engine that this window has started; an engine of others goes on."""
        self._closed = True
        self._look.stop()
        self._end_server()

    def generate(self, body: Mapping[str, Any]) -> Job:
        """Ask for motions; `body` as in `POST /v1/motions`."""
        return self._job(lambda client: client.generate(body))

    def regenerate(self, take: Made, body: Mapping[str, Any]) -> Job:
        """Ask for a range of a motion anew; an engine that has forgotten the motion is given it again."""

        def order(client: EngineClient) -> str:
            try:
                return client.regenerate(take.motion_id, body)
            except EngineError as error:
                if not error.sentence.startswith("There is no motion"):
                    raise
                return client.regenerate(client.upload(take.file.read_bytes()), body)

        return self._job(order)

    def alignment(self, motion_id: str, done: Any, failed: Any) -> None:
        """Have `done` called with the Alignment of a motion, or `failed` with a sentence."""
        client = self._required()

        def work() -> Alignment:
            return client.alignment(motion_id)

        self._calls.run(work, done, failed)

    def bvh(self, motion_id: str, file: Path, done: Any, failed: Any) -> None:
        """Have `done` called with the path of the motion as BVH, or `failed` with a sentence."""
        client = self._required()

        def work() -> Path:
            kept = self._motions.path(motion_id, ".bvh")
            if kept.is_file():
                return kept
            try:
                content = client.bvh(motion_id)
            except EngineError as error:
                if not error.sentence.startswith("There is no motion"):
                    raise
                content = client.bvh(client.upload(file.read_bytes()))
            return self._motions.write(motion_id, content, ".bvh")

        self._calls.run(work, done, failed)

    def motion(self, motion_id: str, file: Path | None, done: Any, failed: Any) -> None:
        """Have `done` called with the Made of a motion: from its file, or else from the engine."""
        client = self._client

        def work() -> Made:
            known = file if file is not None and file.is_file() else self._motions.path(motion_id)
            if known.is_file():
                return read_made(motion_id, known)
            if client is None:
                raise EngineError("The motion's file is gone, and no engine is there to make it again.")
            return read_made(motion_id, self._motions.write(motion_id, client.motion(motion_id)))

        self._calls.run(work, done, failed)

    def use_model(self, name: str) -> None:
        """Have the engine load another model."""
        client = self._required()
        self._show(replace(self.state, sentence=f"Loading {name} …"))
        self._calls.run(lambda: client.activate(name), lambda nothing: self._ask(), self._complain)

    def _job(self, order: Order) -> Job:
        return Job(self._required(), order, self._motions, self._calls).start()

    def _required(self) -> EngineClient:
        if self._client is None:
            raise EngineError("The engine is not there yet; wait a moment, or start it again.", Remedy.RESTART)
        return self._client

    def _connected(self, source: Address | OwnEngine, attempt: int) -> tuple[EngineClient, Info, tuple[Model, ...]]:
        """A client that has had an answer; blocks while an engine starts."""
        if isinstance(source, Address):
            client = EngineClient(source.url, source.token)
        else:
            client = self._started(source, attempt)
        return client, client.info(), client.models()

    def _started(self, own: OwnEngine, attempt: int) -> EngineClient:
        settings = EngineSettings(
            folder=own.folder,
            version=_own_version(),
            base_python=Path(sys.executable),
            wheels=own.folder,
            mode=Mode.PYTHON,
            python=Path(sys.executable),
            model=own.model,
        )
        server = Server(
            Path(sys.executable), settings, lambda why, remedy: self._calls.soon(lambda: self._lost(attempt, why))
        )
        self._server = server
        try:
            return server.connect(server.wait_until_ready(lambda: self._closed or attempt != self._attempt))
        except TaskCancelledError:
            raise EngineError("The start of the engine was given up.") from None

    def _welcome(self, attempt: int, client: EngineClient, info: Info, models: tuple[Model, ...]) -> None:
        if attempt != self._attempt or self._closed:
            return
        self._client = client
        self._show(EngineState(Condition.READY, _sentence(info, client.url), info, models))
        self._look.start()

    def _ask(self) -> None:
        """Whether it is still there, and how much memory it has held; which model it uses."""
        client, attempt = self._client, self._attempt
        if client is None:
            return
        self._calls.run(
            lambda: (client, client.info(), client.models()),
            lambda found: self._welcome(attempt, *found),
            lambda why: self._lost(attempt, why),
        )

    def _lost(self, attempt: int, sentence: str) -> None:
        if attempt != self._attempt or self._closed:
            return
        self._look.stop()
        self._client = None
        self._show(replace(self.state, condition=Condition.GONE, sentence=sentence))

    def _complain(self, sentence: str) -> None:
        self._show(replace(self.state, sentence=sentence))

    def _end_server(self) -> None:
        server, self._server = self._server, None
        if server is not None:
            if self._closed:
                server.stop()
            else:
                self._calls.run(server.stop, lambda nothing: None)

    def _show(self, state: EngineState) -> None:
        if state != self.state:
            self.state = state
            self.changed.emit(state)


def _sentence(info: Info, url: str) -> str:
    place = urlsplit(url).hostname or ""
    elsewhere = "" if place in ("127.0.0.1", "localhost", "::1") else f" at {place}"
    return f"Ready on {info.provider.upper() or 'its processor'}{elsewhere}"


def _own_version() -> str:
    try:
        return version("motionwright")
    except PackageNotFoundError:
        return "0.0.0"
