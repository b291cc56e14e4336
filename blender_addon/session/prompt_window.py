"""The one prompt window of this Blender: started as a process, spoken to in lines, ended with Blender.

Reading, writing and files are other threads' work; the main thread only takes what has come, from a timer.
"""

from __future__ import annotations

import queue
import subprocess
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import bpy

from ..engine_link import engine
from ..engine_link.child_processes import kill_group, start
from ..engine_link.client import EngineClient
from ..engine_link.engine import EngineStatus, State
from ..engine_link.errors import EngineError, Remedy
from ..engine_link.settings import Mode
from ..engine_link.tasks import Task, run_task
from ..errors import AddonError
from ..prompt_panel.blender_link import protocol
from ..prompt_panel.blender_link.lines import LineReader, LineWriter
from ..prompt_panel.blender_link.protocol import (
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
from ..prompt_panel.checked import RefusedError
from . import kept_project, window_orders
from .jobs import Job, Trouble, set_trouble
from .kept_project import Kept

_LOOK_SECONDS = 0.04
_LEADS_SECONDS = 0.25
"""Whoever moves Blender's own playhead leads for so long: frames of a window that plays were sent before it heard."""
_BUSY_SECONDS = 0.02
"""After so much work in one look, the rest waits for the next: the user comes first."""
_END_SECONDS = 3.0
_LARGEST_MOTION = 256 * 1024 * 1024


@dataclass(frozen=True)
class _Came:
    """A message with what had to be read from disk for it."""

    message: Message
    motion: bytes = b""
    kept: Kept | None = None
    trouble: str = ""


class PromptWindow:
    """A running window."""

    def __init__(self, python: Path, folder: Path, scale: float) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        command: list[str | Path] = [python, "-I", "-X", "utf8", "-m", "blender_addon.prompt_panel.beside_blender"]
        command += ["--folder", folder, "--scale", f"{scale:g}"]
        self.log = folder / "window.log"
        with self.log.open("wb") as log:
            self._process = start(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log)
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._writer = LineWriter(self._process.stdin)
        self._queue: queue.SimpleQueue[_Came] = queue.SimpleQueue()
        self._ended = False
        self._told: Scene | None = None
        self._told_frame: float | None = None
        self._leads_until = 0.0
        self._told_engine: EngineAt | None = None
        self._engine_seen: EngineStatus | None = None
        self._jobs: list[tuple[int, Job]] = []
        LineReader(self._process.stdout, self._read, lambda: self._refuse(protocol.oversized()), self._end)

    @property
    def process_id(self) -> int:
        """Of the window's process."""
        return self._process.pid

    @property
    def ended(self) -> bool:
        """Whether the window is gone."""
        return self._ended

    def send(self, message: Message) -> None:
        """Tell the window something; never blocks."""
        try:
            self._writer.write(protocol.encode(message))
        except RefusedError as error:
            print(f"Motionwright: {error}")

    def look(self) -> None:
        """Do what has come and say what has changed; called on the main thread, again and again."""
        until, frame = time.monotonic() + _BUSY_SECONDS, None
        while time.monotonic() < until:
            try:
                came = self._queue.get_nowait()
            except queue.Empty:
                break
            if isinstance(came.message, SetFrame):
                frame = came.message.frame  # only the last of several is worth drawing
            else:
                self._do(came)
        if frame is not None and not self._user_leads():
            window_orders.set_frame(frame)
            self._told_frame = window_orders.scene_now().frame_current_final
        self._answer_jobs()
        self._tell()
        self._watch_engine()

    def _user_leads(self) -> bool:
        """Whether Blender's playhead was moved here, by hand, since the window heard of it last, or just before."""
        now = time.monotonic()
        moved = self._told_frame not in (None, window_orders.scene_now().frame_current_final)
        if moved and not window_orders.is_playing():
            self._leads_until = now + _LEADS_SECONDS
        return now < self._leads_until

    def open_project(self) -> None:
        """Have the window open what the .blend holds; written to disk on a thread."""
        document = bpy.data.filepath
        try:
            held = kept_project.held()
        except RefusedError as error:
            set_trouble(Trouble(f"The prompt window's project in this file is damaged: {error}"))
            held = None
        if held is None:
            self.send(OpenProject(document))
            return
        kept = held

        def work(task: Task) -> Path:
            try:
                return kept_project.write_held(kept)
            except OSError as error:
                raise EngineError(f"The project of this file can't be opened ({error.strerror}).") from error
            except AddonError as error:
                raise EngineError(str(error)) from error

        run_task(work, lambda file: self.send(OpenProject(document, str(file))), _complain, _no_progress)

    def tell_saved(self) -> None:
        """Say which state of the project has just been saved with the .blend."""
        try:
            held = kept_project.held()
        except RefusedError:
            return
        if held is not None:
            self.send(Saved(held.saved.id, str(held.saved.stamp), bpy.data.filepath))

    def close(self) -> None:
        """End it: it writes its project and goes; after a while it is made to."""
        self.send(Close())
        self._writer.close(_END_SECONDS)
        try:
            self._process.wait(_END_SECONDS)
        except subprocess.TimeoutExpired:
            kill_group(self._process)

    def trouble(self) -> Trouble | None:
        """Why it has ended; None where it was closed."""
        try:
            if self._process.wait(_END_SECONDS) == 0:
                return None
        except subprocess.TimeoutExpired:
            kill_group(self._process)
        lines = self.log.read_text(encoding="utf-8", errors="replace").split("\n")
        if not any(line.startswith("ModuleNotFoundError") for line in lines):
            return Trouble("The prompt window has ended unexpectedly; open it again, your project is kept.")
        if engine.settings().mode is Mode.MANAGED:
            return Trouble("The engine was set up without the prompt window; set it up again.", Remedy.SET_UP)
        return Trouble(
            'The chosen Python has no prompt window; run pip install "motionwright[panel]" there, or choose another.',
            Remedy.PREFERENCES,
        )

    # On the reader's thread

    def _read(self, line: bytes) -> None:
        try:
            message = protocol.to_blender(line)
        except RefusedError as error:
            self._refuse(Refused(str(error)))
            return
        self._queue.put(_with_files(message))

    def _refuse(self, refused: Refused) -> None:
        self.send(refused)

    def _end(self) -> None:
        self._ended = True

    # On the main thread

    def _do(self, came: _Came) -> None:
        message = came.message
        if isinstance(message, Ready):
            self._told = None
            self.open_project()
            self._find_engine()
        elif isinstance(message, StartEngine):
            self._told_engine = None
            self._find_engine()
        elif isinstance(message, ProjectChanged):
            if came.kept is not None:
                kept_project.keep(came.kept)
        elif isinstance(message, Bake | Preview | EndPreview | Regenerate):
            self._carry_out(message, came)
        elif isinstance(message, Refused):
            print(f"Motionwright: the prompt window refused a line: {message.sentence}")

    def _carry_out(self, order: Bake | Preview | EndPreview | Regenerate, came: _Came) -> None:
        try:
            if came.trouble:
                raise AddonError(came.trouble)
            if isinstance(order, Regenerate):
                self._jobs.append((order.order, window_orders.regenerate(order)))
                return
            if isinstance(order, EndPreview):
                sentence = window_orders.end_preview(order.keep)
            elif isinstance(order, Bake):
                sentence = window_orders.bake(order, came.motion)
            else:
                sentence = window_orders.preview(order, came.motion)
        except AddonError as error:
            self.send(Answer(order.order, False, str(error)[:1000]))
        else:
            self.send(Answer(order.order, True, sentence[:1000]))

    def _answer_jobs(self) -> None:
        for order, job in [(order, job) for order, job in self._jobs if job.ending]:
            self._jobs.remove((order, job))
            self.send(Answer(order, not job.failed, job.ending[:1000]))

    def _tell(self) -> None:
        scene = window_orders.describe()
        still = replace(scene, frame=0.0)
        if still != self._told:
            self._told, self._told_frame = still, scene.frame
            self.send(scene)
        elif scene.frame != self._told_frame:
            self._told_frame = scene.frame
            self.send(SetFrame(scene.frame))

    def _watch_engine(self) -> None:
        """An engine that was started again, by whomever, is at another address."""
        status = engine.status()
        if status != self._engine_seen:
            self._engine_seen = status
            if status.state is State.READY and self._told_engine is not None:
                self._find_engine()

    def _find_engine(self) -> None:
        """Start the engine where it does not run, on a thread, and say where it is."""

        def found(client: EngineClient) -> None:
            where = EngineAt(client.url, client.token)
            if where != self._told_engine:
                self._told_engine = where
                self.send(where)

        def failed(error: EngineError) -> None:
            self.send(EngineAt("", "", error.sentence[:1000]))

        run_task(engine.ensure_started, found, failed, _no_progress)


def _with_files(message: Message) -> _Came:
    """Read what a message names."""
    try:
        if isinstance(message, Bake | Preview):
            with Path(message.file).open("rb") as file:
                content = file.read(_LARGEST_MOTION + 1)
            if len(content) > _LARGEST_MOTION:
                return _Came(message, trouble="The motion is too large to be baked; make a shorter one.")
            return _Came(message, motion=content)
        if isinstance(message, ProjectChanged):
            return _Came(message, kept=kept_project.read_kept(Path(message.file)))
    except AddonError as error:
        return _Came(message, trouble=str(error))
    except OSError as error:
        return _Came(message, trouble=f"The motion's file can't be read ({error.strerror}); generate it again.")
    return _Came(message)


_windows: list[PromptWindow] = []
"""The one that is open, or none."""


def open_window() -> None:
    """Open the window, or bring it to the front. AddonError where it can't be started."""
    if _windows and not _windows[0].ended:
        _windows[0].send(Show())
        return
    _windows.clear()
    python, scale = engine.python(), bpy.context.preferences.view.ui_scale
    try:
        _windows.append(PromptWindow(python, kept_project.folder(), scale))
    except OSError as error:
        raise EngineError(
            f"The prompt window can't be started ({error.strerror}); set the engine up again.", Remedy.SET_UP
        ) from error
    if not bpy.app.timers.is_registered(_look):
        bpy.app.timers.register(_look, first_interval=_LOOK_SECONDS, persistent=True)


def opened() -> PromptWindow | None:
    """The window that is open."""
    return _windows[0] if _windows and not _windows[0].ended else None


def _look() -> float | None:
    if not _windows:
        return None
    window = _windows[0]
    if not window.ended:
        window.look()
        return _LOOK_SECONDS
    _windows.clear()
    trouble = window.trouble()
    if trouble is not None:
        set_trouble(trouble)
    return None


@bpy.app.handlers.persistent
def _other_file(*_: Any) -> None:
    window = opened()
    if window is not None:
        window.open_project()


@bpy.app.handlers.persistent
def _saved(*_: Any) -> None:
    window = opened()
    if window is not None:
        window.tell_saved()


def _complain(error: EngineError) -> None:
    set_trouble(Trouble(error.sentence, error.remedy))


def _no_progress(_fraction: float, _message: str) -> None:
    """Nothing is shown while it lasts."""


def register() -> None:
    """Watch the opening and saving of files."""
    bpy.app.handlers.load_post.append(_other_file)
    bpy.app.handlers.save_post.append(_saved)


def unregister() -> None:
    """Stop watching, and end the window."""
    bpy.app.handlers.load_post.remove(_other_file)
    bpy.app.handlers.save_post.remove(_saved)
    if bpy.app.timers.is_registered(_look):
        bpy.app.timers.unregister(_look)
    for window in _windows:
        window.close()
    _windows.clear()
