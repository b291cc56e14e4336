"""The first panel: the sentence, how long, how many, and the button."""

from typing import Any

import bpy

from ..operators.base import active_armature
from ..session import takes
from .base import (
    CLOSED,
    SidebarPanel,
    draw_big_button,
    draw_character,
    draw_engine_trouble,
    draw_job,
    draw_notice,
    draw_words,
    split,
)


class GeneratePanel(SidebarPanel, bpy.types.Panel):
    bl_idname = "MOTIONWRIGHT_PT_generate"
    bl_label = "Generate"

    def draw(self, context: Any) -> None:
        layout, settings = self.layout, context.scene.motionwright
        draw_engine_trouble(layout, context)
        draw_character(layout, context)
        draw_words(layout, context, settings, "prompt", "a person walks forward and waves")
        _draw_length(layout, settings)
        column = split(layout)
        column.prop(settings, "variations")
        column.prop(settings, "preset")
        row = column.row(align=True, heading="Seed")
        row.prop(settings, "use_seed", text="")
        seed = row.row(align=True)
        seed.active = settings.use_seed
        seed.prop(settings, "seed", text="")
        if not draw_job(layout):
            _draw_button(layout, context)
        draw_notice(layout, context)
        layout.operator("motionwright.open_prompt_window", icon="WINDOW")


def _draw_length(layout: Any, settings: Any) -> None:
    column = split(layout)
    column.prop(settings, "length")
    if settings.length in ("SECONDS", "FRAMES"):
        column.prop(settings, settings.length.lower(), text=" ")


def _draw_button(layout: Any, context: Any) -> None:
    """Generate; or, while takes wait for a decision, the takes."""
    armature = active_armature(context)
    if armature is None or not takes.pending(armature):
        draw_big_button(layout, "motionwright.generate", "Generate", "PLAY")
        return
    state = armature.motionwright
    box = layout.box()
    row = box.row(align=True)
    row.scale_y = 1.3
    row.operator("motionwright.show_take", text="", icon="TRIA_LEFT").step = -1
    take = state.takes[min(state.shown, len(state.takes) - 1)]
    middle = row.row(align=True)
    middle.alignment = "CENTER"
    middle.label(text=f"Take {state.shown + 1} of {len(state.takes)}, seed {take.seed}")
    row.operator("motionwright.show_take", text="", icon="TRIA_RIGHT").step = 1
    row = box.row(align=True)
    row.scale_y = 1.3
    row.operator("motionwright.keep_take", text="Keep", icon="CHECKMARK")
    row.operator("motionwright.discard_takes", text="Discard All", icon="X")


class OptionsPanel(SidebarPanel, bpy.types.Panel):
    bl_idname = "MOTIONWRIGHT_PT_options"
    bl_label = "Options"
    bl_parent_id = "MOTIONWRIGHT_PT_generate"
    bl_options = CLOSED

    def draw(self, context: Any) -> None:
        settings, column = context.scene.motionwright, split(self.layout)
        column.prop(settings, "start_at")
        column.prop(settings, "characters")
        row = column.row(align=True, heading="Guidance")
        row.prop(settings, "use_guidance", text="")
        guidance = row.row(align=True)
        guidance.active = settings.use_guidance
        guidance.prop(settings, "guidance", text="")
        column = self.layout.column(align=True)
        column.use_property_split = True
        column.use_property_decorate = False
        column.prop(settings, "loop")
        column.prop(settings, "in_place")
        column.prop(settings, "cleanup")


class KeysPanel(SidebarPanel, bpy.types.Panel):
    bl_idname = "MOTIONWRIGHT_PT_keys"
    bl_label = "Keyframes"
    bl_parent_id = "MOTIONWRIGHT_PT_generate"
    bl_options = CLOSED

    def draw(self, context: Any) -> None:
        settings, column = context.scene.motionwright, split(self.layout)
        column.prop(settings, "target")
        column.prop(settings, "blend")
        column.prop(settings, "root")
        column.prop(settings, "feet")
        column.prop(settings, "hands")
        column.prop(settings, "relax_fingers")
        column.prop(settings, "reduce")
        if settings.reduce:
            column.prop(settings, "reduce_degrees", text="Within degrees")
            column.prop(settings, "reduce_millimeters", text="Within mm")


register, unregister = bpy.utils.register_classes_factory((GeneratePanel, OptionsPanel, KeysPanel))
