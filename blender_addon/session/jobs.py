"""The one job that runs: asked of the engine on a thread, shown in the sidebar, ended on the main thread."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import bpy

from ..bake.evaluation import remove_left
from ..engine_link import engine
from ..engine_link.client import EngineClient
from ..engine_link.errors import EngineError, Remedy, TaskCancelledError
from ..engine_link.tasks import Task, run_task
from ..errors import AddonError
from . import model
from .captured import Capturing
from .history import Entry
from .motion_files import read
from .orders import GenerateOrder, RegenerateOrder, to_json
from .redrawing import redraw

_SLICE_SECONDS, _BETWEEN_SLICES_SECONDS = 0.02, 0.005
_SHARE_BEFORE_ASKING = 0.1
_CHANGED = "The file changed while the animation was read; try again."
Order = GenerateOrder | RegenerateOrder


@dataclass(frozen=True)
class Reading:
    """A job that is still reading a character's animation. then: what gets its motion file; share: of the whole job."""

    capturing: Capturing
    then: Callable[[bytes], None]
    share: float


@dataclass
class Job:
    """What runs now. fraction: 0 to 1. ending: set once, to what the operator that waits for it reports.

    failed, succeeded: neither while it runs, and neither where it was cancelled.
    """

    label: str
    fraction: float = 0.0
    message: str = "Waiting for the engine"
    reading: Reading | None = None
    task: Task | None = None
    ending: str = ""
    failed: bool = False
    succeeded: bool = False


@dataclass(frozen=True)
class Trouble:
    """The last thing that went wrong, until it is closed or the next job begins; a warning: it went, but not wholly."""

    sentence: str
    remedy: Remedy = Remedy.NONE
    is_warning: bool = False


@dataclass(frozen=True)
class Outcome:
    """What came of a job that went well: a sentence, and what the user should know besides."""

    sentence: str
    warnings: tuple[str, ...] = ()


_job: Job | None = None
_trouble: Trouble | None = None


def running() -> Job | None:
    """The job that runs now."""
    return _job


def trouble() -> Trouble | None:
    """What went wrong last."""
    return _trouble


def set_trouble(new: Trouble | None) -> None:
    """Show a trouble in the sidebar, or close it."""
    global _trouble  # noqa: PLW0603
    _trouble = new
    redraw()


def start(order: Order, known: bytes | Capturing | None, done: Callable[[tuple[Entry, ...]], Outcome]) -> Job:
    """Ask the engine for `order`, about the motion file `known` where it changes one, or what reads it off a character.

    With a window it is read a little at a time, so that the window goes on. `done` gets what was made on the main
    thread, and puts it to use.
    """
    job = _begin(order.text)

    def ask(uploaded: bytes | None) -> None:
        job.task = run_task(
            lambda task: _ask(task, order, uploaded),
            done=lambda entries: _use(job, lambda: done(entries)),
            failed=lambda error: _end(job, error.sentence, Trouble(error.sentence, error.remedy)),
            progressed=lambda fraction, message: _progress(job, fraction, message),
            stopped=lambda: _end(job, "Cancelled.", None),
        )

    if known is None or isinstance(known, bytes):
        ask(known)
    else:
        _read(job, Reading(known, ask, _SHARE_BEFORE_ASKING))
    redraw()
    return job


def read_then(label: str, capturing: Capturing, done: Callable[[bytes], Outcome]) -> Job:
    """Read a character's animation, and give its motion file to `done`, as `start` does, without the engine."""
    job = _begin(label)
    _read(job, Reading(capturing, lambda motion: _use(job, lambda: done(motion)), 1.0))
    redraw()
    return job


def wait(job: Job) -> None:
    """Return when a job has ended; nothing else happens in the window meanwhile."""
    read_to_end(job)
    if job.task is not None:
        job.task.wait()


def read_to_end(job: Job) -> None:
    """Read what a job has to read, in one go: nothing in the window waits for it, or everything does."""
    _read_on(job, lambda capturing: capturing.whole())


def cancel() -> None:
    """Stop the job that runs; the sidebar is free at once, whatever the engine still does."""
    if _job is not None:
        if _job.task is not None:
            _job.task.cancel()
        _end(_job, "Cancelled.", None)


def _begin(label: str) -> Job:
    global _job  # noqa: PLW0603
    if _job is not None:
        raise AddonError("A motion is being made already; wait for it or cancel it.")
    set_trouble(None)
    _job = Job(label)
    return _job


