"""Baking a rig's motion into an Action."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import bpy
import numpy as np

from ..retarget.transfer import RigMotion
from ..rigs.rig_map import Switch
from .channels import bone_path, location_curves, rotation_curves
from .curves import Curve, play, write
from .pose import BoneKeys, solve
from .target import BakeOptions, BakeResult, BakeTarget

_MARK = "motionwright"  # the custom property that tells our actions from the user's
_NAME_BYTES = 60  # Blender keeps 63 bytes of a name until 4.5


def bake(
    armature_object: Any,
    motion: RigMotion,
    switches: tuple[Switch, ...],
    *,
    name: str,
    meta: Mapping[str, Any],
    start: int,
    target: BakeTarget,
    options: BakeOptions,
) -> BakeResult:
    """Write the motion as an Action called `name`, keys from frame `start` on.

    Nothing else of the rig changes but the switches between IK and FK.
    """
    _release_action(armature_object)
    for switch in switches:
        armature_object.pose.bones[switch.bone][switch.property] = switch.value
    keys = solve(armature_object, motion)
    action = _fresh_action(name, meta)
    container = play(armature_object, action)
    frames = start + np.arange(len(motion), dtype=np.float64)
    for curve in _curves(armature_object, keys):
        write(container, curve, frames)
    for switch in switches:
        path = f'{bone_path(switch.bone)}["{switch.property}"]'
        write(container, Curve(path, 0, np.array([switch.value]), switch.bone), frames[:1])
    return BakeResult(action.name, start, start + len(motion) - 1)


def _curves(armature_object: Any, keys: list[BoneKeys]) -> list[Curve]:
    curves: list[Curve] = []
    for key in keys:
        if key.locations is not None:
            curves += location_curves(key.name, key.locations)
        mode = armature_object.pose.bones[key.name].rotation_mode
        curves += rotation_curves(key.name, mode, key.rotations_wxyz)
    return curves


def _release_action(armature_object: Any) -> None:
    """Take the present action off the armature; an action that nothing else holds is kept from being purged."""
    animation = armature_object.animation_data
    if animation is None or animation.action is None:
        return
    previous, animation.action = animation.action, None
    if previous.users == 0:
        previous.use_fake_user = True


def _fresh_action(name: str, meta: Mapping[str, Any]) -> Any:
    """A new Action; one of ours with the same name, which nothing plays, makes room for it."""
    name = name.encode("utf-8")[:_NAME_BYTES].decode("utf-8", errors="ignore").strip() or "Motion"
    old = bpy.data.actions.get(name)
    if old is not None and _MARK in old and old.users - int(old.use_fake_user) == 0:
        bpy.data.actions.remove(old)
    action = bpy.data.actions.new(name)
    action[_MARK] = json.dumps(dict(meta), ensure_ascii=False)
    return action
