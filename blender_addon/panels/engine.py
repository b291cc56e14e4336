"""The engine's state, and whose model it is."""

from typing import Any

import bpy

from ..operators.engine import draw_engine, draw_sentence
from ..session import model
from .base import CLOSED, SidebarPanel


class EnginePanel(SidebarPanel, bpy.types.Panel):
    bl_idname = "MOTIONWRIGHT_PT_engine"
    bl_label = "Engine"
    bl_options = CLOSED

    def draw(self, context: Any) -> None:
        layout = self.layout
        draw_engine(layout, context)
        info = model.known()
        if info is None:
            model.ask_soon()
        else:
            column = layout.column(align=True)
            draw_sentence(column, context, f"Model: {info.name} {info.version}", "OUTLINER_OB_ARMATURE")
            draw_sentence(column, context, f"License of the model: {info.license}", "COPY_ID")
            for attribution in info.attributions:
                draw_sentence(column, context, attribution, "BLANK1")
        layout.operator("motionwright.open_preferences", icon="PREFERENCES")


register, unregister = bpy.utils.register_classes_factory((EnginePanel,))
