"""A bone's rotation over time in the bone's own rotation mode."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from mathutils import Euler, Quaternion
from numpy.typing import NDArray

from ..retarget.rotations import continuous
from .curves import Curve

Values = NDArray[np.float64]


def rotation_curves(bone_name: str, rotation_mode: str, quaternions_wxyz: Values) -> Iterator[Curve]:
    """The F-curves of one bone; quaternions (N, 4) relative to the bone's rest."""
    quaternions = continuous(quaternions_wxyz)
    if rotation_mode == "QUATERNION":
        channel, values = "rotation_quaternion", quaternions
    elif rotation_mode == "AXIS_ANGLE":
        channel, values = "rotation_axis_angle", _axis_angles(quaternions)
    else:
        channel, values = "rotation_euler", _euler_angles(quaternions, rotation_mode)
    yield from _curves(bone_name, channel, values)


def location_curves(bone_name: str, locations: Values) -> Iterator[Curve]:
    """The F-curves of one bone's location (N, 3)."""
    yield from _curves(bone_name, "location", locations)


def bone_path(bone_name: str) -> str:
    """The data path of a pose bone, the name quoted as Blender quotes it."""
    escaped = bone_name.replace("\\", "\\\\").replace('"', '\\"')
    return f'pose.bones["{escaped}"]'


def _curves(bone_name: str, channel: str, values: Values) -> Iterator[Curve]:
    for index in range(values.shape[1]):
        yield Curve(f"{bone_path(bone_name)}.{channel}", index, values[:, index], bone_name)


def _euler_angles(quaternions: Values, order: str) -> Values:
    """(N, 3) angles about X, Y, Z in radians, each frame's the nearest to the frame before's."""
    angles, previous = [], Euler((0.0, 0.0, 0.0), order)
    for quaternion in quaternions:
        previous = Quaternion(quaternion).to_euler(order, previous)
        angles.append(previous[:])
    return np.array(angles, dtype=np.float64)


def _axis_angles(quaternions: Values) -> Values:
    """(N, 4) angle in radians, then the axis, which never flips: the angle passes through 0 instead."""
    sines = np.linalg.norm(quaternions[:, 1:], axis=-1)
    rows, axis = [], np.array([0.0, 1.0, 0.0])
    for quaternion, sine in zip(quaternions, sines, strict=True):
        towards = quaternion[1:] / sine if sine > 1e-7 else axis
        sign = -1.0 if towards @ axis < 0 else 1.0
        axis = sign * towards
        rows.append([2.0 * sign * np.arctan2(sine, quaternion[0]), *axis])
    return np.array(rows, dtype=np.float64)
