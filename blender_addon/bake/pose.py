"""From where bones shall be, in armature space, to what their controls must say.

Blender composes a pose from the root down: pose = parent_space · basis, with the keyed channels in `basis`. Bones whose
way to the root holds no constraint are solved with numbers alone. Control rigs put mechanism between their controls;
there the parent's space is asked of Blender itself, level by level, in a scene of its own that holds nothing else.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import bpy
import numpy as np
from mathutils import Matrix
from numpy.typing import NDArray

from ..retarget.rotations import from_matrix
from ..retarget.transfer import RigMotion

# Constraints that leave rotation and place alone.
_HARMLESS = {"COPY_SCALE", "LIMIT_SCALE", "MAINTAIN_VOLUME"}


@dataclass(frozen=True, eq=False)
class BoneKeys:
    """N keys of one control: rotations (N, 4) w, x, y, z; locations (N, 3) for the pelvis, else None."""

    name: str
    rotations_wxyz: NDArray[np.float64]
    locations: NDArray[np.float64] | None


def solve(armature_object: Any, motion: RigMotion) -> list[BoneKeys]:
    """The keys of every mapped control. The pose is left as it was."""
    levels = _levels(armature_object, motion.bone_names)
    if max(levels) == 0 and not _constrained_to_root(armature_object, motion.bone_names[0]):
        bases = [_solve_frame(armature_object, motion, frame) for frame in range(len(motion))]
    else:
        bases = list(_solve_evaluated(armature_object, motion, levels))
    keys = []
    for i, name in enumerate(motion.bone_names):
        matrices = np.array([frame[i] for frame in bases], dtype=np.float64)
        turns = matrices[:, :3, :3] / np.linalg.norm(matrices[:, :3, :3], axis=-2, keepdims=True)
        keys.append(BoneKeys(name, from_matrix(turns), matrices[:, :3, 3] if i == 0 else None))
    return keys


def _levels(armature_object: Any, names: tuple[str, ...]) -> list[int]:
    """How many times Blender has to be asked before each control's parent space is known: 0 is never or once."""
    levels: dict[str, int] = {}
    for name in names:
        constrained, bone = False, armature_object.pose.bones[name].parent
        while bone is not None and bone.name not in levels:
            constrained = constrained or _is_constrained(bone)
            bone = bone.parent
        levels[name] = (levels[bone.name] if bone is not None else 0) + int(constrained and len(levels) > 0)
    return [levels[name] for name in names]


def _constrained_to_root(armature_object: Any, name: str) -> bool:
    bone = armature_object.pose.bones[name].parent
    while bone is not None:
        if _is_constrained(bone):
            return True
        bone = bone.parent
    return False


def _is_constrained(pose_bone: Any) -> bool:
    return any(not constraint.mute and constraint.type not in _HARMLESS for constraint in pose_bone.constraints)


def _target(motion: RigMotion, frame: int, i: int, at: Matrix) -> Matrix:
    """Where control i shall be; all but the pelvis keep the place that `at` gives them."""
    target = Matrix(motion.orientations[frame, i]).to_4x4()
    target.translation = motion.pelvis_heads[frame] if i == 0 else at.translation
    return target


def _basis(pose_bone: Any, target: Matrix, parent_pose: Matrix | None) -> Matrix:
    """The channels that bring a bone to `target`, whatever it inherits."""
    bone = pose_bone.bone
    if parent_pose is None:
        return bone.convert_local_to_pose(target, bone.matrix_local, invert=True)
    return bone.convert_local_to_pose(
        target,
        bone.matrix_local,
        parent_matrix=parent_pose,
        parent_matrix_local=bone.parent.matrix_local,
        invert=True,
    )


def _posed(pose_bone: Any, basis: Matrix, parent_pose: Matrix | None) -> Matrix:
    bone = pose_bone.bone
    if parent_pose is None:
        return bone.convert_local_to_pose(basis, bone.matrix_local)
    return bone.convert_local_to_pose(
        basis, bone.matrix_local, parent_matrix=parent_pose, parent_matrix_local=bone.parent.matrix_local
    )


