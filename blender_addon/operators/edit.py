"""Changing the animation that a character has as a whole, without the engine."""

from collections.abc import Callable
from typing import Any

import bpy

from ..errors import AddonError
from ..retarget.curve_path import along_curve
from ..retarget.edits import mirrored
from ..retarget.looping import looped
from ..retarget.source import SourceMotion
from ..rigs.building import build_rig
from ..rigs.reading import read_armature
from ..session import choices, reshaping
from ..session.captured import animated_range
from ..session.characters import character
from ..session.choices import Choices
from ..session.complaints import complaining
from ..session.curve_paths import path_m
from ..session.making import check_ready, remake
from ..session.placing import Placing
from .base import REGISTERED, SKIP, active_armature, can_begin, finish


def _can_edit(operator: type, context: Any) -> bool:
    if not can_begin(operator, context):
        return False
    if animated_range(active_armature(context)) is None:
        operator.poll_message_set("This character has no animation yet")
        return False
    return True


class EditOptions:
    """Options of every edit."""

    wait: bpy.props.BoolProperty(
        name="Wait", description="Return when the motion is on the character; always so in background", options=SKIP
    )


def _edit(operator: Any, context: Any, word: str, change: Callable[[SourceMotion], SourceMotion]) -> set[str]:
    """Change what the character does and put it where the sidebar says that keys go."""
    armature, scene, chosen = active_armature(context), context.scene, Choices(operator, context.scene)
    check_ready(armature)
    frames = animated_range(armature)
    if frames is None:
        raise AddonError("This character has no animation yet.")
    name = f"{armature.animation_data.action.name} {word}"
    placing = Placing(name, frames[0], target=chosen.target, placement="captured", **choices.keys(chosen))
    return finish(operator, remake(armature, placing, frames, choices.frames_per_second(scene), change))


class Mirror(EditOptions, bpy.types.Operator):
    """Exchange left and right in the character's animation"""

    bl_idname = "motionwright.mirror"
    bl_label = "Mirror Motion"
    bl_options = REGISTERED

    @classmethod
    def poll(cls, context: Any) -> bool:
        return _can_edit(cls, context)

    @complaining
    def execute(self, context: Any) -> set[str]:
        return _edit(self, context, "mirrored", mirrored)


class Retime(EditOptions, bpy.types.Operator):
    """Play the character's animation faster or slower, with keys on whole frames"""

    bl_idname = "motionwright.retime"
    bl_label = "Retime Motion"
    bl_options = REGISTERED

    speed: bpy.props.FloatProperty(
        name="Speed", description="2 plays twice as fast", default=1.0, min=0.1, max=10.0, options=SKIP
    )

    @classmethod
    def poll(cls, context: Any) -> bool:
        return _can_edit(cls, context)

    @complaining
    def execute(self, context: Any) -> set[str]:
        speed = Choices(self, context.scene).speed
        return _edit(self, context, f"at {speed:.3g}", lambda motion: reshaping.faster(motion, speed))


class KeepInPlace(EditOptions, bpy.types.Operator):
    """Take the travel over the ground out of the character's animation"""

    bl_idname = "motionwright.keep_in_place"
    bl_label = "Keep Motion in Place"
    bl_options = REGISTERED

    @classmethod
    def poll(cls, context: Any) -> bool:
        return _can_edit(cls, context)

    @complaining
    def execute(self, context: Any) -> set[str]:
        return _edit(self, context, "in place", reshaping.in_place)


class Loop(EditOptions, bpy.types.Operator):
    """Make the character's animation repeat: its last frame shows the pose of its first, and leads on into it"""

    bl_idname = "motionwright.loop"
    bl_label = "Loop Motion"
    bl_options = REGISTERED

    @classmethod
    def poll(cls, context: Any) -> bool:
        return _can_edit(cls, context)

    @complaining
    def execute(self, context: Any) -> set[str]:
        return _edit(self, context, "looped", looped)


class FollowCurve(EditOptions, bpy.types.Operator):
    """Bend the way that the character goes to a curve object; its feet stay on the ground"""

    bl_idname = "motionwright.follow_curve"
    bl_label = "Follow Curve"
    bl_options = REGISTERED

    curve: bpy.props.StringProperty(name="Path", description="The name of the curve object", options=SKIP)

    @classmethod
    def poll(cls, context: Any) -> bool:
        return _can_edit(cls, context)

    @complaining
    def execute(self, context: Any) -> set[str]:
        curve = bpy.data.objects.get(self.curve) if self.curve else context.scene.motionwright.curve
        if curve is None or curve.type != "CURVE":
            raise AddonError("Choose the curve that the character is to follow.")
        armature = active_armature(context)
        path = path_m(curve, armature, build_rig(read_armature(armature), character(armature)))
        return _edit(self, context, f"along {curve.name}", lambda motion: along_curve(motion, path))


register, unregister = bpy.utils.register_classes_factory((Mirror, Retime, KeepInPlace, Loop, FollowCurve))
