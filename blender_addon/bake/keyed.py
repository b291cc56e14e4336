"""What a control's channels say over time: its F-curves, or the values that it has."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..retarget.rotations import Array
from .channels import bone_prefix, quaternions, rotation_channel
from .curves import find
from .stretch import key_values


def keyed_values(container: Any, bone: Any, name: str, count: int, frames: Array) -> Array:
    """(N, count) the numbers of a pose bone's property `name` in scene frames (N,)."""
    static = np.array(getattr(bone, name), dtype=np.float64)
    columns = []
    for index in range(count):
        fcurve = None if container is None else find(container, f"{bone_prefix(bone.name)}{name}", index)
        animated = fcurve is not None and not fcurve.mute and len(fcurve.keyframe_points)
        columns.append(key_values(fcurve, frames) if animated else np.full(len(frames), static[index]))
    return np.stack(columns, axis=-1)


def keyed_rotations(container: Any, bone: Any, frames: Array) -> tuple[Array, Array]:
    """The numbers (N, 3 or 4) of a pose bone's rotation, and the same as w, x, y, z (N, 4)."""
    name, count = rotation_channel(bone.rotation_mode)
    values = keyed_values(container, bone, name, count, frames)
    return values, quaternions(bone.rotation_mode, values)
