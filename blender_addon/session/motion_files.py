"""Motion files that never were on disk. No bpy here: also called on threads."""

from __future__ import annotations

import tempfile
from pathlib import Path

from ..retarget.source import SourceMotion, read_motion


def read(npz: bytes) -> SourceMotion:
    """The motion in the bytes of a motion file. AddonError where it is damaged."""
    with tempfile.TemporaryDirectory(prefix="motionwright-") as folder:
        path = Path(folder) / "motion.npz"
        path.write_bytes(npz)
        return read_motion(path)
