"""Everything that the user can do, as operators `motionwright.*`; those of the engine register by themselves."""

from __future__ import annotations


def register() -> None:
    """Add the operators to Blender."""


def unregister() -> None:
    """Take them away again."""
