"""From where bones shall be, in armature space, to what their controls must say.

Controls whose parent space hangs on other controls in a way that a few poses show are solved for all frames at once,
with numbers alone, and Blender is asked in a few frames whether they are right. Else it is asked in every frame.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from mathutils import Matrix, Quaternion

from ..retarget.rotations import Array, from_matrix, turn
from ..retarget.transfer import RigMotion
from .attachments import Attachment, find_attachments
from .evaluation import alone, evaluated_bones
from .local_location import location_axes, within_space

# Constraints that leave rotation and place alone.
_HARMLESS = {"COPY_SCALE", "LIMIT_SCALE", "MAINTAIN_VOLUME"}
_CHECKED_FRAMES = 2
_LARGEST_ERROR = 2e-3  # radians, and shares of the armature's size


@dataclass(frozen=True, eq=False)
class BoneKeys:
    """N keys of one control: rotations (N, 4) w, x, y, z; locations (N, 3) of those that have places, else None.

    turns: whether its rotation is keyed at all.
    """

    name: str
    rotations_wxyz: Array
    locations: Array | None
    turns: bool = True


def solve(armature_object: Any, motion: RigMotion) -> list[BoneKeys]:
    """The keys of every control of the motion. The pose and what the armature plays are left as they were."""
    bones = [armature_object.pose.bones[name] for name in motion.bone_names]
    with not_animated(armature_object), poses_kept(bones), alone(armature_object) as scene:

        def evaluate() -> Array:
            evaluated = evaluated_bones(scene, armature_object)
            return np.array([evaluated[name].matrix for name in motion.bone_names], dtype=np.float64)

        attachments = find_attachments(bones, evaluate)
        if attachments is not None:
            keys = _composed(bones, motion, attachments)
            if _is_right(bones, motion, keys, evaluate):
                return _without_turns(keys, motion.points)
        return _without_turns(_asked(bones, motion, evaluate), motion.points)


def _without_turns(keys: list[BoneKeys], points: frozenset[str]) -> list[BoneKeys]:
    return [replace(key, turns=key.name not in points) for key in keys]


def _composed(bones: list[Any], motion: RigMotion, attachments: list[Attachment]) -> list[BoneKeys]:
    """space · basis = target, for all frames at once."""
    orientations: list[Array] = []
    positions: list[Array] = []
    keys = []
    for i, (bone, attachment) in enumerate(zip(bones, attachments, strict=True)):
        space = attachment.orientation(orientations)
        place = attachment.position(orientations, positions)
        target = motion.orientations[:, i]
        keyed = motion.places.get(bone.name)
        axes = location_axes(bone)
        locations = None if keyed is None else turn(axes.T, turn(np.swapaxes(space, -1, -2), keyed - place))
        at = place + turn(space, axes @ np.array(bone.location)) if keyed is None else keyed
        keys.append(BoneKeys(bone.name, from_matrix(np.swapaxes(space, -1, -2) @ target), locations))
        orientations.append(target)
        positions.append(np.broadcast_to(at, (len(motion), 3)))
    return keys


def _is_right(bones: list[Any], motion: RigMotion, keys: list[BoneKeys], evaluate: Callable[[], Array]) -> bool:
    """Whether Blender itself, in a few frames, comes to the poses that were meant."""
    size = max(bone.bone.matrix_local.translation.length for bone in bones) or 1.0
    for frame in np.unique(np.linspace(0, len(motion) - 1, _CHECKED_FRAMES).astype(int)):
        for bone, key in zip(bones, keys, strict=True):
            location = bone.location if key.locations is None else key.locations[frame]
            rotation = Quaternion(key.rotations_wxyz[frame])
            bone.matrix_basis = Matrix.LocRotScale(location, rotation, bone.scale)
        poses = evaluate()
        turns = poses[:, :3, :3] / np.linalg.norm(poses[:, :3, :3], axis=-2, keepdims=True)
        placed = [i for i, bone in enumerate(bones) if bone.name in motion.places]
        wanted = np.array([motion.places[bones[i].name][frame] for i in placed])
        if np.abs(turns - motion.orientations[frame]).max() > _LARGEST_ERROR:
            return False
        if np.abs(poses[placed, :3, 3] - wanted).max() > _LARGEST_ERROR * size:
            return False
    return True


def _asked(bones: list[Any], motion: RigMotion, evaluate: Callable[[], Array]) -> list[BoneKeys]:
    """Frame by frame, the parents' spaces taken from Blender's own evaluation, level by level.

    Within one level a control's parent space moves rigidly with its parent control, so one evaluation serves all.
    """
    levels = _levels(bones)
    parents = [_nearest(bone.parent, bones) for bone in bones]
    names = [bone.name for bone in bones]
    kept = [Matrix.LocRotScale(bone.location, None, bone.scale) for bone in bones]
    axes = [location_axes(bone) for bone in bones]
    bases = np.empty((len(motion), len(bones), 4, 4))
    for frame in range(len(motion)):
        for bone, basis in zip(bones, kept, strict=True):
            bone.matrix_basis = basis
        for level in range(max(levels) + 1):
            resting = evaluate()
            poses = resting.copy()
            for i in (i for i in range(len(bones)) if levels[i] == level):
                parent, space = parents[i], resting[i] @ np.linalg.inv(within_space(kept[i], axes[i]))
                if parent is not None and levels[parent] == level:
                    space = poses[parent] @ np.linalg.inv(resting[parent]) @ space
                turned = np.linalg.inv(_square(space[:3, :3])) @ motion.orientations[frame, i]
                basis = Matrix.LocRotScale(bones[i].location, Matrix(turned).to_quaternion(), bones[i].scale)
                if names[i] in motion.places:
                    place = np.append(motion.places[names[i]][frame], 1.0)
                    basis.translation = axes[i].T @ (np.linalg.inv(space) @ place)[:3]
                bases[frame, i], poses[i] = basis, space @ within_space(basis, axes[i])
                bones[i].matrix_basis = basis
    turns = bases[..., :3, :3] / np.linalg.norm(bases[..., :3, :3], axis=-2, keepdims=True)
    return [
        BoneKeys(name, from_matrix(turns[:, i]), bases[:, i, :3, 3] if name in motion.places else None)
        for i, name in enumerate(names)
    ]


def _square(axes: Array) -> Array:
    """The rotation nearest to scaled or slanted axes."""
    left, _, right = np.linalg.svd(axes)
    return np.asarray(left @ right)


def _levels(bones: list[Any]) -> list[int]:
    """How many times Blender has to be asked before each control's parent space is known; the first needs one."""
    levels: dict[str, int] = {}
    for control in bones:
        constrained, bone = False, control.parent
        while bone is not None and bone.name not in levels:
            constrained = constrained or _is_constrained(bone)
            bone = bone.parent
        levels[control.name] = (levels[bone.name] if bone is not None else 0) + int(constrained and len(levels) > 0)
    return [levels[control.name] for control in bones]


def _is_constrained(pose_bone: Any) -> bool:
    return any(not constraint.mute and constraint.type not in _HARMLESS for constraint in pose_bone.constraints)


def _nearest(pose_bone: Any, bones: list[Any]) -> int | None:
    names = [bone.name for bone in bones]
    while pose_bone is not None and pose_bone.name not in names:
        pose_bone = pose_bone.parent
    return None if pose_bone is None else names.index(pose_bone.name)


@contextmanager
def not_animated(armature_object: Any) -> Iterator[None]:
    """While channels are tried out, nothing may play over them."""
    animation = armature_object.animation_data
    if animation is None:
        yield
        return
    action, slot, layered = animation.action, getattr(animation, "action_slot", None), animation.use_nla
    animation.use_nla, animation.action = False, None
    try:
        yield
    finally:
        animation.use_nla, animation.action = layered, action
        if slot is not None:
            animation.action_slot = slot


@contextmanager
def poses_kept(pose_bones: list[Any]) -> Iterator[None]:
    """Put the bones' own channels back at the end."""
    kept = [bone.matrix_basis.copy() for bone in pose_bones]
    try:
        yield
    finally:
        for bone, basis in zip(pose_bones, kept, strict=True):
            bone.matrix_basis = basis
