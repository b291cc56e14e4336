"""What carries a character over the ground: its root bone, or the armature object, new or as it moves already."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
from mathutils import Matrix

from ..retarget.ground_path import carried, ground_path
from ..retarget.rig import Rig
from ..retarget.rotations import Array, from_matrix
from ..retarget.transfer import RigMotion
from .action import ObjectKeys
from .channels import bone_prefix
from .curves import channels_of
from .evaluation import alone, evaluated_bones, evaluated_object


def carried_by_root(armature_object: Any, rig: Rig, root: str, motion: RigMotion) -> RigMotion:
    """The motion with the root bone, first of all, on its way over the ground."""
    path = ground_path(motion, rig)
    rest = np.array(armature_object.data.bones[root].matrix_local, dtype=np.float64)
    return _with_control(motion, root, path @ rest)


def carried_by_object(armature_object: Any, rig: Rig, motion: RigMotion, start: int) -> tuple[RigMotion, ObjectKeys]:
    """The motion as seen from the object, and the object's own: basis(t) = basis(start) · path(t).

    In its first frame the object is where it was in scene frame `start`, so that a second bake does not move it on.
    """
    path = ground_path(motion, rig)
    path = path @ np.linalg.inv(path[0])
    first = _bases(armature_object, np.array([float(start)]))[0]
    bases = first @ path
    turns = bases[:, :3, :3] / np.linalg.norm(bases[:, :3, :3], axis=-2, keepdims=True)
    return carried(motion, path), ObjectKeys(from_matrix(turns), bases[:, :3, 3])


def object_path(armature_object: Any, frames: Array, reference: float) -> Array:
    """(N, 4, 4) in armature space: how the object's own keys have moved it since scene frame `reference`."""
    bases = _bases(armature_object, np.concatenate([[reference], frames]))
    return path_of(bases[1:], bases[0])


def path_of(bases: Array, first: Array) -> Array:
    """(N, 4, 4) in armature space: how bases (N, 4, 4) of the object have moved it since `first` (4, 4)."""
    path = np.linalg.inv(first) @ bases
    path[:, :3, :3] /= np.linalg.norm(path[:, :3, :3], axis=-2, keepdims=True)
    return np.asarray(path, dtype=np.float64)


def with_shown_root(armature_object: Any, root: str, motion: RigMotion, frames: Array) -> RigMotion:
    """The motion with the root bone, first of all, doing what it does already."""
    poses = []
    with alone(armature_object) as scene:
        for frame in frames:
            scene.frame_set(int(np.floor(frame)), subframe=float(frame % 1.0))
            poses.append(np.array(evaluated_bones(scene, armature_object)[root].matrix, dtype=np.float64))
    return _with_control(motion, root, np.array(poses))


def is_animated(armature_object: Any, bone_name: str) -> bool:
    """Whether the Action that is played moves a bone, or with "" the object itself."""
    animation = armature_object.animation_data
    if animation is None or animation.action is None:
        return False
    prefix = bone_prefix(bone_name) if bone_name else ""
    paths = {f"{prefix}{name}" for name in ("location", "rotation_quaternion", "rotation_euler", "rotation_axis_angle")}
    return any(fcurve.data_path in paths for fcurve in channels_of(armature_object, animation.action).fcurves)


def _with_control(motion: RigMotion, name: str, poses: Array) -> RigMotion:
    places: Mapping[str, Array] = {name: poses[:, :3, 3], **motion.places}
    turns = poses[:, None, :3, :3] / np.linalg.norm(poses[:, None, :3, :3], axis=-2, keepdims=True)
    orientations = np.concatenate([turns, motion.orientations], axis=1)
    return replace(motion, bone_names=(name, *motion.bone_names), orientations=orientations, places=places)


def _bases(armature_object: Any, frames: Array) -> Array:
    """(N, 4, 4) the object's own channels in scene frames (N,)."""
    if not is_animated(armature_object, ""):
        return np.tile(np.array(armature_object.matrix_basis, dtype=np.float64), (len(frames), 1, 1))
    bases = []
    with alone(armature_object) as scene:
        for frame in frames:
            scene.frame_set(int(np.floor(frame)), subframe=float(frame % 1.0))
            bases.append(Matrix(evaluated_object(scene, armature_object).matrix_basis))
    return np.array(bases, dtype=np.float64)
