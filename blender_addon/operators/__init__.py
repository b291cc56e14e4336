"""Everything that the user can do, as operators `motionwright.*`; those of the engine register by themselves.

Operators are thin: they gather what was chosen, call, and report.
"""

from __future__ import annotations

from types import ModuleType


def register() -> None:
    """Add the operators to Blender, and what they rest on."""
    for part in _parts():
        part.register()


def unregister() -> None:
    """Take them away again."""
    for part in reversed(_parts()):
        part.unregister()


def _parts() -> tuple[ModuleType, ...]:
    """Imported here: the preferences import the engine's operators before the rest can be imported."""
    from ..session import characters, history, jobs, kept_project, prompt_window
    from . import bone_map, edit, generate, prompt_panel, regenerate, script, takes
    from . import history as history_operators

    session = (characters, jobs, history, kept_project, prompt_window)
    return (*session, generate, takes, script, history_operators, regenerate, edit, bone_map, prompt_panel)