def _use(job: Job, done: Callable[[], Outcome]) -> None:
    """Let the job's results be used, and end it with what came of that."""
    try:
        outcome = done()
    except AddonError as error:
        _end(job, str(error), Trouble(str(error)))
    except Exception as error:
        _end(job, str(error), Trouble(f"The motion could not be put on the character ({type(error).__name__})."))
        raise
    else:
        job.succeeded = True
        warning = Trouble(" ".join(outcome.warnings), is_warning=True) if outcome.warnings else None
        _end(job, outcome.sentence, warning)


def _read(job: Job, reading: Reading) -> None:
    """Begin to read; without a window `wait` does it all."""
    job.reading = reading
    if not bpy.app.background:
        bpy.app.timers.register(lambda: _read_on(job), first_interval=_BETWEEN_SLICES_SECONDS)


def _slice(capturing: Capturing) -> bytes | None:
    return capturing.advance(_SLICE_SECONDS)


def _read_on(job: Job, more: Callable[[Capturing], bytes | None] = _slice) -> float | None:
    """A slice of the reading; in how many seconds the next is due, None when there is none."""
    reading = job.reading
    if reading is None:
        return None
    try:
        motion = more(reading.capturing)
    except AddonError as error:
        _end(job, str(error), Trouble(str(error)))
        return None
    if motion is None:
        _progress(job, reading.share * reading.capturing.fraction, "Reading the animation")
        return _BETWEEN_SLICES_SECONDS
    job.reading = None
    reading.then(motion)
    return None


def _ask(task: Task, order: Order, uploaded: bytes | None) -> tuple[Entry, ...]:
    """What comes of an order. Runs on the task's thread."""
    client = engine.ensure_started(task)
    model.note(client.info())
    job_id = _submit(client, order, uploaded)
    task.when_cancelled(lambda: client.cancel(job_id))
    for state in client.events(job_id):
        task.check()
        task.report(state.fraction, f"Round {state.round} of {state.rounds}" if state.rounds else "Waiting in line")
        if state.state == "cancelled":
            raise TaskCancelledError
        if state.state == "failed":
            raise EngineError(state.error or "The engine could not make this motion.")
        if state.state == "done":
            return tuple(_entry(order, client.motion(motion_id)) for motion_id in state.motion_ids)
    raise EngineError("The engine ended in the middle of the job; restart it and try again.", Remedy.RESTART)


def _entry(order: Order, npz: bytes) -> Entry:
    try:
        motion = read(npz)
    except AddonError as error:
        raise EngineError(str(error), Remedy.RESTART) from error
    seed = int(motion.meta.get("seed") or 0)
    return Entry.new(text=order.text, seed=seed, seconds=len(motion) / motion.fps, settings=to_json(order), motion=npz)


def _submit(client: EngineClient, order: Order, uploaded: bytes | None) -> str:
    if uploaded is None:
        return client.generate(order.body())
    return client.regenerate(client.upload(uploaded), order.body())


def _progress(job: Job, fraction: float, message: str) -> None:
    job.fraction, job.message = fraction, message
    redraw()


def _end(job: Job, ending: str, trouble_found: Trouble | None) -> None:
    global _job  # noqa: PLW0603
    if _job is not job:
        return
    if job.reading is not None:
        job.reading.capturing.close()
        job.reading = None
    job.ending, job.failed = ending, trouble_found is not None and not trouble_found.is_warning
    _job = None
    set_trouble(trouble_found)


@bpy.app.handlers.persistent
def _before_save(*_: object) -> None:
    """A file that is saved while an animation is read holds nothing of the reading, which then goes on."""
    if _job is not None and _job.reading is not None:
        _job.reading.capturing.close()


@bpy.app.handlers.persistent
def _before_undo(*_: object) -> None:
    """What is being read is about to change."""
    if _job is not None and _job.reading is not None:
        _end(_job, _CHANGED, Trouble(_CHANGED))


@bpy.app.handlers.persistent
def _sweep(*_: object) -> None:
    """A step that was pushed while an animation was read, or a file saved by itself, brings back the scene for it."""
    remove_left()


@bpy.app.handlers.persistent
def _leave_file(*_: object) -> None:
    """The characters of a file go with it: nothing that was begun for them may reach the next file's."""
    cancel()
    set_trouble(None)


def _handlers() -> tuple[tuple[Any, Callable[..., None]], ...]:
    lists = bpy.app.handlers
    return (
        (lists.load_pre, _leave_file),
        (lists.load_post, _sweep),
        (lists.save_pre, _before_save),
        (lists.undo_pre, _before_undo),
        (lists.redo_pre, _before_undo),
        (lists.undo_post, _sweep),
        (lists.redo_post, _sweep),
    )


def register() -> None:
    """Watch the opening and saving of files, and undo."""
    for calls, handler in _handlers():
        calls.append(handler)


def unregister() -> None:
    """Stop watching, and stop what runs."""
    for calls, handler in _handlers():
        calls.remove(handler)
    cancel()
