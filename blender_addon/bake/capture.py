"""Reading what a rig does now, hand-keyed or baked, back as a motion."""

from __future__ import annotations

from typing import Any

from ..retarget.source import SourceMotion
from ..rigs.rig_map import RigMap


def capture(armature_object: Any, rig_map: RigMap, start: int, end: int, fps: float = 30.0) -> SourceMotion:
    """The rig's animation in scene frames [start, end) as a motion at `fps`; its first frame is scene frame `start`.

    It stands where the rig stands: baked again with Placement.CAPTURED it comes to lie on what was read. Nothing in
    the file changes. AddonError where the map does not fit the armature.
    """
    raise NotImplementedError
