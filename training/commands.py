"""The sub-commands of this room, registered through the entry-point group `motionwright.commands`."""

from __future__ import annotations

import typer


def register(app: typer.Typer) -> None:
    """Add this room's sub-commands to the command line."""
