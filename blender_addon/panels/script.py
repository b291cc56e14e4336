"""The script: several sentences in a row, one after another without a seam."""

from typing import Any

import bpy

from .base import CLOSED, SidebarPanel, draw_big_button, draw_job


class ScriptList(bpy.types.UIList):
    """One line for each sentence: its words and its seconds."""

    bl_idname = "MOTIONWRIGHT_UL_script"

    def draw_item(
        self, _context: Any, layout: Any, _data: Any, part: Any, _icon: int, _active: Any, _property: str
    ) -> None:
        row = layout.row(align=True).split(factor=0.72, align=True)
        row.prop(part, "text", text="", emboss=False, placeholder="what happens here")
        row.prop(part, "seconds", text="", emboss=False)


class ScriptPanel(SidebarPanel, bpy.types.Panel):
    bl_idname = "MOTIONWRIGHT_PT_script"
    bl_label = "Script"
    bl_options = CLOSED

    def draw(self, context: Any) -> None:
        layout, settings = self.layout, context.scene.motionwright
        row = layout.row()
        row.template_list(
            "MOTIONWRIGHT_UL_script", "", settings, "script", settings, "script_index", rows=4, sort_lock=True
        )
        column = row.column(align=True)
        column.operator("motionwright.script_add", text="", icon="ADD")
        column.operator("motionwright.script_remove", text="", icon="REMOVE")
        column.separator()
        column.operator("motionwright.script_move", text="", icon="TRIA_UP").step = -1
        column.operator("motionwright.script_move", text="", icon="TRIA_DOWN").step = 1
        total = sum(part.seconds for part in settings.script)
        if settings.script:
            layout.label(text=f"{total:.1f} seconds in all", icon="TIME")
        if not draw_job(layout):
            draw_big_button(layout, "motionwright.generate_script", "Generate Script", "PLAY")


register, unregister = bpy.utils.register_classes_factory((ScriptList, ScriptPanel))
