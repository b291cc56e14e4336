"""The sidebar tab. Drawing only shows what is known: it looks for no bones and asks no engine."""

from __future__ import annotations

from types import ModuleType


def register() -> None:
    """Add the panels to Blender."""
    for part in _parts():
        part.register()


def unregister() -> None:
    """Take them away again."""
    for part in reversed(_parts()):
        part.unregister()


def _parts() -> tuple[ModuleType, ...]:
    """In the order in which they stand in the sidebar."""
    from . import bone_map, edit, engine, generate, history, regenerate, script, strip

    return generate, script, regenerate, edit, history, bone_map, engine, strip
