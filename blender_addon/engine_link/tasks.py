"""Work on a thread, its results on Blender's main thread.

A task's work runs on a daemon thread and must not touch bpy. What it reports and returns goes through a queue that one
function of bpy.app.timers empties on the main thread; the timer lives as long as there are tasks, also across the
opening of files. Without a window there are no timers: `Task.wait` empties the queue there.
"""

from __future__ import annotations

import queue
import sys
import threading
import time
import traceback
from collections.abc import Callable
from typing import Any, TypeVar

from .errors import EngineError, Remedy, TaskCancelledError

T = TypeVar("T")
INTERVAL_SECONDS = 0.05

_calls: queue.SimpleQueue[Callable[[], None]] = queue.SimpleQueue()
_running: set[Task] = set()
"""Touched by the main thread alone."""


class Task:
    """One piece of work; made by `run_task`. `report`, `check` and `when_cancelled` are for the work, on its thread."""

    def __init__(self, progressed: Callable[[float, str], None]) -> None:
        self._progressed = progressed
        self._cancelled = threading.Event()
        self._lock = threading.Lock()
        self._stops: list[Callable[[], None]] = []
        self._latest: tuple[float, str] | None = None
        self.finished = False
        self.thread: threading.Thread | None = None

    @property
    def cancelled(self) -> bool:
        """Whether the user has cancelled it."""
        return self._cancelled.is_set()

    def check(self) -> None:
        """Raise TaskCancelledError where the user has cancelled; call it between the parts of long work."""
        if self.cancelled:
            raise TaskCancelledError

    def report(self, fraction: float, message: str) -> None:
        """Say how much is done, 0 to 1; of many reports at once the main thread sees the last."""
        with self._lock:
            waiting, self._latest = self._latest is not None, (fraction, message)
        if not waiting:
            _calls.put(self._show)

    def when_cancelled(self, stop: Callable[[], None]) -> None:
        """Have `stop` called, on a thread of its own, as soon as the user cancels; at once where that has happened."""
        with self._lock:
            self._stops.append(stop)
            late = self.cancelled
        if late:
            self._run_stops()

    def cancel(self) -> None:
        """Ask the work to stop; returns at once. None of the task's results is shown after this."""
        self._cancelled.set()
        threading.Thread(target=self._run_stops, name="motionwright-cancel", daemon=True).start()

    def wait(self, seconds: float | None = None) -> bool:
        """Empty the queue on this thread, the main one, until the task has finished; False where time ran out."""
        end = None if seconds is None else time.monotonic() + seconds
        while not self.finished:
            if end is not None and time.monotonic() > end:
                return False
            try:
                _call(_calls.get(timeout=INTERVAL_SECONDS))
            except queue.Empty:
                continue
        return True

    def _show(self) -> None:
        with self._lock:
            latest, self._latest = self._latest, None
        if latest is not None and not self.cancelled:
            self._progressed(*latest)

    def _run_stops(self) -> None:
        with self._lock:
            stops, self._stops = self._stops, []
        for stop in stops:
            try:
                stop()
            except EngineError:  # the engine that should stop is gone
                continue


def run_task(
    work: Callable[[Task], T],
    done: Callable[[T], None],
    failed: Callable[[EngineError], None],
    progressed: Callable[[float, str], None],
    stopped: Callable[[], None] = lambda: None,
) -> Task:
    """Start `work` on a thread. Exactly one of `done`, `failed` and, after a cancel, `stopped` is called at its end.

    All callbacks run on the main thread, where this has to be called too.
    """
    task = Task(progressed)
    _running.add(task)
    _keep_emptying()
    arguments = (task, work, done, failed, stopped)
    task.thread = threading.Thread(target=_work, args=arguments, name="motionwright", daemon=True)
    task.thread.start()
    return task


def cancel_all(seconds: float) -> None:
    """Cancel whatever runs and give it `seconds` to clean up: the extension is switched off, or Blender quits."""
    end = time.monotonic() + seconds
    for task in tuple(_running):
        task.cancel()
    for task in tuple(_running):
        if task.thread is not None:
            task.thread.join(max(0.0, end - time.monotonic()))


def _work(
    task: Task,
    work: Callable[[Task], T],
    done: Callable[[T], None],
    failed: Callable[[EngineError], None],
    stopped: Callable[[], None],
) -> None:
    """The thread: the work, then its one ending put into the queue."""
    ending: Callable[[], None]
    try:
        result = work(task)
        ending = _with(done, result)
    except TaskCancelledError:
        ending = stopped
    except EngineError as error:
        ending = _with(failed, error)
    except Exception as error:
        traceback.print_exc()
        sentence = f"Something unexpected went wrong ({type(error).__name__}); the system console has the details."
        ending = _with(failed, EngineError(sentence, Remedy.NONE))

    def finish() -> None:
        task.finished = True
        _running.discard(task)
        # Cancelled after the work's last look: what it still brought is not shown.
        (stopped if task.cancelled else ending)()

    _calls.put(finish)


def _with(call: Callable[[Any], None], value: Any) -> Callable[[], None]:
    return lambda: call(value)


def _keep_emptying() -> None:
    bpy = sys.modules.get("bpy")  # without Blender there is no timer, and `wait` empties the queue
    if bpy is not None and not bpy.app.background and not bpy.app.timers.is_registered(_empty):
        bpy.app.timers.register(_empty, first_interval=INTERVAL_SECONDS, persistent=True)


def _empty() -> float | None:
    while True:
        try:
            call = _calls.get_nowait()
        except queue.Empty:
            return INTERVAL_SECONDS if _running else None
        _call(call)


def _call(call: Callable[[], None]) -> None:
    """One callback; its mistake is printed, and neither the timer nor the other tasks end with it."""
    try:
        call()
    except Exception:
        traceback.print_exc()
