"""Changing the animation as a whole, without the engine."""

from typing import Any

import bpy

from .base import CLOSED, SidebarPanel


class EditPanel(SidebarPanel, bpy.types.Panel):
    bl_idname = "MOTIONWRIGHT_PT_edit"
    bl_label = "Edit Motion"
    bl_options = CLOSED

    def draw(self, context: Any) -> None:
        settings = context.scene.motionwright
        column = self.layout.column(align=True)
        column.operator("motionwright.mirror", text="Mirror Left and Right", icon="MOD_MIRROR")
        column.operator("motionwright.keep_in_place", text="Keep in Place", icon="PINNED")
        column.operator("motionwright.loop", text="Loop", icon="FILE_REFRESH")
        row = self.layout.row(align=True)
        row.prop(settings, "curve", text="")
        row.operator("motionwright.follow_curve", text="Follow", icon="CURVE_DATA")
        row = self.layout.row(align=True)
        row.prop(settings, "speed")
        row.operator("motionwright.retime", text="Retime", icon="MOD_TIME")


register, unregister = bpy.utils.register_classes_factory((EditPanel,))
