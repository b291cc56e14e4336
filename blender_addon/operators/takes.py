"""Looking at the takes of a character one after another, and deciding."""

from typing import Any

import bpy

from ..session import takes
from ..session.complaints import complaining
from .base import UNDOABLE, active_armature


def _undecided(operator: type, context: Any) -> bool:
    armature = active_armature(context)
    if armature is None or not takes.pending(armature):
        operator.poll_message_set("This character has no takes to decide on")
        return False
    return True


class ShowTake(bpy.types.Operator):
    """Show the next or the previous take on the character"""

    bl_idname = "motionwright.show_take"
    bl_label = "Show Take"
    bl_options = UNDOABLE

    step: bpy.props.IntProperty(name="Step", description="1 for the next, −1 for the one before", default=1)

    @classmethod
    def description(cls, _context: Any, properties: Any) -> str:
        return "Show the next take on the character" if properties.step > 0 else "Show the take before on the character"

    @classmethod
    def poll(cls, context: Any) -> bool:
        return _undecided(cls, context)

    @complaining
    def execute(self, context: Any) -> set[str]:
        armature = active_armature(context)
        takes.show(armature, armature.motionwright.shown + self.step)
        return {"FINISHED"}


class KeepTake(bpy.types.Operator):
    """Keep the take that is shown; the others go"""

    bl_idname = "motionwright.keep_take"
    bl_label = "Keep Take"
    bl_options = UNDOABLE

    @classmethod
    def poll(cls, context: Any) -> bool:
        return _undecided(cls, context)

    @complaining
    def execute(self, context: Any) -> set[str]:
        result = takes.keep(context.scene, active_armature(context))
        for warning in result.warnings:
            self.report({"WARNING"}, warning)
        return {"FINISHED"}


class DiscardTakes(bpy.types.Operator):
    """Discard all takes; the character is as it was before them"""

    bl_idname = "motionwright.discard_takes"
    bl_label = "Discard Takes"
    bl_options = UNDOABLE

    @classmethod
    def poll(cls, context: Any) -> bool:
        return _undecided(cls, context)

    @complaining
    def execute(self, context: Any) -> set[str]:
        takes.discard(active_armature(context))
        return {"FINISHED"}


register, unregister = bpy.utils.register_classes_factory((ShowTake, KeepTake, DiscardTakes))
