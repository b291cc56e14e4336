"""What the user does with the engine itself: set up, start, stop, restart, read its log; and how its state is drawn."""

from collections.abc import Callable

import blf
import bpy

from ..engine_link import engine, tasks
from ..engine_link.engine import EngineStatus, State
from ..engine_link.errors import EngineError, Remedy
from ..engine_link.installation import set_up
from ..engine_link.settings import Mode
from ..engine_link.tasks import Task, run_task
from ..engine_link.wheels import carried_wheels

_PACKAGE = __package__.rpartition(".")[0]
_LOOK_SECONDS = 0.25
_QUIT_SECONDS = 5.0
_FONT = 0
_MARGINS = 80
"""Pixels beside a sentence in a box: the icon, the box's and the region's edges, the scroll bar."""


class _Work:
    """The one set-up or start that runs, and what the interface showed last."""

    task: Task | None = None
    shown: EngineStatus | None = None


def _run(operator: bpy.types.Operator, work: Callable[[Task], None], ending: str) -> set[str]:
    """Run `work` as the one task here; without a window, wait for it and answer with how it went."""
    outcome: list[EngineError] = []

    def end(error: EngineError | None) -> None:
        _Work.task = None
        if error is not None:
            outcome.append(error)

    _Work.task = run_task(work, lambda nothing: end(None), end, lambda fraction, message: None, lambda: end(None))
    _keep_looking()
    if not bpy.app.background:
        return {"FINISHED"}
    _Work.task.wait()
    if outcome:
        operator.report({"ERROR"}, outcome[0].sentence)
        return {"CANCELLED"}
    operator.report({"INFO"}, ending)
    return {"FINISHED"}


class SetUpEngine(bpy.types.Operator):
    bl_idname = "motionwright.set_up_engine"
    bl_label = "Set Up Engine"
    bl_description = "Make a private environment for the engine with Blender's own Python, and try it with one motion"

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        if engine.status().state is State.SETTING_UP:
            cls.poll_message_set("The engine is being set up")
        elif engine.settings().mode is not Mode.MANAGED:
            cls.poll_message_set("The preferences name another engine; choose Managed there")
        elif _needs_network() and not bpy.app.online_access:
            cls.poll_message_set("Allow online access in Blender's preferences, under System, first")
        else:
            return True
        return False

    def execute(self, context: bpy.types.Context) -> set[str]:
        settings, online = engine.settings(), bpy.app.online_access
        engine.show_set_up("Setting up", 0.0)

        def work(task: Task) -> None:
            error: EngineError | None = None
            try:
                engine.stop()
                set_up(
                    settings, online, lambda done, what: engine.show_set_up(f"{what} …", done), lambda: task.cancelled
                )
            except EngineError as caught:
                error = caught
                raise
            finally:
                engine.end_set_up(error)

        return _run(self, work, "The engine is set up")


class CancelSetUp(bpy.types.Operator):
    bl_idname = "motionwright.cancel_set_up"
    bl_label = "Cancel"
    bl_description = "Stop setting up; what was begun is removed"

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        cls.poll_message_set("Nothing is being set up")
        return _Work.task is not None and engine.status().state is State.SETTING_UP

    def execute(self, context: bpy.types.Context) -> set[str]:
        _Work.task.cancel()
        return {"FINISHED"}


class StartEngine(bpy.types.Operator):
    bl_idname = "motionwright.start_engine"
    bl_label = "Start Engine"
    bl_description = "Start the engine now rather than with the first motion"

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        cls.poll_message_set(_why_not())
        return _Work.task is None and engine.status().state in (State.STOPPED, State.FAILED)

    def execute(self, context: bpy.types.Context) -> set[str]:
        return _run(self, _start, "The engine is ready")


class StopEngine(bpy.types.Operator):
    bl_idname = "motionwright.stop_engine"
    bl_label = "Stop Engine"
    bl_description = "End the engine and free its memory; it starts again when it is needed"

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        cls.poll_message_set("The engine does not run")
        return engine.status().state is State.READY

    def execute(self, context: bpy.types.Context) -> set[str]:
        return _run(self, lambda task: engine.stop(), "The engine has ended")


class RestartEngine(bpy.types.Operator):
    bl_idname = "motionwright.restart_engine"
    bl_label = "Restart Engine"
    bl_description = "End the engine, if it still runs, and start it again"

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        cls.poll_message_set(_why_not())
        return _Work.task is None and engine.status().state in (State.READY, State.FAILED, State.STOPPED)

    def execute(self, context: bpy.types.Context) -> set[str]:
        def work(task: Task) -> None:
            engine.stop()
            _start(task)

        return _run(self, work, "The engine is ready")


class OpenEngineLog(bpy.types.Operator):
    bl_idname = "motionwright.open_engine_log"
    bl_label = "Open Log"
    bl_description = "Open what the engine, or the last attempt to set it up, has written"

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        cls.poll_message_set("There is no log yet: the engine has not run")
        return engine.status().log is not None

    def execute(self, context: bpy.types.Context) -> set[str]:
        bpy.ops.wm.path_open(filepath=str(engine.status().log))
        return {"FINISHED"}


