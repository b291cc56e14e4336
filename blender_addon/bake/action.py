"""Baking a rig's motion: solved controls written to an Action of its own, to a strip, or into a range."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import bpy
import numpy as np

from ..retarget.rotations import Array
from ..retarget.transfer import RigMotion
from ..rigs.rig_map import Switch
from .channels import Channel, bone_prefix, control_channels, sparse_keys
from .curves import Curve, channels_of, play, write
from .limits import locked_sentence, unlocked, with_locked_angles
from .pose import BoneKeys, solve
from .strips import add_strip, remove_strips
from .target import BakeOptions, BakeResult, KeyReduction, NlaStrip

_MARK = "motionwright"  # the custom property that tells our Actions from the user's
_UNPOSED = 1.0 - 1e-6  # the cosine of half the angle between two rotations that are the same
_NAME_BYTES = 60  # Blender keeps 63 bytes of a name until 4.5


@dataclass(frozen=True, eq=False)
class ObjectKeys:
    """N keys of the armature object itself: rotations (N, 4) and locations (N, 3) in its parent's space."""

    rotations_wxyz: Array
    locations: Array


@dataclass(frozen=True, eq=False)
class Baking:
    """What is written: the motion of the controls, that of the object where it carries the character, and its name.

    fingers: bone → (4,) the rotation that it is given once.
    """

    motion: RigMotion
    object_keys: ObjectKeys | None
    switches: tuple[Switch, ...]
    name: str
    meta: Mapping[str, Any]
    start: int
    fingers: Mapping[str, Array] = field(default_factory=dict)

    @property
    def end(self) -> int:
        """The last frame with keys."""
        return self.start + len(self.motion) - 1


def bake_whole(armature_object: Any, baking: Baking, target: Any, options: BakeOptions) -> BakeResult:
    """Write an Action with all of the motion, and play it: alone, or as an NLA strip."""
    for switch in baking.switches:
        set_switch(armature_object, switch)
    keys = solve(armature_object, baking.motion)
    if isinstance(target, NlaStrip):
        armature_object.animation_data_create()
        remove_strips(armature_object, lambda action: is_ours(action) and action.name == _short(baking.name))
        action = _fresh_action(baking.name, baking.meta)
    else:
        _release_action(armature_object)
        action = _fresh_action(baking.name, baking.meta)
        play(armature_object, action)
    container = channels_of(armature_object, action)
    frames = baking.start + np.arange(len(baking.motion), dtype=np.float64)
    locked: list[str] = []
    for channel in _channels(armature_object, keys, baking.object_keys):
        free, any_locked = unlocked(channel.curves(), channel.owner, channel.name)
        locked += [channel.owner.name] if any_locked else []
        sparse = _sparse(armature_object, channel, frames, options.reduction) if free else None
        for curve in free:
            write(container, curve, frames, sparse)
    for switch in baking.switches:
        write(container, switch_curve(switch), frames[:1])
    for key in _fingers_at_ease(armature_object, baking.fingers):
        bone = armature_object.pose.bones[key.name]
        for channel in control_channels(bone, bone_prefix(key.name), key.name, key):
            for curve in unlocked(channel.curves(), bone, channel.name)[0]:
                write(container, curve, frames[:1])
    if isinstance(target, NlaStrip):
        add_strip(armature_object, action, baking.start)
    warnings = (locked_sentence(list(dict.fromkeys(locked))),) if locked else ()
    return BakeResult(action.name, baking.start, baking.end, warnings)


def _fingers_at_ease(armature_object: Any, fingers: Mapping[str, Array]) -> list[BoneKeys]:
    """The fingers that nobody has posed: still at rest, or as an earlier bake left them."""
    found = []
    for name, rotation in fingers.items():
        now = np.array(armature_object.pose.bones[name].matrix_basis.to_quaternion(), dtype=np.float64)
        if max(abs(now[0]), abs(now @ rotation)) > _UNPOSED:
            found.append(BoneKeys(name, rotation[None], None))
    return found


def switch_curve(switch: Switch) -> Curve:
    """The F-curve of a switch."""
    path = f'{bone_prefix(switch.bone)[:-1]}["{switch.property}"]'
    return Curve(path, 0, np.array([switch.value]), switch.bone, steps=True)


def set_switch(armature_object: Any, switch: Switch) -> None:
    """Give a switch its value, as the kind of number that it is."""
    bone = armature_object.pose.bones[switch.bone]
    if switch.property in bone:
        bone[switch.property] = type(bone[switch.property])(switch.value)


def is_ours(action: Any) -> bool:
    """Whether an Action was baked by this extension."""
    return action is not None and _MARK in action


def _channels(armature_object: Any, keys: list[BoneKeys], object_keys: ObjectKeys | None) -> list[Channel]:
    found: list[Channel] = []
    if object_keys is not None:
        own = BoneKeys(armature_object.name, object_keys.rotations_wxyz, object_keys.locations)
        found += control_channels(armature_object, "", "Object Transforms", own)
    for key in keys:
        bone = armature_object.pose.bones[key.name]
        held = replace(key, rotations_wxyz=with_locked_angles(bone, key.rotations_wxyz))
        found += control_channels(bone, bone_prefix(key.name), key.name, held)
    return found


def _sparse(armature_object: Any, channel: Channel, frames: Array, reduction: KeyReduction | None) -> Any:
    if reduction is None:
        return None
    return sparse_keys(channel, frames, reduction, unit_mm(armature_object))


def unit_mm(armature_object: Any) -> float:
    """How many millimeters of the scene one unit of the armature's own space is."""
    scale = np.cbrt(abs(armature_object.matrix_world.to_3x3().determinant()))
    return float(1000.0 * scale * bpy.context.scene.unit_settings.scale_length)


def _release_action(armature_object: Any) -> None:
    """Take the present action off the armature; an action that nothing else holds is kept from being purged."""
    animation = armature_object.animation_data
    if animation is None or animation.action is None:
        return
    previous, animation.action = animation.action, None
    if previous.users == 0 and previous.library is None:
        previous.use_fake_user = True


def _short(name: str) -> str:
    return name.encode("utf-8")[:_NAME_BYTES].decode("utf-8", errors="ignore").strip() or "Motion"


def _fresh_action(name: str, meta: Mapping[str, Any]) -> Any:
    """A new Action; one of ours with the same name, which nothing plays, makes room for it."""
    name = _short(name)
    old = bpy.data.actions.get(name)
    if old is not None and is_ours(old) and old.users - int(old.use_fake_user) == 0:
        bpy.data.actions.remove(old)
    action = bpy.data.actions.new(name)
    action[_MARK] = json.dumps(dict(meta), ensure_ascii=False)
    return action
