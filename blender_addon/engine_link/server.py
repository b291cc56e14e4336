"""One engine process: started, its first line read, watched until it ends."""

from __future__ import annotations

import contextlib
import json
import queue
import subprocess
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from .child_processes import kill_group, start
from .client import EngineClient
from .errors import EngineError, Remedy, TaskCancelledError
from .settings import EngineSettings, Mode

START_SECONDS = 120.0
"""A first start after the set-up reads hundreds of megabytes from a cold disk, past a virus scanner."""
_STOP_SECONDS = 3.0
_USER_ERROR = 2


@dataclass(frozen=True)
class Ready:
    """What the engine's first line says."""

    url: str
    token_file: Path
    provider: str
    version: str


class Server:
    """A running engine of ours; `ended` is called on a thread of its own when it ends without `stop`."""

    def __init__(self, python: Path, settings: EngineSettings, ended: Callable[[str, Remedy], None]) -> None:
        self._python = python
        self._log = settings.log
        self._ended = ended
        self._stopping = False
        self._lines: queue.SimpleQueue[bytes] = queue.SimpleQueue()
        try:
            settings.folder.mkdir(parents=True, exist_ok=True)
            with self._log.open("wb") as log:
                self._process = start(
                    [python, *_arguments(settings)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log
                )
        except OSError as error:
            managed = settings.mode is Mode.MANAGED
            remedy = Remedy.SET_UP if managed else Remedy.PREFERENCES
            mend = "set it up again" if managed else "choose another Python in the preferences"
            raise EngineError(
                f"The engine can't be started ({error.strerror}: {error.filename}); {mend}.", remedy
            ) from error
        threading.Thread(target=self._watch, name="motionwright-engine", daemon=True).start()

    @property
    def running(self) -> bool:
        """Whether the process lives."""
        return self._process.poll() is None

    def wait_until_ready(self, cancelled: Callable[[], bool]) -> Ready:
        """Block until the first line has come. EngineError with the engine's own sentence where it gives up."""
        end = time.monotonic() + START_SECONDS
        while not cancelled():
            try:
                line = self._lines.get(timeout=0.1)
            except queue.Empty:
                if time.monotonic() > end:
                    self.stop()
                    raise EngineError(
                        f"The engine did not get ready within {START_SECONDS:.0f} seconds; look into its log.",
                        Remedy.RESTART,
                    ) from None
                continue
            if not line:
                raise EngineError(*self._last_words())
            try:
                return _ready(line)
            except (ValueError, KeyError, TypeError):
                continue  # something else that a library printed
        self.stop()
        raise TaskCancelledError

    def connect(self, ready: Ready) -> EngineClient:
        """A client with the token of the file that the first line names. EngineError where it can't be read."""
        try:
            token = ready.token_file.read_text(encoding="utf-8").strip()
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or "not a token"
            raise EngineError(
                f"The engine's token file {ready.token_file} can't be read ({reason}); restart the engine.",
                Remedy.RESTART,
            ) from error
        return EngineClient(ready.url, token)

    def stop(self) -> None:
        """End it: kindly, then not. Its motions are on disk already."""
        self._stopping = True
        assert self._process.stdin is not None
        with contextlib.suppress(OSError):
            self._process.stdin.close()  # it ends with its parent, and takes this for that
        try:
            self._process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            kill_group(self._process)

    def _watch(self) -> None:
        """Read stdout to its end, so that no full pipe ever blocks the engine; then say that it has ended."""
        assert self._process.stdout is not None
        first = True
        for line in self._process.stdout:
            if first:
                self._lines.put(line)
                first = not line.lstrip().startswith(b"{")
        self._process.wait()
        self._lines.put(b"")
        if not self._stopping:
            self._ended(*self._last_words())

    def _last_words(self) -> tuple[str, Remedy]:
        """Why it ended: its own sentence where the user can do something, else its last line."""
        status = self._process.wait()
        try:
            text = self._log.read_text(encoding="utf-8", errors="replace")
        except OSError:
            text = ""
        lines = [line.strip() for line in text.splitlines() if line.strip()]
        if any(line.endswith("No module named engine") for line in lines[-1:]):
            sentence = f'{self._python} has no engine; run pip install "motionwright" there, or choose another Python.'
            return sentence, Remedy.PREFERENCES
        if status == _USER_ERROR and lines:
            return lines[-1], Remedy.PREFERENCES
        reason = f"status {status}" if status >= 0 else f"signal {-status}"
        return f"The engine ended unexpectedly ({reason}); restart it. Its log says more.", Remedy.RESTART


def _arguments(settings: EngineSettings) -> list[str | Path]:
    """The command line: isolated from the user's environment and current folder (-I)."""
    arguments: list[str | Path] = ["-I", "-X", "utf8", "-m", "engine", "serve", "--with-parent"]
    arguments += ["--port", str(settings.port), "--store", settings.store]
    arguments += ["--store-size", str(settings.store_megabytes)]
    if settings.model:
        arguments += ["--model", settings.model]
    return arguments


def _ready(line: bytes) -> Ready:
    answer = json.loads(line)
    return Ready(
        url=str(answer["url"]),
        token_file=Path(answer["token_file"]),
        provider=str(answer["provider"]),
        version=str(answer["version"]),
    )