class OpenPreferences(bpy.types.Operator):
    bl_idname = "motionwright.open_preferences"
    bl_label = "Preferences"
    bl_description = "Open the preferences of Motionwright"

    def execute(self, context: bpy.types.Context) -> set[str]:
        bpy.ops.preferences.addon_show(module=_PACKAGE)
        return {"FINISHED"}


REMEDY_OPERATORS = {
    Remedy.SET_UP: (SetUpEngine.bl_idname, "Set Up Engine", "IMPORT"),
    Remedy.START: (StartEngine.bl_idname, "Start Engine", "PLAY"),
    Remedy.RESTART: (RestartEngine.bl_idname, "Restart Engine", "FILE_REFRESH"),
    Remedy.PREFERENCES: (OpenPreferences.bl_idname, "Open Preferences", "PREFERENCES"),
}
"""Which operator mends what: its id, the button's text and icon."""

_ICONS = {
    State.MISSING: "ERROR",
    State.SETTING_UP: "SORTTIME",
    State.STOPPED: "PAUSE",
    State.STARTING: "SORTTIME",
    State.READY: "CHECKMARK",
    State.FAILED: "ERROR",
}


def draw_engine(layout: bpy.types.UILayout, context: bpy.types.Context) -> None:
    """The engine's state, and the buttons that fit it; for the preferences and the sidebar."""
    status = engine.status()
    column = layout.column()
    draw_sentence(column, context, status.sentence, _ICONS[status.state])
    if status.state is State.SETTING_UP:
        row = column.split(factor=0.68, align=True)
        row.progress(factor=status.fraction, text=f"{status.fraction:.0%}")
        row.operator(CancelSetUp.bl_idname, icon="CANCEL")
        return
    if status.remedy is Remedy.SET_UP and _needs_network() and not bpy.app.online_access:
        draw_sentence(column, context, "Setting up downloads packages from the internet, once.", "INTERNET")
        column.prop(context.preferences.system, "use_online_access", text="Allow Online Access")
    draw_remedy(column, status.remedy)
    if status.state is State.READY:
        row = column.row(align=True)
        row.operator(RestartEngine.bl_idname, text="Restart", icon="FILE_REFRESH")
        row.operator(StopEngine.bl_idname, text="Stop", icon="SNAP_FACE")
    if status.log is not None:
        column.operator(OpenEngineLog.bl_idname, icon="TEXT")


def draw_remedy(layout: bpy.types.UILayout, remedy: Remedy) -> None:
    """The button that mends an error, where there is one."""
    if remedy in REMEDY_OPERATORS:
        operator, text, icon = REMEDY_OPERATORS[remedy]
        layout.operator(operator, text=text, icon=icon)


def draw_sentence(layout: bpy.types.UILayout, context: bpy.types.Context, sentence: str, icon: str) -> None:
    """A sentence over as many lines as the region's width asks for."""
    scale = context.preferences.system.ui_scale
    blf.size(_FONT, context.preferences.ui_styles[0].widget.points * scale)
    room = context.region.width - _MARGINS * scale
    lines: list[str] = [""]
    for word in sentence.split():
        longer = f"{lines[-1]} {word}".strip()
        if lines[-1] and blf.dimensions(_FONT, longer)[0] > room:
            lines.append(word)
        else:
            lines[-1] = longer
    column = layout.column(align=True)
    column.scale_y = 0.8
    for number, line in enumerate(lines):
        column.label(text=line, icon="BLANK1" if number else icon)


def _why_not() -> str:
    """Why the engine can't be started now."""
    status = engine.status()
    return "The engine runs already" if status.state is State.READY else status.sentence.rstrip(".")


def _start(task: Task) -> None:
    engine.ensure_started(task)


def _needs_network() -> bool:
    return not carried_wheels(engine.settings().wheels).complete


def _keep_looking() -> None:
    if not bpy.app.background and not bpy.app.timers.is_registered(_look):
        bpy.app.timers.register(_look, first_interval=_LOOK_SECONDS, persistent=True)


def _look() -> float:
    """Draw the interface anew whenever the engine's state has changed, also by the engine's own end."""
    status = engine.status()
    if status != _Work.shown:
        _Work.shown = status
        for window in bpy.context.window_manager.windows:
            for area in window.screen.areas:
                for region in area.regions:
                    # Not the viewport itself: a heavy scene would be rendered anew for a line of text.
                    if (area.type, region.type) in (("VIEW_3D", "UI"), ("PREFERENCES", "WINDOW")):
                        region.tag_redraw()
    return _LOOK_SECONDS


_CLASSES = (
    SetUpEngine,
    CancelSetUp,
    StartEngine,
    StopEngine,
    RestartEngine,
    OpenEngineLog,
    OpenPreferences,
)


def register() -> None:
    """Add the operators to Blender."""
    for each in _CLASSES:
        bpy.utils.register_class(each)
    _keep_looking()


def unregister() -> None:
    """Take them away; the engine and whatever still runs here end with them."""
    if bpy.app.timers.is_registered(_look):
        bpy.app.timers.unregister(_look)
    tasks.cancel_all(_QUIT_SECONDS)
    engine.stop()
    for each in reversed(_CLASSES):
        bpy.utils.unregister_class(each)
