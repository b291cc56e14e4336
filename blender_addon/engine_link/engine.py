"""The one engine of this Blender: its state at any moment, and its start and end.

`status` is cheap and may be called while drawing. `ensure_started` and `stop` block: call them on a task's thread.
"""

from __future__ import annotations

import atexit
import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path

from .client import EngineClient
from .environments import Environment, find_environment
from .errors import EngineError, Remedy
from .server import Server
from .settings import EngineSettings, Mode
from .tasks import Task


class State(StrEnum):
    """What the engine is doing."""

    MISSING = "missing"
    SETTING_UP = "setting_up"
    STOPPED = "stopped"
    STARTING = "starting"
    READY = "ready"
    FAILED = "failed"


@dataclass(frozen=True)
class EngineStatus:
    """The state, a sentence about it, and which button is offered beside it.

    provider: what it runs on, version: the engine's, both empty until it is ready. fraction: of a set-up, 0 to 1.
    log: what to read about it, where something was written.
    """

    state: State
    sentence: str
    remedy: Remedy = Remedy.NONE
    provider: str = ""
    version: str = ""
    fraction: float = 0.0
    log: Path | None = None


_STOPPED = EngineStatus(State.STOPPED, "The engine starts when it is first needed.", Remedy.START)


class _Engine:
    def __init__(self) -> None:
        self.status = EngineStatus(State.MISSING, "The extension is starting.")
        self.settings: EngineSettings | None = None
        self._starting = threading.Lock()
        self._server: Server | None = None
        self._client: EngineClient | None = None

    def configure(self, settings: EngineSettings) -> None:
        if settings == self.settings:
            return
        self.settings = settings
        if self.status.state is not State.SETTING_UP:
            self.rest()

    def rest(self) -> None:
        """Forget what ran; the state is what the settings say."""
        server, self._server, self._client = self._server, None, None
        if server is not None:
            threading.Thread(target=server.stop, name="motionwright-stop", daemon=True).start()
        try:
            self._environment()
        except EngineError as error:
            self.status = EngineStatus(State.MISSING, error.sentence, error.remedy)
        else:
            self.status = _STOPPED

    def ensure_started(self, cancelled: Callable[[], bool]) -> EngineClient:
        with self._starting:
            if self._client is not None and (self._server is None or self._server.running):
                return self._client
            if self.status.state is State.SETTING_UP:
                raise EngineError("The engine is being set up; wait until that has ended.")
            try:
                return self._start(cancelled)
            except EngineError as error:
                state = State.MISSING if error.remedy is Remedy.SET_UP else State.FAILED
                self.status = EngineStatus(state, error.sentence, error.remedy, log=self._log())
                raise
            except BaseException:
                self.status = _STOPPED
                raise

    def _start(self, cancelled: Callable[[], bool]) -> EngineClient:
        settings = self._settings()
        self.status = EngineStatus(State.STARTING, "The engine is starting …")
        if settings.mode is Mode.ADDRESS:
            client = EngineClient(settings.url, settings.token, Remedy.PREFERENCES)
            info = client.info()
            _check_version(info.engine_version, settings)
            self._client = client
            self.status = _ready_status(info.provider, info.engine_version, None)
            return client
        server = Server(
            self._environment().python, settings, lambda sentence, remedy: self._ended(server, sentence, remedy)
        )
        try:
            ready = server.wait_until_ready(cancelled)
            _check_version(ready.version, settings)
            client = server.connect(ready)
            if self.settings != settings:
                raise EngineError(
                    "The preferences have changed while the engine started; start it again.", Remedy.START
                )
        except EngineError:
            server.stop()
            raise
        self._server, self._client = server, client
        self.status = _ready_status(ready.provider, ready.version, self._log())
        return client

    def stop(self) -> None:
        with self._starting:
            server, self._server, self._client = self._server, None, None
            if server is not None:
                server.stop()
            if self.status.state is not State.SETTING_UP:
                self.rest()

    def _ended(self, server: Server, sentence: str, remedy: Remedy) -> None:
        """The server's last call, from its thread; another may have taken its place by now."""
        if self._server is server:
            self._server = self._client = None
            self.status = EngineStatus(State.FAILED, sentence, remedy, log=self._log())

    def _log(self) -> Path | None:
        """What the engine wrote, where it is one of ours."""
        settings = self._settings()
        return None if settings.mode is Mode.ADDRESS else settings.log

    def _settings(self) -> EngineSettings:
        if self.settings is None:
            raise EngineError("The Motionwright extension is not switched on; do so in Blender's preferences.")
        return self.settings

    def _environment(self) -> Environment:
        """The interpreter that has the engine. EngineError where there is none."""
        settings = self._settings()
        if settings.mode is Mode.ADDRESS:
            if not settings.url:
                raise EngineError("Enter the address of the engine in the preferences.", Remedy.PREFERENCES)
            return Environment(settings.base_python, "")
        if settings.mode is Mode.PYTHON:
            if settings.python is None or not settings.python.is_file():
                raise EngineError("Choose the Python that has the engine in the preferences.", Remedy.PREFERENCES)
            return Environment(settings.python, "")
        return find_environment(settings)


