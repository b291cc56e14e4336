"""Opening the prompt window beside Blender."""

from typing import Any

import bpy

from ..engine_link import engine
from ..engine_link.engine import State
from ..session import prompt_window
from ..session.complaints import complaining
from .base import INTERNAL


class OpenPromptWindow(bpy.types.Operator):
    """Open the prompt window: type, compare takes, and make parts of them anew; or bring it to the front"""

    bl_idname = "motionwright.open_prompt_window"
    bl_label = "Open Prompt Window"
    bl_options = INTERNAL

    @classmethod
    def poll(cls, _context: Any) -> bool:
        status = engine.status()
        if bpy.app.background:
            cls.poll_message_set("There is no screen")
        elif status.state in (State.MISSING, State.SETTING_UP):
            cls.poll_message_set(status.sentence.rstrip("."))
        else:
            return True
        return False

    @complaining
    def execute(self, _context: Any) -> set[str]:
        prompt_window.open_window()
        return {"FINISHED"}


register, unregister = bpy.utils.register_classes_factory((OpenPromptWindow,))
