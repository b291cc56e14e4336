"""Having the places drawn again where the extension shows something, and nothing else: a viewport is dear."""

from __future__ import annotations

import bpy

_SHOWN_IN = {"VIEW_3D": "UI", "DOPESHEET_EDITOR": "WINDOW"}


def redraw() -> None:
    """Have the sidebars and the time lines drawn again."""
    manager = bpy.context.window_manager
    for window in manager.windows if manager else ():
        for area in window.screen.areas:
            for region in area.regions:
                if region.type == _SHOWN_IN.get(area.type):
                    region.tag_redraw()
