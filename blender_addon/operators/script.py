"""The sentences of the script: adding, removing, putting in order."""

from typing import Any

import bpy

from ..properties import PROMPT_CHARACTERS, SCRIPT_PROMPTS
from .base import UNDOABLE


class ScriptAdd(bpy.types.Operator):
    """Add a sentence to the script, after the chosen one"""

    bl_idname = "motionwright.script_add"
    bl_label = "Add Sentence"
    bl_options = UNDOABLE

    text: bpy.props.StringProperty(
        name="Sentence", description="What the character does", maxlen=PROMPT_CHARACTERS, options={"SKIP_SAVE"}
    )
    seconds: bpy.props.FloatProperty(
        name="Seconds", description="How long it lasts", default=3.0, min=0.5, max=60.0, options={"SKIP_SAVE"}
    )

    @classmethod
    def poll(cls, context: Any) -> bool:
        if len(context.scene.motionwright.script) >= SCRIPT_PROMPTS:
            cls.poll_message_set(f"A script has at most {SCRIPT_PROMPTS} sentences")
            return False
        return True

    def execute(self, context: Any) -> set[str]:
        settings = context.scene.motionwright
        part = settings.script.add()
        part.text, part.seconds = self.text or ("" if len(settings.script) > 1 else settings.prompt), self.seconds
        target = min(settings.script_index + 1, len(settings.script) - 1) if len(settings.script) > 1 else 0
        settings.script.move(len(settings.script) - 1, target)
        settings.script_index = target
        return {"FINISHED"}


class _OfChosenPart:
    @classmethod
    def poll(cls, context: Any) -> bool:
        if not context.scene.motionwright.script:
            cls.poll_message_set("The script is empty")
            return False
        return True


class ScriptRemove(_OfChosenPart, bpy.types.Operator):
    """Remove the chosen sentence from the script"""

    bl_idname = "motionwright.script_remove"
    bl_label = "Remove Sentence"
    bl_options = UNDOABLE

    def execute(self, context: Any) -> set[str]:
        settings = context.scene.motionwright
        settings.script.remove(settings.script_index)
        settings.script_index = max(0, min(settings.script_index, len(settings.script) - 1))
        return {"FINISHED"}


class ScriptMove(_OfChosenPart, bpy.types.Operator):
    """Move the chosen sentence earlier or later"""

    bl_idname = "motionwright.script_move"
    bl_label = "Move Sentence"
    bl_options = UNDOABLE

    step: bpy.props.IntProperty(name="Step", description="−1 earlier, 1 later", default=1, options={"SKIP_SAVE"})

    def execute(self, context: Any) -> set[str]:
        settings = context.scene.motionwright
        target = max(0, min(settings.script_index + self.step, len(settings.script) - 1))
        settings.script.move(settings.script_index, target)
        settings.script_index = target
        return {"FINISHED"}


register, unregister = bpy.utils.register_classes_factory((ScriptAdd, ScriptRemove, ScriptMove))