_engine = _Engine()


def configure(settings: EngineSettings) -> None:
    """Take new settings; an engine that runs with other ones is ended, and started again when needed."""
    _engine.configure(settings)


def settings() -> EngineSettings:
    """The settings in force. EngineError where the extension is off."""
    return _engine._settings()


def python() -> Path:
    """The interpreter that has the engine and the prompt window. EngineError where there is none on this machine."""
    if settings().mode is Mode.ADDRESS:
        raise EngineError(
            "The prompt window needs an engine of this machine; choose Managed in the preferences.", Remedy.PREFERENCES
        )
    return _engine._environment().python


def status() -> EngineStatus:
    """What the engine is doing now; cheap."""
    return _engine.status


def show_set_up(sentence: str, fraction: float) -> None:
    """Have `status` say that the engine is being set up."""
    _engine.status = replace(EngineStatus(State.SETTING_UP, sentence), fraction=fraction)


def end_set_up(error: EngineError | None) -> None:
    """The set-up has ended; `status` says whether the engine is there now, or what went wrong."""
    _engine.rest()
    if error is not None:
        state = State.STOPPED if _engine.status.state is State.STOPPED else State.MISSING
        _engine.status = EngineStatus(state, error.sentence, error.remedy, log=_engine._settings().set_up_log)


def ensure_started(task: Task | None = None) -> EngineClient:
    """The running engine, started where it is not. Blocks for seconds, or until `task` is cancelled.

    EngineError with what mends it; TaskCancelledError after a cancel.
    """
    return _engine.ensure_started(lambda: task is not None and task.cancelled)


def stop() -> None:
    """End the engine; blocks until it is gone."""
    _engine.stop()


def _ready_status(provider: str, version: str, log: Path | None) -> EngineStatus:
    sentence = f"The engine is ready on {provider.upper()}." if provider else "The engine is ready."
    return EngineStatus(State.READY, sentence, Remedy.NONE, provider, version, log=log)


def _check_version(version: str, settings: EngineSettings) -> None:
    """The managed engine is this version; one of the user's may differ behind the second point."""
    if settings.mode is Mode.MANAGED and version != settings.version:
        raise EngineError(
            f"The engine is version {version}, this extension needs {settings.version}; set it up again.",
            Remedy.SET_UP,
        )
    if version.split(".")[:2] != settings.version.split(".")[:2]:
        raise EngineError(
            f"The engine is version {version}, this extension needs {settings.version}: run pip install "
            f"motionwright=={settings.version} in its Python, or choose another in the preferences.",
            Remedy.PREFERENCES,
        )


atexit.register(stop)
