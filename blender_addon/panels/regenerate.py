"""Making a range of the animation again."""

from typing import Any

import bpy

from .base import CLOSED, SidebarPanel, draw_big_button, draw_job, draw_words, split


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
        draw_words(layout, context, settings, "range_prompt", "as before, or a new sentence")
        if not draw_job(layout):
            draw_big_button(layout, "motionwright.regenerate", "Regenerate", "FILE_REFRESH")


register, unregister = bpy.utils.register_classes_factory((RegeneratePanel,))
