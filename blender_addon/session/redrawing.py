"""Having the places drawn again where the extension shows something."""

from __future__ import annotations

import bpy

_AREAS = ("VIEW_3D", "DOPESHEET_EDITOR")


def redraw() -> None:
    """Have the sidebars and the time line drawn again."""
    manager = bpy.context.window_manager
    for window in manager.windows if manager else ():
        for area in window.screen.areas:
            if area.type in _AREAS:
                for region in area.regions:
                    region.tag_redraw()
