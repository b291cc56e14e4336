"""What must not be written: linked and overridden data, Actions in tweak mode, locked channels."""

from __future__ import annotations

from typing import Any

from mathutils import Quaternion

from ..errors import AddonError
from ..retarget.rotations import Array
from .curves import Curve
from .target import BakeTarget, CurrentActionRange

_NAMED = 3  # how many locked bones a sentence names


def check_writable(armature_object: Any, target: BakeTarget) -> None:
    """AddonError with what to do, where keys can't be put on an armature."""
    name = armature_object.name
    if armature_object.library is not None:
        raise AddonError(f"The armature “{name}” is linked; make a library override of it first.")
    override = armature_object.override_library
    if override is not None and override.is_system_override:
        raise AddonError(f"The override of “{name}” can't be edited; make it editable in the Outliner first.")
    animation = armature_object.animation_data
    if animation is not None and animation.use_tweak_mode:
        raise AddonError(f"An NLA strip of “{name}” is being tweaked; leave tweak mode (Tab) first.")
    if isinstance(target, CurrentActionRange):
        action = None if animation is None else animation.action
        if action is None:
            raise AddonError(f"“{name}” plays no Action that could be changed; bake into a new one instead.")
        if not action.is_editable:
            raise AddonError(f"The Action “{action.name}” is linked from another file; make it local first.")
        if target.end <= target.start:
            raise AddonError("There is nothing to change: the range's last frame must come after its first.")


def unlocked(curves: list[Curve], owner: Any, channel: str) -> tuple[list[Curve], bool]:
    """The curves of one channel whose numbers are not locked, and whether any was."""
    locks = _locks(owner, channel)
    free = [curve for curve in curves if not locks[curve.index]]
    return free, len(free) < len(curves)


def _locks(owner: Any, channel: str) -> tuple[bool, ...]:
    if channel == "location":
        return tuple(owner.lock_location)
    if channel == "rotation_euler":
        return tuple(owner.lock_rotation)
    if all(owner.lock_rotation):
        return (True,) * 4
    # Without locks for each of the four numbers it is angles that are locked, which four numbers can't tell apart.
    return (owner.lock_rotation_w, *owner.lock_rotation) if owner.lock_rotations_4d else (False,) * 4


def with_locked_angles(owner: Any, quaternions_wxyz: Array) -> Array:
    """(N, 4) the rotations with those Euler angles held that are locked, where the mode has no Euler angles."""
    locked = list(owner.lock_rotation)
    euler = owner.rotation_mode not in ("QUATERNION", "AXIS_ANGLE")
    if euler or owner.lock_rotations_4d or not any(locked) or all(locked):
        return quaternions_wxyz
    held = owner.matrix_basis.to_euler("XYZ")
    result = quaternions_wxyz.copy()
    for i, quaternion in enumerate(quaternions_wxyz):
        angles = Quaternion(quaternion).to_euler("XYZ")
        for axis in range(3):
            angles[axis] = held[axis] if locked[axis] else angles[axis]
        result[i] = angles.to_quaternion()
    return result


def is_locked_curve(fcurve: Any) -> bool:
    """Whether the user has locked a curve or its group against changes."""
    return bool(fcurve.lock or (fcurve.group is not None and fcurve.group.lock))


def locked_sentence(names: list[str]) -> str:
    """What the user is told of locked channels that were left as they are."""
    shown = ", ".join(f"“{name}”" for name in names[:_NAMED])
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return f"Locked channels of {shown}{more} were left as they are; unlock them to let the motion move them."
