"""Going back to motions that were made: on the character again, their settings again, or out of the history."""

import json
from typing import Any

import bpy

from ..session import choices, history
from ..session.choices import Choices
from ..session.complaints import complaining
from ..session.history import Entry
from ..session.making import check_ready
from ..session.placing import place
from .base import UNDOABLE, active_armature, can_take_motion


class _OfEntry:
    index: bpy.props.IntProperty(
        name="Entry", description="Which entry of the history; −1 for the chosen one", default=-1, options={"SKIP_SAVE"}
    )

    @classmethod
    def poll(cls, context: Any) -> bool:
        if not context.scene.motionwright.history:
            cls.poll_message_set("The history is empty: generate a motion first")
            return False
        return True

    def entry(self, context: Any) -> int:
        """The index of the entry that is meant."""
        settings = context.scene.motionwright
        chosen = settings.history_index if self.index < 0 else self.index
        return max(0, min(chosen, len(settings.history) - 1))


class HistoryApply(_OfEntry, bpy.types.Operator):
    """Put this motion on the character again, exactly as it was made; needs no engine"""

    bl_idname = "motionwright.history_apply"
    bl_label = "Apply Motion of History"
    bl_options = UNDOABLE

    @classmethod
    def poll(cls, context: Any) -> bool:
        return super().poll(context) and can_take_motion(cls, context)

    @complaining
    def execute(self, context: Any) -> set[str]:
        armature, scene = active_armature(context), context.scene
        check_ready(armature)
        entry = Entry.stored(scene.motionwright.history[self.entry(context)])
        result = place(armature, entry.motion_file, choices.placing(Choices(self, scene), scene, entry.text))
        for warning in result.warnings:
            self.report({"WARNING"}, warning)
        return {"FINISHED"}


class HistoryUse(_OfEntry, bpy.types.Operator):
    """Put the sentence, the seed and the settings of this motion into the fields of the sidebar"""

    bl_idname = "motionwright.history_use"
    bl_label = "Use Settings of History"
    bl_options = UNDOABLE

    def execute(self, context: Any) -> set[str]:
        settings = context.scene.motionwright
        entry = settings.history[self.entry(context)]
        asked = json.loads(entry.settings)
        settings.use_seed, settings.seed = True, max(0, entry.seed)
        settings.variations = 1
        settings.preset, settings.cleanup = asked["preset"], asked["cleanup"]
        settings.use_guidance = asked["guidance"] is not None
        if asked["guidance"] is not None:
            settings.guidance = asked["guidance"]
        if "prompts" in asked:
            _use_prompts(settings, asked, entry.seconds)
        elif asked["prompt"]:
            settings.range_prompt = asked["prompt"]
        return {"FINISHED"}


def _use_prompts(settings: Any, asked: dict[str, Any], seconds: float) -> None:
    """The sentences of a new motion: one goes into the field, several become the script."""
    settings.loop, settings.in_place = asked["loop"], asked["in_place"]
    prompts = asked["prompts"]
    if len(prompts) > 1:
        settings.script.clear()
        for prompt in prompts:
            part = settings.script.add()
            part.text, part.seconds = prompt["text"], prompt["seconds"]
        return
    settings.prompt = prompts[0]["text"]
    settings.length, settings.seconds = "SECONDS", prompts[0]["seconds"] or seconds


class HistoryRemove(_OfEntry, bpy.types.Operator):
    """Remove this motion from the history; keyframes that were made from it stay"""

    bl_idname = "motionwright.history_remove"
    bl_label = "Remove from History"
    bl_options = UNDOABLE

    def execute(self, context: Any) -> set[str]:
        history.forget(context.scene, self.entry(context))
        return {"FINISHED"}


register, unregister = bpy.utils.register_classes_factory((HistoryApply, HistoryUse, HistoryRemove))
