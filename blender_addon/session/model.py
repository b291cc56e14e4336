"""What the engine's model is and under which license, as the engine said it last; drawing never asks it."""

from __future__ import annotations

import bpy

from ..engine_link import engine
from ..engine_link.answers import Info
from ..engine_link.engine import State
from ..engine_link.tasks import Task, run_task
from .redrawing import redraw

_LOOK_AFTER_SECONDS = 0.1
_known: dict[str, Info] = {}
_asked: set[str] = set()


def known() -> Info | None:
    """The model of the engine that runs, or of the one that ran last; None before the first."""
    return _known.get("model")


def note(info: Info) -> None:
    """Remember what an engine said of itself."""
    _known["model"] = info


def ask_soon() -> None:
    """Have a ready engine asked, on a thread, once; the sidebar is drawn again after it."""
    if _asked or known() is not None or engine.status().state is not State.READY:
        return
    _asked.add("model")
    bpy.app.timers.register(_ask, first_interval=_LOOK_AFTER_SECONDS)


def forget() -> None:
    """The engine has another model now."""
    _known.clear()
    _asked.clear()


def _ask() -> None:
    def work(task: Task) -> Info:
        return engine.ensure_started(task).info()

    def done(info: Info) -> None:
        note(info)
        redraw()

    run_task(work, done, lambda error: _asked.clear(), lambda fraction, message: None)
