"""Setting the engine up: a private environment made with Blender's own Python, ending with a test generation.

What is made becomes the environment in use only at the very end; a cancel or an error removes it and leaves what was
there before. The system's Python is never touched.
"""

from __future__ import annotations

import queue
import re
import shutil
import subprocess
import threading
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import BinaryIO

from .child_processes import kill_group, start
from .environments import new_folder, remove_others, take_into_use
from .errors import EngineError, Remedy, TaskCancelledError
from .folder_lock import only_here
from .server import Server
from .settings import EngineSettings, environment_python
from .wheels import Wheels, carried_wheels

NEEDED_BYTES = 2 * 1024**3
TEST_PROMPT = "a person walks forward"
_PACKAGES = 30
"""About as many does pip collect; only the bar depends on it."""
_COLLECTING = re.compile(r"Collecting ([\w.-]+)")
_DOWNLOADING = re.compile(r"\s*Downloading ([\w.]+)-\S+ \((.+)\)")

Report = Callable[[float, str], None]
Cancelled = Callable[[], bool]


def set_up(settings: EngineSettings, online: bool, report: Report, cancelled: Cancelled) -> None:
    """Make the environment; blocks for minutes. EngineError in a sentence; TaskCancelledError after a cancel.

    online: whether the user allows the network. report: fraction done, what is being done.
    """
    wheels = _check(settings, online)
    with only_here(settings.folder / "set-up.lock"):
        _set_up(settings, wheels, report, cancelled)


def _set_up(settings: EngineSettings, wheels: Wheels, report: Report, cancelled: Cancelled) -> None:
    environment = new_folder(settings)
    try:
        with settings.set_up_log.open("wb") as log:
            report(0.01, "Making a private environment")
            _make_environment(settings, environment, log, cancelled)
            _install(environment, wheels, log, report, cancelled)
        report(0.88, "Starting the engine for a test")
        try:
            _test(environment, settings, report, cancelled)
        except EngineError as error:
            raise EngineError(f"The new engine failed its test: {error.sentence}", Remedy.SET_UP) from error
        take_into_use(settings, environment)
    except OSError as error:
        raise EngineError(
            f"The engine can't be set up in {settings.folder} ({error.strerror}); make room there and try again.",
            Remedy.SET_UP,
        ) from error
    finally:
        # Whatever is not in use: all of it after an error, older ones after a success.
        remove_others(settings)


def _check(settings: EngineSettings, online: bool) -> Wheels:
    """What can be known before anything is made."""
    wheels = carried_wheels(settings.wheels)
    if wheels.motionwright is None:
        raise EngineError(
            "This copy of the extension carries no engine; install the zip of `motionwright addon build`, or choose "
            "your own Python in the preferences.",
            Remedy.PREFERENCES,
        )
    if not wheels.complete and not online:
        raise EngineError(_offline_sentence(wheels), Remedy.PREFERENCES)
    try:
        settings.folder.mkdir(parents=True, exist_ok=True)
        free = shutil.disk_usage(settings.folder).free
    except OSError as error:
        raise EngineError(
            f"The folder {settings.folder} can't be made ({error.strerror}); make it writable and try again.",
            Remedy.SET_UP,
        ) from error
    if free < NEEDED_BYTES:
        raise EngineError(
            f"Setting up needs {NEEDED_BYTES / 1024**3:.0f} GB on the disk of {settings.folder}, which has "
            f"{free / 1024**3:.1f} GB free; make room and try again.",
            Remedy.SET_UP,
        )
    return wheels


def _offline_sentence(wheels: Wheels) -> str:
    if wheels.built_for:
        return (
            f"This offline package was made for {wheels.built_for}; get the one for this Blender, or allow online "
            "access in Blender's preferences under System."
        )
    return "Setting up downloads packages; allow online access in Blender's preferences under System first."


def _make_environment(settings: EngineSettings, environment: Path, log: BinaryIO, cancelled: Cancelled) -> None:
    command = [settings.base_python, "-I", "-X", "utf8", "-m", "venv", environment]
    status, _ = _run(command, log, cancelled, _Silent())
    if status != 0 or not environment_python(environment).is_file():
        raise EngineError(
            f"Blender's Python ({settings.base_python}) can't make environments: a system's own Blender may lack its "
            "package python3-venv; install that, or Blender from blender.org, and try again.",
            Remedy.SET_UP,
        )


