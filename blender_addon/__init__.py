"""The Blender extension: rigs, retarget, bake. Knows bpy, numpy and the engine as a process; never imports engine."""

from __future__ import annotations

from types import ModuleType


def register() -> None:
    """Switch the extension on; called by Blender."""
    for part in _parts():
        part.register()


def unregister() -> None:
    """Switch it off, in the reverse order; Blender also calls this when it quits."""
    for part in reversed(_parts()):
        part.unregister()


def _parts() -> tuple[ModuleType, ...]:
    """Imported here: the command line uses this package where there is no bpy."""
    from . import operators, panels, preferences, properties
    from .operators import engine as engine_operators

    return preferences, engine_operators, properties, operators, panels
