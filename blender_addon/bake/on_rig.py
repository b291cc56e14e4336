"""From a motion to keyframes on a rig: the whole way, as operators and the command line go it."""

from __future__ import annotations

from typing import Any

import bpy

from ..retarget.source import SourceMotion
from ..retarget.transfer import retarget
from ..rigs.building import build_rig
from ..rigs.reading import read_armature
from ..rigs.rig_map import RigMap
from .action import bake
from .target import EVERY_FRAME, NEW_ACTION, BakeOptions, BakeResult, BakeTarget, Placement


def bake_motion(
    armature_object: Any,
    source: SourceMotion,
    rig_map: RigMap,
    *,
    name: str,
    start: float,
    target: BakeTarget = NEW_ACTION,
    options: BakeOptions = EVERY_FRAME,
    placement: Placement = Placement.REST,
) -> BakeResult:
    """Put a motion on a rig, its first frame on scene frame `start`, and play it; returns what was written.

    The motion is resampled to the scene's frame rate. AddonError, before anything is changed, where the rig or its
    Action can't be written. Undo is the caller's: one step, for all of it happens in one call.
    """
    render = bpy.context.scene.render
    rig = build_rig(read_armature(armature_object), rig_map)
    motion = retarget(source.resampled(render.fps / render.fps_base), rig)
    return bake(
        armature_object,
        motion,
        rig_map.switches,
        name=name,
        meta=source.meta,
        start=round(start),
        target=target,
        options=options,
    )
