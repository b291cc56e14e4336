"""Blender's own verdict on the zip."""

from __future__ import annotations

import subprocess
from pathlib import Path

from ..child import ChildCrashError
from ..engine_link.child_processes import clean_environment
from ..errors import AddonError
from ..find_blender import Blender

_NO_WINDOW = getattr(subprocess, "CREATE_NO_WINDOW", 0)


def validate(blender: Blender, archive: Path) -> None:
    """Run `blender --command extension validate`. AddonError with Blender's reason where it refuses the zip."""
    try:
        ended = subprocess.run(
            [blender.program, "--command", "extension", "validate", str(archive)],
            env=clean_environment(),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            encoding="utf-8",
            errors="replace",
            check=False,
            creationflags=_NO_WINDOW,
        )
    except OSError as error:
        raise ChildCrashError(f"{blender.program} can't be run: {error.strerror}") from error
    said = " ".join(f"{ended.stdout} {ended.stderr}".split())
    if ended.returncode != 0 or "Error" in said:
        raise AddonError(f"Blender refuses the zip: {said[-300:]}")