def _solve_frame(armature_object: Any, motion: RigMotion, frame: int) -> list[Matrix]:
    """Bases of all controls in one frame, where no constraint stands between them."""
    poses: dict[str, Matrix] = {}
    bases = []
    for i, name in enumerate(motion.bone_names):
        pose_bone = armature_object.pose.bones[name]
        parent_pose = _unmapped_pose(pose_bone.parent, poses)
        at = _posed(pose_bone, Matrix.Translation(pose_bone.location), parent_pose)
        basis = _basis(pose_bone, _target(motion, frame, i, at), parent_pose)
        poses[name] = _posed(pose_bone, basis, parent_pose)
        bases.append(basis)
    return bases


def _unmapped_pose(pose_bone: Any | None, poses: dict[str, Matrix]) -> Matrix | None:
    """The pose of a bone: known already, or as the user left it on top of its parent's."""
    if pose_bone is None:
        return None
    if pose_bone.name not in poses:
        above = _unmapped_pose(pose_bone.parent, poses)
        poses[pose_bone.name] = _posed(pose_bone, pose_bone.matrix_basis, above)
    return poses[pose_bone.name]


def _solve_evaluated(armature_object: Any, motion: RigMotion, levels: list[int]) -> Iterator[list[Matrix]]:
    """Bases frame by frame, the parents' spaces taken from Blender's own evaluation.

    While a control's basis is the identity, its evaluated pose is its parent space. Within one level a control's
    parent space moves rigidly with its parent control, so one evaluation serves all of them.
    """
    pose_bones = [armature_object.pose.bones[name] for name in motion.bone_names]
    parents = [_nearest_mapped(bone, motion.bone_names) for bone in pose_bones]
    with _alone(armature_object) as evaluate, _poses_kept(pose_bones):
        for frame in range(len(motion)):
            for bone in pose_bones:
                bone.matrix_basis = Matrix()
            bases = [Matrix() for _ in pose_bones]
            for level in range(max(levels) + 1):
                evaluated = evaluate()
                resting = [evaluated[bone.name].matrix.copy() for bone in pose_bones]
                poses = list(resting)
                for i in (i for i in range(len(pose_bones)) if levels[i] == level):
                    parent, space = parents[i], resting[i]
                    if parent is not None and levels[parent] == level:
                        space = poses[parent] @ resting[parent].inverted() @ space
                    basis = space.inverted() @ _target(motion, frame, i, space)
                    bases[i], poses[i] = basis, space @ basis
                    pose_bones[i].matrix_basis = basis
            yield bases


def _nearest_mapped(pose_bone: Any, names: tuple[str, ...]) -> int | None:
    bone = pose_bone.parent
    while bone is not None and bone.name not in names:
        bone = bone.parent
    return None if bone is None else names.index(bone.name)


@contextmanager
def _alone(armature_object: Any) -> Iterator[Any]:
    """A function that evaluates the armature in a scene without meshes, and returns its evaluated pose bones."""
    scene = bpy.data.scenes.new("Motionwright")
    scene.collection.objects.link(armature_object)
    view_layer = scene.view_layers[0]

    def evaluate() -> Any:
        view_layer.update()
        return armature_object.evaluated_get(view_layer.depsgraph).pose.bones

    try:
        armature_object.update_tag()
        yield evaluate
    finally:
        bpy.data.scenes.remove(scene)


@contextmanager
def _poses_kept(pose_bones: list[Any]) -> Iterator[None]:
    """Put the bones' own channels back at the end."""
    kept = [bone.matrix_basis.copy() for bone in pose_bones]
    try:
        yield
    finally:
        for bone, basis in zip(pose_bones, kept, strict=True):
            bone.matrix_basis = basis
