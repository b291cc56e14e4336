"""From a motion to keyframes on a rig: the whole way, as operators and the command line go it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import bpy
import numpy as np

from ..retarget.edits import standing_as
from ..retarget.ground_path import carried
from ..retarget.limb_controls import LimbControls, by_limb_controls
from ..retarget.looping import with_rounds_around
from ..retarget.rig import Rig
from ..retarget.source import LOOP, SourceMotion
from ..retarget.transfer import RigMotion, retarget
from ..rigs.armature import RestArmature
from ..rigs.building import build_rig
from ..rigs.reading import object_linear, read_armature, skin_below
from ..rigs.relaxed_hands import relaxed_fingers
from ..rigs.rig_map import RigMap
from ..rigs.soles import soles
from .action import Baking, bake_whole
from .capture import capture, shown_motion
from .carrying import carried_by_object, carried_by_root, is_animated, object_path, with_shown_root
from .into_range import bake_into_range, covered_frames, switches_off
from .limb_controls import ARMS, LEGS, find_limb_controls, switches_for
from .limits import check_writable
from .target import (
    EVERY_FRAME,
    NEW_ACTION,
    BakeOptions,
    BakeResult,
    BakeTarget,
    CurrentActionRange,
    LimbKeys,
    Placement,
    RootMotion,
)

_AROUND_SECONDS = 1.5
_NO_CONTROLS = "The rig has no IK controls for its {}, so these limbs are keyed bone by bone."


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
    check_writable(armature_object, target)
    rest = read_armature(armature_object)
    rig = _with_soles(build_rig(rest, rig_map, object_linear(armature_object)), rest, armature_object)
    render = bpy.context.scene.render
    moved = source.resampled(render.fps / render.fps_base)
    if placement is Placement.CURRENT:
        moved = standing_as(moved, capture(armature_object, rig_map, start, start + 1))
    motion = _retargeted(moved, rig, placement)
    asked = {LEGS: options.feet is LimbKeys.IK, ARMS: options.hands is LimbKeys.IK}
    found = {kind: find_limb_controls(armature_object, rest, rig_map, kind, asked[kind]) for kind in asked}
    limbs = [limb for controls in found.values() for limb in controls]
    switches = switches_for(rig_map, feet=bool(found[LEGS]), hands=bool(found[ARMS]))
    keyed = by_limb_controls(motion, rig, limbs) if limbs else motion
    baking = Baking(keyed, None, switches, name, source.meta, round(start))
    warnings = tuple(_NO_CONTROLS.format(kind.name) for kind in asked if asked[kind] and not found[kind])
    if isinstance(target, CurrentActionRange):
        baked = _into_range(armature_object, rig, rig_map, baking, target, options, limbs)
        return replace(baked, warnings=warnings + baked.warnings)
    if options.relax_fingers:
        baking = replace(baking, fingers=relaxed_fingers(rest, rig_map))
    baking, more = _carried(armature_object, rig, rig_map, baking, options.root)
    baked = bake_whole(armature_object, baking, target, options)
    return replace(baked, warnings=warnings + more + baked.warnings)


def _with_soles(rig: Rig, rest: RestArmature, armature_object: Any) -> Rig:
    """The rig with the soles that its meshes have, as high as its ankles."""
    up = rig.axes.matrix[:, 1]
    ankles = max(rig.head(f"{side}_ankle")[1] for side in ("left", "right"))
    points, owners = skin_below(armature_object, bpy.data.objects, up, ankles)
    return replace(rig, soles=soles(rig, rest, points, owners))


def _retargeted(source: SourceMotion, rig: Rig, placement: Placement) -> RigMotion:
    """The motion on the rig; of a loop, as it is between its other rounds."""
    if not source.meta.get(LOOP) or placement is Placement.REST:
        return retarget(source, rig, from_rest=placement is Placement.REST, from_start=placement is Placement.CURRENT)
    whole, before = with_rounds_around(source, _AROUND_SECONDS)
    motion = retarget(whole, rig, from_rest=False)
    kept = slice(before, before + len(source))
    places = {name: place[kept] for name, place in motion.places.items()}
    return replace(motion, orientations=motion.orientations[kept], places=places)


def _carried(
    armature_object: Any, rig: Rig, rig_map: RigMap, baking: Baking, root: RootMotion
) -> tuple[Baking, tuple[str, ...]]:
    """The motion with its way over the ground on what shall carry it, and a sentence where that is not to be had."""
    if root is RootMotion.OBJECT:
        motion, object_keys = carried_by_object(armature_object, rig, baking.motion, baking.start)
        return replace(baking, motion=motion, object_keys=object_keys), ()
    bone = rig_map.bones.get("root")
    if root is RootMotion.ROOT_BONE and bone is None:
        return baking, ("The rig has no root bone above its hips, so the hips carry the motion.",)
    if root is RootMotion.ROOT_BONE:
        return replace(baking, motion=carried_by_root(armature_object, rig, str(bone), baking.motion)), ()
    return baking, ()


def _into_range(
    armature_object: Any,
    rig: Rig,
    rig_map: RigMap,
    baking: Baking,
    target: CurrentActionRange,
    options: BakeOptions,
    limbs: Sequence[LimbControls],
) -> BakeResult:
    """What carries the character keeps its own keys there: the hips do what it leaves to be done."""
    frames, _ = covered_frames(baking, target)
    every = baking.start + np.arange(len(baking.motion), dtype=np.float64)
    motion, root = baking.motion, rig_map.bones.get("root")
    if is_animated(armature_object, ""):
        motion = carried(motion, object_path(armature_object, every, baking.start))
    off = switches_off(armature_object, baking.switches, frames)
    current = shown_motion(armature_object, rig, rig_map, frames) if off else None
    current = by_limb_controls(current, rig, limbs) if current is not None and limbs else current
    keep: frozenset[str] = frozenset()
    if root is not None and is_animated(armature_object, root):
        motion = with_shown_root(armature_object, root, motion, every)
        current = None if current is None else with_shown_root(armature_object, root, current, frames)
        keep = frozenset({root})
    baking = replace(baking, motion=motion)
    return bake_into_range(armature_object, baking, target, options, current=current, keep=keep)
