"""Making a range of the animation again."""

from typing import Any

import bpy

from .base import CLOSED, SidebarPanel, draw_job, split


class RegeneratePanel(SidebarPanel, bpy.types.Panel):
    bl_idname = "MOTIONWRIGHT_PT_regenerate"
    bl_label = "Regenerate Range"
    bl_options = CLOSED

    def draw(self, context: Any) -> None:
        layout, settings = self.layout, context.scene.motionwright
        column = split(layout)
        column.prop(settings, "range_from")
        column.prop(settings, "body_part")
        column.prop(settings, "blend")
        row = layout.row()
        row.scale_y = 1.3
        row.prop(settings, "range_prompt", text="", placeholder="as before, or a new sentence")
        if not draw_job(layout):
            row = layout.row()
            row.scale_y = 1.4
            row.operator("motionwright.regenerate", text="Regenerate", icon="FILE_REFRESH")


register, unregister = bpy.utils.register_classes_factory((RegeneratePanel,))
