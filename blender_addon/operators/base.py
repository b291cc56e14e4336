"""What the operators have in common: their options, when they can run, and waiting for what they began."""

from typing import Any

import bpy

from ..errors import AddonError
from ..properties import MAX_SECONDS, PRESETS, PROMPT_CHARACTERS, VARIATIONS
from ..session import jobs, takes
from ..session.characters import known

REGISTERED = {"REGISTER"}
UNDOABLE = {"REGISTER", "UNDO"}
INTERNAL = {"INTERNAL"}
SKIP = {"SKIP_SAVE"}
"""Of a property: what it was the last time does not count the next time."""


class SamplingOptions:
    """Options of every operator that asks the engine; one that is not given is what the sidebar says."""

    variations: bpy.props.IntProperty(
        name="Takes", description="How many takes to make", default=1, min=1, max=VARIATIONS, options=SKIP
    )
    seed: bpy.props.IntProperty(name="Seed", description="The same seed gives the same motion", min=0, options=SKIP)
    preset: bpy.props.EnumProperty(
        name="Quality", description="How carefully to sample", items=PRESETS, default="standard", options=SKIP
    )
    guidance: bpy.props.FloatProperty(
        name="Guidance", description="How closely to follow the sentence", min=0.0, max=20.0, options=SKIP
    )
    cleanup: bpy.props.BoolProperty(
        name="Plant the feet", description="Remove sliding of standing feet", default=True, options=SKIP
    )
    wait: bpy.props.BoolProperty(
        name="Wait", description="Return when the motion is on the character; always so in background", options=SKIP
    )


class PromptOptions(SamplingOptions):
    """Options of a new motion of one sentence."""

    prompt: bpy.props.StringProperty(
        name="Sentence", description="What the character should do", maxlen=PROMPT_CHARACTERS, options=SKIP
    )
    seconds: bpy.props.FloatProperty(
        name="Seconds", description="Length in seconds", default=4.0, min=0.5, max=MAX_SECONDS, options=SKIP
    )
    frames: bpy.props.IntProperty(
        name="Frames", description="Length in frames of this scene", default=96, min=2, options=SKIP
    )


def active_armature(context: Any) -> Any:
    """The armature that the sidebar is about: the active object, or the armature that moves an active mesh."""
    active = context.object
    if active is None or active.type == "ARMATURE":
        return active
    return active.find_armature() if active.type == "MESH" else None


def nobody(context: Any) -> str:
    """What to do where no character is active, without a full stop."""
    active = context.object
    instanced = active.instance_collection if active is not None and active.type == "EMPTY" else None
    if instanced is None or not any(each.type == "ARMATURE" for each in instanced.all_objects):
        return "Select a character: an armature, or a mesh that one moves"
    if instanced.library is not None:
        return f"“{active.name}” is an instance of a linked collection; make a library override of it first"
    return f"“{active.name}” is an instance of a collection; make it real with Object > Apply first"


def armatures_of(context: Any, characters: str) -> list[Any]:
    """The active character, or with "SELECTED" every selected one, the active first. AddonError where there is none."""
    active = active_armature(context)
    if active is None:
        raise AddonError(f"{nobody(context)}.")
    if characters == "ACTIVE":
        return [active]
    selected = [each for each in context.selected_objects if each.type == "ARMATURE" and each != active]
    return [active, *selected]


def can_take_motion(operator: type, context: Any) -> bool:
    """For `poll`: whether there is a character that a motion can be put on. Looks at no bone."""
    armature = active_armature(context)
    if armature is None:
        operator.poll_message_set(nobody(context))
        return False
    found = known(armature)
    if found is not None and found.refusal:
        operator.poll_message_set(found.refusal.rstrip("."))
        return False
    if takes.pending(armature):
        operator.poll_message_set("Keep or discard the takes of this character first")
        return False
    return True


def can_begin(operator: type, context: Any) -> bool:
    """For `poll`: also whether no other job runs."""
    if jobs.running() is not None:
        operator.poll_message_set("A motion is being made already; wait for it or cancel it")
        return False
    return can_take_motion(operator, context)


def finish(operator: Any, job: jobs.Job) -> set[str]:
    """Return at once, or where the operator has to wait with what came of the job."""
    return ended(operator, job) if operator.wait or bpy.app.background else {"FINISHED"}


def ended(operator: Any, job: jobs.Job) -> set[str]:
    """Wait for a job and report what came of it."""
    jobs.wait(job)
    if job.failed:
        operator.report({"ERROR"}, job.ending)
        return {"CANCELLED"}
    operator.report({"INFO"}, job.ending)
    return {"FINISHED"}
