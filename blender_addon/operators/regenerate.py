"""Making a range of a character's animation again, whoever made it: the rest stays as it is."""

from typing import Any

import bpy

from ..properties import BODY_PARTS, PROMPT_CHARACTERS, RANGES
from ..session import choices
from ..session.captured import ENGINE_FPS, Capturing
from ..session.choices import Choices
from ..session.complaints import complaining
from ..session.making import check_ready, make
from ..session.orders import RegenerateOrder
from ..session.placing import Placing
from ..session.ranges import chosen_range, surroundings
from .base import REGISTERED, SKIP, SamplingOptions, active_armature, can_begin, finish


class Regenerate(SamplingOptions, bpy.types.Operator):
    """Make a range of the character's animation again; every key outside the range stays as it is"""

    bl_idname = "motionwright.regenerate"
    bl_label = "Regenerate Range"
    bl_options = REGISTERED

    first: bpy.props.IntProperty(name="First", description="First frame that may change", options=SKIP)
    last: bpy.props.IntProperty(name="Last", description="Last frame that may change", options=SKIP)
    range_from: bpy.props.EnumProperty(
        name="Range", description="Where the range is taken from", items=RANGES, options=SKIP
    )
    body_part: bpy.props.EnumProperty(name="Body", description="What is made again", items=BODY_PARTS, options=SKIP)
    range_prompt: bpy.props.StringProperty(
        name="New sentence", description="What the character should do there", maxlen=PROMPT_CHARACTERS, options=SKIP
    )

    @classmethod
    def poll(cls, context: Any) -> bool:
        return can_begin(cls, context)

    @complaining
    def execute(self, context: Any) -> set[str]:
        scene, armature, chosen = context.scene, active_armature(context), Choices(self, context.scene)
        check_ready(armature)
        if chosen.is_given("first") and chosen.is_given("last"):
            first, last = self.first, self.last
        else:
            first, last = chosen_range(scene, armature, chosen.range_from)
        rate = choices.frames_per_second(scene)
        begin, end = surroundings(first, last, rate)
        capturing = Capturing(armature, begin, end, rate)
        order = RegenerateOrder(
            start=round((first - begin) / rate * ENGINE_FPS),
            end=round((last - begin) / rate * ENGINE_FPS) + 1,
            prompt=" ".join(chosen.range_prompt.split()) or None,
            body_part=chosen.body_part,
            sampling=choices.sampling(chosen),
        )
        placing = Placing(
            name=order.text,
            start=begin,
            first=first,
            last=last,
            target="CURRENT_ACTION",
            placement="captured",
            **choices.keys(chosen),
        )
        return finish(self, make([armature], order, placing, capturing))


register, unregister = bpy.utils.register_classes_factory((Regenerate,))
