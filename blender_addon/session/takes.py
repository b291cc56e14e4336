"""Several takes of one motion on the character, one after another, until one is kept: nothing of the others stays.

A take is shown by an Action of its own, which goes when the next is shown. What was there before is noted with the
character and comes back in between; keeping a take bakes it as if it had been the only one.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import bpy

from ..bake.target import BakeResult
from ..errors import AddonError
from .history import Entry, remember
from .placing import Placing, place
from .redrawing import redraw

_CHANNELS = {
    "location": (0.0, 0.0, 0.0),
    "rotation_quaternion": (1.0, 0.0, 0.0, 0.0),
    "rotation_euler": (0.0, 0.0, 0.0),
    "rotation_axis_angle": (0.0, 0.0, 1.0, 0.0),
    "scale": (1.0, 1.0, 1.0),
}
"""The channels of a pose bone and of an object, with their values at rest."""


def pending(armature: Any) -> bool:
    """Whether the character has takes of which none has been kept yet."""
    return len(armature.motionwright.takes) > 0


def begin(armature: Any, entries: Sequence[Entry], placing: Placing) -> BakeResult:
    """Put takes on a character and show the first; takes that were still undecided are discarded."""
    discard(armature)
    state = armature.motionwright
    _note(armature)
    state.placement = placing.to_json()
    for entry in entries:
        entry.store(state.takes.add())
    return show(armature, 0)


def show(armature: Any, index: int) -> BakeResult:
    """Show one of the takes, counted round."""
    state = armature.motionwright
    index %= len(state.takes)
    _withdraw(armature)
    placing = Placing.from_json(state.placement)
    state.shown = index
    if placing.target == "CURRENT_ACTION" and state.previous is not None:
        # Changed in a copy, so that the next take meets the user's Action as it was.
        copy = state.previous.copy()
        _play(armature, copy, json.loads(state.before)["slot"])
        result = place(armature, Entry.stored(state.takes[index]).motion_file, placing)
    else:
        placing = Placing(**{**vars(placing), "target": "NEW_ACTION"})
        result = place(armature, Entry.stored(state.takes[index]).motion_file, placing)
    state.preview = armature.animation_data.action
    redraw()
    return result


def keep(scene: Any, armature: Any) -> BakeResult:
    """Bake the take that is shown for good, and put it into the scene's history."""
    state = armature.motionwright
    entry = Entry.stored(state.takes[state.shown])
    placing = Placing.from_json(state.placement)
    discard(armature)
    result = place(armature, entry.motion_file, placing)
    remember(scene, entry)
    return result


def discard(armature: Any) -> None:
    """Take all takes off a character; it is as it was before them."""
    state = armature.motionwright
    if not pending(armature):
        return
    _withdraw(armature)
    state.takes.clear()
    state.previous = None
    state.shown, state.placement, state.before = 0, "", ""
    redraw()


def _note(armature: Any) -> None:
    """Note what the character plays and how it stands."""
    state, animation = armature.motionwright, armature.animation_data
    state.previous = animation.action if animation else None
    slot = getattr(animation, "action_slot", None) if animation else None
    standing = {bone.name: _standing(bone) for bone in armature.pose.bones}
    properties = {bone.name: _numbers(bone) for bone in armature.pose.bones}
    before = {
        "slot": slot.identifier if slot else None,
        "object": _standing(armature),
        "bones": {name: channels for name, channels in standing.items() if channels},
        "properties": {name: numbers for name, numbers in properties.items() if numbers},
        "animated": animation is not None,
    }
    state.before = json.dumps(before)


def _standing(posed: Any) -> dict[str, list[float]]:
    """The channels that are not at rest."""
    values = {name: tuple(getattr(posed, name)) for name in _CHANNELS}
    return {name: list(value) for name, value in values.items() if value != _CHANNELS[name]}


def _numbers(bone: Any) -> dict[str, float]:
    """The custom properties of a control that hold one number: switches between IK and FK are among them."""
    return {name: bone[name] for name in bone.keys() if isinstance(bone[name], int | float)}  # noqa: SIM118


def _withdraw(armature: Any) -> None:
    """Take the shown take off; what the user did to the character in the meantime stays."""
    state, animation = armature.motionwright, armature.animation_data
    preview, state.preview = state.preview, None
    if preview is None:
        return
    if animation is not None and animation.action == preview:
        before = json.loads(state.before)
        _play(armature, state.previous, before["slot"])
        _stand(armature, before)
    bpy.data.actions.remove(preview)


def _play(armature: Any, action: Any, slot: str | None) -> None:
    animation = armature.animation_data
    animation.action = action
    if action is not None and slot is not None:
        animation.action_slot = action.slots[slot]


def _stand(armature: Any, before: dict[str, Any]) -> None:
    _set_channels(armature, before["object"])
    for bone in armature.pose.bones:
        _set_channels(bone, before["bones"].get(bone.name, {}))
        for name, value in before["properties"].get(bone.name, {}).items():
            bone[name] = value
    scene = bpy.context.scene
    scene.frame_set(scene.frame_current, subframe=scene.frame_subframe)


def _set_channels(posed: Any, channels: dict[str, list[float]]) -> None:
    for name, rest in _CHANNELS.items():
        value = channels.get(name, rest)
        if tuple(getattr(posed, name)) != tuple(value):
            setattr(posed, name, value)


def check_decided(armature: Any) -> None:
    """AddonError where takes wait for a decision."""
    if pending(armature):
        raise AddonError(f"“{armature.name}” still shows takes; keep or discard them first.")
