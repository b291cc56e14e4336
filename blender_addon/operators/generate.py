"""A new motion from a sentence, or from the script; and stopping it."""

from typing import Any

import bpy

from ..properties import TARGETS
from ..session import choices, jobs
from ..session.choices import Choices
from ..session.complaints import complaining
from ..session.making import make
from .base import INTERNAL, REGISTERED, SKIP, PromptOptions, SamplingOptions, armatures_of, can_begin, finish


class PlacedOptions:
    """Options of where a new motion goes."""

    start: bpy.props.IntProperty(name="Start", description="Frame of the first key", options=SKIP)
    target: bpy.props.EnumProperty(
        name="Keys go to", description="Where the keyframes are written", items=TARGETS, options=SKIP
    )
    loop: bpy.props.BoolProperty(name="Loop", description="The last frame leads back into the first", options=SKIP)
    in_place: bpy.props.BoolProperty(name="In place", description="The character stays in its place", options=SKIP)


class Generate(PromptOptions, PlacedOptions, bpy.types.Operator):
    """Make a motion from the sentence and put it on the character as keyframes"""

    bl_idname = "motionwright.generate"
    bl_label = "Generate Motion"
    bl_options = REGISTERED

    @classmethod
    def poll(cls, context: Any) -> bool:
        return can_begin(cls, context)

    @complaining
    def execute(self, context: Any) -> set[str]:
        chosen = Choices(self, context.scene)
        armatures = armatures_of(context, chosen.characters)
        order = choices.one_prompt(chosen, context.scene, len(armatures))
        job = make(armatures, order, choices.placing(chosen, context.scene, order.text))
        return finish(self, job)


class GenerateScript(SamplingOptions, PlacedOptions, bpy.types.Operator):
    """Make one motion from all sentences of the script, one after another without a seam"""

    bl_idname = "motionwright.generate_script"
    bl_label = "Generate Motion of Script"
    bl_options = REGISTERED

    @classmethod
    def poll(cls, context: Any) -> bool:
        if not context.scene.motionwright.script:
            cls.poll_message_set("Add a sentence to the script first")
            return False
        return can_begin(cls, context)

    @complaining
    def execute(self, context: Any) -> set[str]:
        chosen = Choices(self, context.scene)
        armatures = armatures_of(context, chosen.characters)
        order = choices.script(chosen, context.scene, len(armatures))
        job = make(armatures, order, choices.placing(chosen, context.scene, order.text))
        return finish(self, job)


class Cancel(bpy.types.Operator):
    """Stop making the motion; nothing changes"""

    bl_idname = "motionwright.cancel"
    bl_label = "Cancel Motion"
    bl_options = REGISTERED

    @classmethod
    def poll(cls, _context: Any) -> bool:
        if jobs.running() is None:
            cls.poll_message_set("No motion is being made")
            return False
        return True

    def execute(self, _context: Any) -> set[str]:
        jobs.cancel()
        return {"FINISHED"}


class CloseNotice(bpy.types.Operator):
    """Close this message"""

    bl_idname = "motionwright.close_notice"
    bl_label = "Close Message"
    bl_options = INTERNAL

    def execute(self, _context: Any) -> set[str]:
        jobs.set_trouble(None)
        return {"FINISHED"}


register, unregister = bpy.utils.register_classes_factory(
    (
        Generate,
        GenerateScript,
        Cancel,
        CloseNotice,
    )
)
