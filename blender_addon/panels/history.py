"""What was made, newest last."""

from typing import Any

import bpy

from ..operators.engine import draw_sentence
from .base import CLOSED, SidebarPanel


class HistoryList(bpy.types.UIList):
    """One line for each motion: its words, length and seed."""

    bl_idname = "MOTIONWRIGHT_UL_history"

    def draw_item(
        self, _context: Any, layout: Any, _data: Any, entry: Any, _icon: int, _active: Any, _property: str
    ) -> None:
        row = layout.split(factor=0.8, align=True)
        row.label(text=entry.text)
        right = row.row(align=True)
        right.alignment = "RIGHT"
        right.label(text=f"{entry.seconds:.1f} s")


class HistoryPanel(SidebarPanel, bpy.types.Panel):
    bl_idname = "MOTIONWRIGHT_PT_history"
    bl_label = "History"
    bl_options = CLOSED

    def draw(self, context: Any) -> None:
        layout, settings = self.layout, context.scene.motionwright
        if not settings.history:
            layout.label(text="Motions that you generate are kept here", icon="INFO")
            return
        row = layout.row()
        row.template_list(
            "MOTIONWRIGHT_UL_history", "", settings, "history", settings, "history_index", rows=4, sort_lock=True
        )
        row.column().operator("motionwright.history_remove", text="", icon="REMOVE")
        entry = settings.history[min(settings.history_index, len(settings.history) - 1)]
        draw_sentence(layout, context, entry.text, "TEXT")
        layout.label(text=f"Seed {entry.seed}, made {entry.made}", icon="BLANK1")
        row = layout.row(align=True)
        row.operator("motionwright.history_apply", text="Apply", icon="PLAY")
        row.operator("motionwright.history_use", text="Use Settings", icon="GREASEPENCIL")


register, unregister = bpy.utils.register_classes_factory((HistoryList, HistoryPanel))
