"""The one job that runs: asked of the engine on a thread, shown in the sidebar, its motions handed to the main thread."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import bpy

from ..engine_link import engine
from ..engine_link.client import EngineClient
from ..engine_link.errors import EngineError, Remedy, TaskCancelledError
from ..engine_link.tasks import Task, run_task
from ..errors import AddonError
from .orders import GenerateOrder, RegenerateOrder

Order = GenerateOrder | RegenerateOrder


@dataclass
class Job:
    """What runs now. fraction: 0 to 1. ending: set once, to what the operator that waits for it reports."""

    label: str
    fraction: float = 0.0
    message: str = "Waiting for the engine"
    task: Task | None = None
    ending: str = ""
    failed: bool = False


@dataclass(frozen=True)
class Trouble:
    """The last thing that went wrong, until it is closed or the next job begins."""

    sentence: str
    remedy: Remedy = Remedy.NONE


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


def start(order: Order, uploaded: bytes | None, done: Callable[[tuple[bytes, ...]], str]) -> Job:
    """Ask the engine for `order`, about the motion file `uploaded` where it changes one.

    `done` gets the motion files on the main thread, puts them to use, and returns what to tell the user.
    """
    global _job  # noqa: PLW0603
    if _job is not None:
        raise AddonError("A motion is being made already; wait for it or cancel it.")
    set_trouble(None)
    job = _job = Job(label=order.text)

    def finished(motions: tuple[bytes, ...]) -> None:
        try:
            _end(job, done(motions), None)
        except AddonError as error:
            _end(job, str(error), Trouble(str(error)))
        except Exception as error:
            _end(job, str(error), Trouble(f"The motion could not be put on the character ({type(error).__name__})."))
            raise

    job.task = run_task(
        lambda task: _ask(task, order, uploaded),
        done=finished,
        failed=lambda error: _end(job, error.sentence, Trouble(error.sentence, error.remedy)),
        progressed=lambda fraction, message: _progress(job, fraction, message),
        stopped=lambda: _end(job, "Cancelled.", None),
    )
    redraw()
    return job


def cancel() -> None:
    """Stop the job that runs; the sidebar is free at once, whatever the engine still does."""
    if _job is not None and _job.task is not None:
        _job.task.cancel()
        _end(_job, "Cancelled.", None)


def _ask(task: Task, order: Order, uploaded: bytes | None) -> tuple[bytes, ...]:
    """The motion files that come of an order. Runs on the task's thread."""
    client = engine.ensure_started(task)
    task.check()
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
            return tuple(client.motion(motion_id) for motion_id in state.motion_ids)
    raise EngineError("The engine ended in the middle of the job; restart it and try again.", Remedy.RESTART)


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
    job.ending, job.failed = ending, trouble_found is not None
    _job = None
    set_trouble(trouble_found)


def redraw() -> None:
    """Have the sidebars and the time line drawn again."""
    for window in bpy.context.window_manager.windows if bpy.context.window_manager else ():
        for area in window.screen.areas:
            if area.type in ("VIEW_3D", "DOPESHEET_EDITOR"):
                for region in area.regions:
                    if region.type in ("UI", "WINDOW"):
                        region.tag_redraw()


@bpy.app.handlers.persistent
def _leave_file(*_: object) -> None:
    """The characters of a file go with it: nothing that was begun for them may reach the next file's."""
    cancel()
    set_trouble(None)


def register() -> None:
    """Watch the opening of files."""
    bpy.app.handlers.load_pre.append(_leave_file)


def unregister() -> None:
    """Stop watching, and stop what runs."""
    bpy.app.handlers.load_pre.remove(_leave_file)
    cancel()
