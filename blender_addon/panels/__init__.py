"""The sidebar tab."""

from __future__ import annotations


def register() -> None:
    """Add the panels to Blender."""


def unregister() -> None:
    """Take them away again."""
