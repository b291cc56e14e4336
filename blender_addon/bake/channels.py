"""A control's place and turn over time, in the channels of its own rotation mode, and back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from mathutils import Euler, Quaternion

from ..retarget.rotations import Array, about_axis, continuous, from_matrix, normalize
from .curves import Curve
from .pose import BoneKeys
from .reduction import SparseKeys, enough_keys
from .target import KeyReduction

ROTATION_CHANNELS = {"QUATERNION": ("rotation_quaternion", 4), "AXIS_ANGLE": ("rotation_axis_angle", 4)}
"""Rotation mode → the property and how many numbers it has; every other mode is an order of Euler angles."""


@dataclass(frozen=True, eq=False)
class Channel:
    """One property of a control: its data path, its values (N, C), and the group its curves are listed under."""

    owner: Any
    name: str
    data_path: str
    values: Array
    group: str

    def curves(self) -> list[Curve]:
        """One F-curve for each of the C numbers."""
        return [Curve(self.data_path, i, self.values[:, i], self.group) for i in range(self.values.shape[1])]


def rotation_channel(mode: str) -> tuple[str, int]:
    """The property that a rotation mode uses, and how many numbers it has."""
    return ROTATION_CHANNELS.get(mode, ("rotation_euler", 3))


def control_channels(owner: Any, prefix: str, group: str, keys: BoneKeys) -> list[Channel]:
    """The channels of a pose bone, or of an object with prefix "": its location, where it has one, and its rotation."""
    found = []
    if keys.locations is not None:
        found.append(Channel(owner, "location", f"{prefix}location", keys.locations, group))
    if not keys.turns:
        return found
    name, _ = rotation_channel(owner.rotation_mode)
    values = rotation_values(owner.rotation_mode, keys.rotations_wxyz)
    found.append(Channel(owner, name, f"{prefix}{name}", values, group))
    return found


def bone_prefix(bone_name: str) -> str:
    """What the data paths of a pose bone begin with, the name quoted as Blender quotes it."""
    escaped = bone_name.replace("\\", "\\\\").replace('"', '\\"')
    return f'pose.bones["{escaped}"].'


def rotation_values(mode: str, quaternions_wxyz: Array, before: Array | None = None) -> Array:
    """(N, 3 or 4) the numbers of a rotation mode for quaternions (N, 4), without jumps.

    before: the numbers (3 or 4,) that the first frame follows on.
    """
    if mode == "QUATERNION":
        values = continuous(quaternions_wxyz)
        return -values if before is not None and values[0] @ before < 0 else values
    if mode == "AXIS_ANGLE":
        return _axis_angles(continuous(quaternions_wxyz))
    return _euler_angles(quaternions_wxyz, mode, before)


def quaternions(mode: str, values: Array) -> Array:
    """(N, 4) w, x, y, z of the numbers (N, 3 or 4) of a rotation mode."""
    if mode == "QUATERNION":
        return normalize(values)
    if mode == "AXIS_ANGLE":
        return from_matrix(about_axis(normalize(values[:, 1:]), values[:, 0]))
    return np.array([Euler(angles, mode).to_quaternion() for angles in values], dtype=np.float64)


def sparse_keys(channel: Channel, frames: Array, limit: KeyReduction, unit_mm: float) -> SparseKeys:
    """Which keys of a channel are enough; `unit_mm` is how many millimeters of the scene one unit of location is."""
    if channel.name == "location":

        def strayed(values: Array, first: int, last: int) -> Array:
            apart = np.linalg.norm(values - channel.values[first : last + 1], axis=-1)
            return np.asarray(apart * unit_mm / limit.millimeters, dtype=np.float64)
    else:
        mode = channel.owner.rotation_mode
        meant = quaternions(mode, channel.values)

        def strayed(values: Array, first: int, last: int) -> Array:
            cosines = np.abs(np.sum(quaternions(mode, values) * meant[first : last + 1], axis=-1))
            return np.asarray(2.0 * np.degrees(np.arccos(np.minimum(cosines, 1.0))) / limit.degrees, dtype=np.float64)

    return enough_keys(channel.values, frames, strayed)


def _euler_angles(quaternions_wxyz: Array, order: str, before: Array | None) -> Array:
    """(N, 3) angles about X, Y, Z in radians, each frame's the nearest to the frame before's."""
    angles, previous = [], Euler((0.0, 0.0, 0.0) if before is None else before, order)
    for quaternion in quaternions_wxyz:
        previous = Quaternion(quaternion).to_euler(order, previous)
        angles.append(previous[:])
    return np.array(angles, dtype=np.float64)


def _axis_angles(quaternions_wxyz: Array) -> Array:
    """(N, 4) angle in radians, then the axis, which never flips: the angle passes through 0 instead."""
    sines = np.linalg.norm(quaternions_wxyz[:, 1:], axis=-1)
    rows, axis = [], np.array([0.0, 1.0, 0.0])
    for quaternion, sine in zip(quaternions_wxyz, sines, strict=True):
        towards = quaternion[1:] / sine if sine > 1e-7 else axis
        sign = -1.0 if towards @ axis < 0 else 1.0
        axis = sign * towards
        rows.append([2.0 * sign * np.arctan2(sine, quaternion[0]), *axis])
    return np.array(rows, dtype=np.float64)
