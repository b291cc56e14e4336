"""Which bone is what: seen, corrected, kept, shared."""

from typing import Any

import bpy

from ..operators.base import active_armature
from ..rigs.rig_map import SLOTS, RigMap
from ..session import characters
from .base import CLOSED, SidebarPanel, draw_character

_SECTIONS = (
    ("Body", ("root", "pelvis", "spine", "neck", "head")),
    ("Left Arm", ("left_clavicle", "left_upper_arm", "left_forearm", "left_hand", "left_elbow")),
    ("Right Arm", ("right_clavicle", "right_upper_arm", "right_forearm", "right_hand", "right_elbow")),
    ("Left Leg", ("left_thigh", "left_shin", "left_foot", "left_toe", "left_knee")),
    ("Right Leg", ("right_thigh", "right_shin", "right_foot", "right_toe", "right_knee")),
    ("Left Fingers", ("left_thumb", "left_index", "left_middle", "left_ring", "left_pinky")),
    ("Right Fingers", ("right_thumb", "right_index", "right_middle", "right_ring", "right_pinky")),
)
_SHOWN_EMPTY = 1


class BoneMapPanel(SidebarPanel, bpy.types.Panel):
    bl_idname = "MOTIONWRIGHT_PT_bone_map"
    bl_label = "Rig"
    bl_options = CLOSED

    def draw(self, context: Any) -> None:
        layout, armature = self.layout, active_armature(context)
        draw_character(layout, context)
        found = characters.known(armature) if armature is not None else None
        if found is None:
            return
        rig_map = found.rig_map or RigMap("", {})
        for title, prefixes in _SECTIONS:
            header, body = layout.panel(f"motionwright_{title}", default_closed=True)
            header.label(text=title)
            if body is not None:
                _draw_slots(body.column(align=True), rig_map, prefixes)
        row = layout.row(align=True)
        row.operator("motionwright.mirror_map", text="Left to Right").source = "left"
        row.operator("motionwright.mirror_map", text="Right to Left").source = "right"
        row = layout.row(align=True)
        row.operator("motionwright.detect_map", text="Detect", icon="VIEWZOOM")
        row.operator("motionwright.save_map", text="Save Preset", icon="FILE_TICK")
        row = layout.row(align=True)
        row.operator("motionwright.import_map", text="Import", icon="IMPORT")
        row.operator("motionwright.export_map", text="Export", icon="EXPORT")


def _draw_slots(column: Any, rig_map: RigMap, prefixes: tuple[str, ...]) -> None:
    """A line for each slot of a section: filled ones, and of a chain the next empty one."""
    for prefix in prefixes:
        empty = 0
        for slot in (each for each in SLOTS if each.name.startswith(prefix)):
            bone = rig_map.bones.get(slot.name)
            empty += bone is None
            if bone is None and empty > _SHOWN_EMPTY:
                continue
            line = column.split(factor=0.36, align=True)
            label = slot.label.removeprefix("Left ").removeprefix("Right ")
            line.label(text=label[0].upper() + label[1:])
            row = line.row(align=True)
            row.alert = bone is None and slot.required
            row.label(text=bone or ("missing" if slot.required else "none"))
            row.operator("motionwright.assign_bone", text="", icon="EYEDROPPER").slot = slot.name
            clear = row.row(align=True)
            clear.enabled = bone is not None
            clear.operator("motionwright.clear_bone", text="", icon="X").slot = slot.name


register, unregister = bpy.utils.register_classes_factory((BoneMapPanel,))
