"""Baking into a range of the Action that the armature plays: keys outside stay, both ends are joined."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from ..errors import AddonError
from ..retarget.rotations import Array, slerp
from ..retarget.transfer import RigMotion
from ..rigs.rig_map import Switch
from .action import Baking, set_switch, switch_curve, unit_mm
from .channels import Channel, bone_prefix, rotation_channel, rotation_values, sparse_keys
from .curves import Curve, channels_of, ensure, find
from .keyed import keyed_rotations, keyed_values
from .limits import is_locked_curve, locked_sentence, unlocked, with_locked_angles
from .pose import BoneKeys, solve
from .reduction import slopes
from .stretch import NewKeys, key_values, replace_keys
from .target import BakeOptions, BakeResult, CurrentActionRange

_JUMP = 1e-3
"""Numbers that say the same pose and differ by more than this are another turn's, or a quaternion's other sign."""


def covered_frames(baking: Baking, target: CurrentActionRange) -> tuple[Array, tuple[str, ...]]:
    """The frames (N,) of the range that the motion has, and a sentence where it does not reach to the end.

    A motion that is short by less than the frames over which it is blended out is held on its last frame.
    """
    first, last = max(target.start, baking.start), target.end
    reach = baking.end + max(target.blend_frames, 1)
    warnings: tuple[str, ...] = ()
    if last > reach:
        last = baking.end
        warnings = (f"The motion ends in frame {last}; frames up to {target.end} stay as they were.",)
    if last <= first:
        raise AddonError("The motion and the range have no frames in common.")
    return np.arange(first, last + 1, dtype=np.float64), warnings


def sliced(motion: RigMotion, start: int, frames: Array) -> RigMotion:
    """The motion, which begins in scene frame `start`, in `frames`; held where it has ended."""
    index = np.clip(frames.astype(int) - start, 0, len(motion) - 1)
    places = {name: place[index] for name, place in motion.places.items()}
    return replace(motion, orientations=motion.orientations[index], places=places)


def bake_into_range(
    armature_object: Any,
    baking: Baking,
    target: CurrentActionRange,
    options: BakeOptions,
    *,
    current: RigMotion | None,
    keep: frozenset[str],
) -> BakeResult:
    """Write the motion into the range. `current`: what the rig shows in the range's frames, where its controls don't
    say so because other ones are switched on. `keep`: controls whose own keys stay."""
    action = armature_object.animation_data.action
    container = channels_of(armature_object, action)
    frames, warnings = covered_frames(baking, target)
    shown = None
    off = switches_off(armature_object, baking.switches, frames)
    with_switches = [(switch, _switch_values(armature_object, container, switch, frames)) for switch in off]
    kept = [(switch, armature_object.pose.bones[switch.bone][switch.property]) for switch in off]
    for switch in off:
        set_switch(armature_object, switch)
    if current is not None:
        shown = {key.name: key for key in solve(armature_object, current)}
    keys = solve(armature_object, sliced(baking.motion, baking.start, frames))
    for switch, value in kept:
        armature_object.pose.bones[switch.bone][switch.property] = value
    weights = _weights(frames, target.blend_frames)
    locked: list[str] = []
    for key in keys:
        if key.name in keep:
            continue
        bone = armature_object.pose.bones[key.name]
        held = replace(key, rotations_wxyz=with_locked_angles(bone, key.rotations_wxyz))
        for channel in _blended(container, bone, held, None if shown is None else shown[key.name], frames, weights):
            if not _write(armature_object, container, channel, frames, options, shown is not None):
                locked.append(bone.name)
    for switch, values in with_switches:
        _step(container, switch, frames, values)
    action.update_tag()
    if locked:
        warnings += (locked_sentence(list(dict.fromkeys(locked))),)
    return BakeResult(action.name, int(frames[0]), int(frames[-1]), warnings)


def switches_off(armature_object: Any, switches: tuple[Switch, ...], frames: Array) -> tuple[Switch, ...]:
    """The switches that have another value than the controls need, somewhere in `frames`."""
    container = channels_of(armature_object, armature_object.animation_data.action)
    return tuple(
        switch
        for switch in switches
        if np.abs(_switch_values(armature_object, container, switch, frames) - switch.value).max() > 1e-3
    )


def _switch_values(armature_object: Any, container: Any, switch: Switch, frames: Array) -> Array:
    bone = armature_object.pose.bones[switch.bone]
    fcurve = find(container, switch_curve(switch).data_path, 0)
    if fcurve is not None:
        return key_values(fcurve, frames)
    return np.full(len(frames), float(bone.get(switch.property, switch.value)))


def _step(container: Any, switch: Switch, frames: Array, before: Array) -> None:
    """Turn a switch on inside the range only: its ends are the rig as it was."""
    curve = switch_curve(switch)
    fcurve = ensure(container, curve.data_path, 0, curve.group)
    at = np.unique([frames[0], min(frames[0] + 1, frames[-1]), frames[-1]])
    values = np.array([before[0], *[switch.value] * (len(at) - 2), before[-1]])
    replace_keys(fcurve, NewKeys(at, values, None, np.ones(len(at), dtype=bool)))


def _weights(frames: Array, blend_frames: int) -> Array:
    """(N,) how much of the new motion: 0 at both ends, eased to 1 inside."""
    blend = max(min(blend_frames, (len(frames) - 1) / 2.0), 1.0)
    share = np.clip(np.minimum(frames - frames[0], frames[-1] - frames) / blend, 0.0, 1.0)
    return np.asarray(share * share * (3.0 - 2.0 * share), dtype=np.float64)


def _blended(
    container: Any, bone: Any, key: BoneKeys, shown: BoneKeys | None, frames: Array, weights: Array
) -> list[Channel]:
    """The channels of one control on `frames`, passing from its old keys to the new ones and back."""
    prefix, mode = bone_prefix(bone.name), bone.rotation_mode
    channels = []
    if key.turns:
        name, _ = rotation_channel(mode)
        own, turned = keyed_rotations(container, bone, frames)
        old = turned if shown is None else shown.rotations_wxyz
        mixed = slerp(old, key.rotations_wxyz, weights)
        values = rotation_values(mode, mixed, own[0])
        values[0] = own[0]
        channels.append(Channel(bone, name, f"{prefix}{name}", _ended(values, own[-1]), bone.name))
    if key.locations is not None:
        location = keyed_values(container, bone, "location", 3, frames)
        seen = location if shown is None or shown.locations is None else shown.locations
        places = seen + weights[:, None] * (key.locations - seen)
        places[0], places[-1] = location[0], location[-1]
        channels.append(Channel(bone, "location", f"{prefix}location", places, bone.name))
    return channels


def _ended(values: Array, last: Array) -> Array:
    """The values with the last row as it was."""
    return np.concatenate([values[:-1], last[None]])


def _write(
    armature_object: Any, container: Any, channel: Channel, frames: Array, options: BakeOptions, switched: bool
) -> bool:
    """Put a channel's values on `frames`; False where some of its numbers are locked."""
    free, any_locked = unlocked(channel.curves(), channel.owner, channel.name)
    holds = np.zeros(len(frames), dtype=bool)
    holds[-2] = switched or _jumps(channel.values)
    smooth = len(frames) - int(holds[-2])  # what comes after a hold is no part of the movement
    kept, by_frame = np.arange(len(frames)), np.zeros_like(channel.values)
    if options.reduction is not None:
        moving = replace(channel, values=channel.values[:smooth])
        sparse = sparse_keys(moving, frames[:smooth], options.reduction, unit_mm(armature_object))
        kept = np.union1d(sparse.kept, kept[smooth:])
        by_frame[:smooth] = slopes(moving.values, frames[:smooth])
    inclines = None if options.reduction is None else by_frame
    for curve in free:
        if not _write_curve(container, curve, frames, kept, inclines, holds):
            any_locked = True
    return not any_locked


def _write_curve(
    container: Any, curve: Curve, frames: Array, kept: Array, by_frame: Array | None, holds: Array
) -> bool:
    fcurve = find(container, curve.data_path, curve.index)
    if fcurve is not None and is_locked_curve(fcurve):
        return False
    fcurve = ensure(container, curve.data_path, curve.index, curve.group)
    inclines = None if by_frame is None else by_frame[kept, curve.index]
    replace_keys(fcurve, NewKeys(frames[kept], curve.values[kept], inclines, holds[kept]))
    return True


def _jumps(values: Array) -> bool:
    """Whether the last value is farther from the one before than poses lie apart: another sign, or a whole turn."""
    usual = np.abs(np.diff(values[:-1], axis=0)).max(axis=0) if len(values) > 2 else np.zeros(values.shape[1])
    return bool((np.abs(values[-1] - values[-2]) > 3.0 * usual + 0.2 + _JUMP).any())