def _install(environment: Path, wheels: Wheels, log: BinaryIO, report: Report, cancelled: Cancelled) -> None:
    assert wheels.motionwright is not None
    command: list[str | Path] = [environment_python(environment), "-I", "-X", "utf8", "-m", "pip", "install"]
    command += ["--no-input", "--disable-pip-version-check", "--no-warn-script-location", "--progress-bar", "off"]
    command += ["--only-binary", ":all:"]  # nothing is compiled on an animator's machine
    if wheels.complete:
        # Isolated: no index or folder of the user's settings is asked either.
        command += ["--isolated", "--no-index", "--find-links", wheels.motionwright.parent]
    command.append(f"{wheels.motionwright}[panel]")
    status, last = _run(command, log, cancelled, _PipProgress(environment, report))
    if status != 0:
        raise EngineError(_pip_sentence(last, wheels), Remedy.SET_UP)


class _Silent:
    """Follows a program that says nothing of its progress."""

    def line(self, line: str) -> None:
        """A line has come."""

    def idle(self) -> None:
        """No line has come for a moment."""


class _PipProgress(_Silent):
    """How far pip is: by what it prints while it collects, by what has appeared on disk while it installs."""

    def __init__(self, environment: Path, report: Report) -> None:
        self._packages = next(environment.rglob("site-packages"))
        self._report = report
        self._collected = 0
        self._installing = 0

    def line(self, line: str) -> None:
        collecting, downloading = _COLLECTING.match(line), _DOWNLOADING.match(line)
        self._collected += collecting is not None
        fraction = 0.08 + 0.42 * min(1.0, self._collected / _PACKAGES)
        if collecting is not None:
            self._report(fraction, f"Getting {collecting[1]}")
        elif downloading is not None:
            self._report(fraction, f"Getting {downloading[1]}, {downloading[2]}")
        elif line.startswith("Installing collected packages"):
            self._installing = line.count(",") + 1
            self.idle()

    def idle(self) -> None:
        if self._installing:
            done = sum(1 for _ in self._packages.glob("*.dist-info")) / self._installing
            self._report(0.5 + 0.38 * min(1.0, done), "Installing the packages")


def _pip_sentence(last: Iterable[str], wheels: Wheels) -> str:
    errors = [line.removeprefix("ERROR:").strip() for line in last if line.startswith("ERROR:")]
    text = " ".join(errors).lower()
    if "no space left" in text:
        return "The disk is full; make room and set the engine up again."
    if wheels.complete or "no matching distribution" not in text:
        said = errors[0].rstrip(".") if errors else "pip ended without a reason"
        return f"The packages can't be installed ({said[:160]}); see the set-up log and try again."
    return "The packages can't be downloaded; look at the network connection or its proxy, and try again."


def _test(environment: Path, settings: EngineSettings, report: Report, cancelled: Cancelled) -> None:
    """Start the new engine and have it make one motion; everything that a user needs has then worked once."""
    server = Server(environment_python(environment), settings, lambda sentence, remedy: None)
    try:
        client = server.connect(server.wait_until_ready(cancelled))
        job = client.generate({"prompts": [{"text": TEST_PROMPT, "seconds": 2.0}], "preset": "draft"})
        for state in client.events(job):
            report(0.92 + 0.07 * state.fraction, "Generating a motion as a test")
            if cancelled():
                raise TaskCancelledError
        if state.state != "done":
            raise EngineError(state.error or f"the job ended as {state.state}.")
        client.motion(state.motion_ids[0])
    finally:
        server.stop()


def _run(command: list[str | Path], log: BinaryIO, cancelled: Cancelled, progress: _Silent) -> tuple[int, list[str]]:
    """Run a program, its lines into the log and to `progress`; its status and last lines. A cancel kills its tree."""
    process = start(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    lines: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
    assert process.stdout is not None
    threading.Thread(target=_read_lines, args=(process.stdout, lines), daemon=True).start()
    last: list[str] = []
    try:
        while True:
            if cancelled():
                raise TaskCancelledError
            try:
                raw = lines.get(timeout=0.1)
            except queue.Empty:
                progress.idle()
                continue
            if raw is None:
                return process.wait(), last
            log.write(raw)
            log.flush()
            line = raw.decode("utf-8", "replace").rstrip()
            last = [*last[-39:], line]
            progress.line(line)
    finally:
        if process.poll() is None:
            kill_group(process)


def _read_lines(stream: BinaryIO, lines: queue.SimpleQueue[bytes | None]) -> None:
    for line in stream:
        lines.put(line)
    lines.put(None)
