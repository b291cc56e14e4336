"""Changing the animation that a character has as a whole, without the engine."""

from collections.abc import Callable
from typing import Any, ClassVar

import bpy

from ..errors import AddonError
from ..properties import TARGETS
from ..retarget.curve_path import along_curve
from ..retarget.edits import mirrored
from ..retarget.looping import looped
from ..retarget.source import SourceMotion
from ..rigs.building import build_rig
from ..rigs.reading import read_armature
from ..session import choices, jobs, reshaping
from ..session.captured import animated_range
from ..session.characters import character
from ..session.choices import Choices
from ..session.complaints import complaining
from ..session.curve_paths import path_m
from ..session.making import check_ready, remake
from ..session.placing import Placing
from .base import SKIP, UNDOABLE, active_armature, can_begin, ended

_LOOK_SECONDS = 0.02
Change = tuple[str, Callable[[SourceMotion], SourceMotion]]
"""What an edit is called, and what it does."""


def _can_edit(operator: type, context: Any) -> bool:
    if not can_begin(operator, context):
        return False
    if animated_range(active_armature(context)) is None:
        operator.poll_message_set("This character has no animation yet")
        return False
    return True


class EditOperator:
    """What every edit is made of: `execute` does it at once; a button reads the animation while the window goes on.

    Either way it is one step of undo, whose options F9 shows; changed there, the edit is made again at once.
    """

    target: bpy.props.EnumProperty(
        name="Keys go to", description="Where the keyframes are written", items=TARGETS, options=SKIP
    )
    shown_options: ClassVar[tuple[str, ...]] = ("target",)

    @classmethod
    def poll(cls, context: Any) -> bool:
        return _can_edit(cls, context)

    @complaining
    def execute(self, context: Any) -> set[str]:
        return ended(self, self._begin(context))

    def invoke(self, context: Any, _event: Any) -> set[str]:
        return self._begin_in_window(context)

    @complaining
    def _begin_in_window(self, context: Any) -> set[str]:
        chosen = Choices(self, context.scene)
        for name in self.shown_options:
            setattr(self, name, getattr(chosen, name))  # F9 shows what was chosen in the sidebar
        self._job = self._begin(context)
        self._timer = context.window_manager.event_timer_add(_LOOK_SECONDS, window=context.window)
        context.window_manager.modal_handler_add(self)
        return {"RUNNING_MODAL"}

    def modal(self, context: Any, event: Any) -> set[str]:
        if event.type != "TIMER" or not self._job.ending:
            return {"PASS_THROUGH"}
        context.window_manager.event_timer_remove(self._timer)
        return {"FINISHED"} if self._job.succeeded else {"CANCELLED"}

    def cancel(self, context: Any) -> None:
        """The window is closed, or another file opened."""
        if not self._job.ending:
            jobs.cancel()
        context.window_manager.event_timer_remove(self._timer)

    def _begin(self, context: Any) -> jobs.Job:
        """Begin to change what the character does; it goes where the sidebar says that keys go."""
        armature, scene, chosen = active_armature(context), context.scene, Choices(self, context.scene)
        check_ready(armature)
        frames = animated_range(armature)
        if frames is None:
            raise AddonError("This character has no animation yet.")
        word, change = self.change(context, chosen, armature)
        name = f"{armature.animation_data.action.name} {word}"
        placing = Placing(name, frames[0], target=chosen.target, placement="captured", **choices.keys(chosen))
        return remake(armature, placing, frames, choices.frames_per_second(scene), change)


class Mirror(EditOperator, bpy.types.Operator):
    """Exchange left and right in the character's animation"""

    bl_idname = "motionwright.mirror"
    bl_label = "Mirror Motion"
    bl_options = UNDOABLE

    def change(self, _context: Any, _chosen: Choices, _armature: Any) -> Change:
        return "mirrored", mirrored


class Retime(EditOperator, bpy.types.Operator):
    """Play the character's animation faster or slower, with keys on whole frames"""

    bl_idname = "motionwright.retime"
    bl_label = "Retime Motion"
    bl_options = UNDOABLE

    speed: bpy.props.FloatProperty(
        name="Speed", description="2 plays twice as fast", default=1.0, min=0.1, max=10.0, options=SKIP
    )
    shown_options = ("target", "speed")

    def change(self, _context: Any, chosen: Choices, _armature: Any) -> Change:
        speed = chosen.speed
        return f"at {speed:.3g}", lambda motion: reshaping.faster(motion, speed)


class KeepInPlace(EditOperator, bpy.types.Operator):
    """Take the travel over the ground out of the character's animation"""

    bl_idname = "motionwright.keep_in_place"
    bl_label = "Keep Motion in Place"
    bl_options = UNDOABLE

    def change(self, _context: Any, _chosen: Choices, _armature: Any) -> Change:
        return "in place", reshaping.in_place


class Loop(EditOperator, bpy.types.Operator):
    """Make the character's animation repeat: its last frame shows the pose of its first, and leads on into it"""

    bl_idname = "motionwright.loop"
    bl_label = "Loop Motion"
    bl_options = UNDOABLE

    def change(self, _context: Any, _chosen: Choices, _armature: Any) -> Change:
        return "looped", looped


class FollowCurve(EditOperator, bpy.types.Operator):
    """Bend the way that the character goes to a curve object; its feet stay on the ground"""

    bl_idname = "motionwright.follow_curve"
    bl_label = "Follow Curve"
    bl_options = UNDOABLE

    curve: bpy.props.StringProperty(name="Path", description="The name of the curve object", options=SKIP)

    def invoke(self, context: Any, _event: Any) -> set[str]:
        chosen = context.scene.motionwright.curve
        if not self.curve and chosen is not None:
            self.curve = chosen.name
        return self._begin_in_window(context)

    def change(self, context: Any, _chosen: Choices, armature: Any) -> Change:
        curve = bpy.data.objects.get(self.curve) if self.curve else context.scene.motionwright.curve
        if curve is None or curve.type != "CURVE":
            raise AddonError("Choose the curve that the character is to follow.")
        path = path_m(curve, armature, build_rig(read_armature(armature), character(armature)))
        return f"along {curve.name}", lambda motion: along_curve(motion, path)


register, unregister = bpy.utils.register_classes_factory((Mirror, Retime, KeepInPlace, Loop, FollowCurve))
