"""Run by a Python that has bpy, or by Blender: every animation of the armatures in an FBX file, as an npz.

    python fbx_in_blender.py FILE.fbx OUT.npz        blender --background --python fbx_in_blender.py -- FILE.fbx OUT.npz

Blender is Z up, what is written is Y up:  (x, y, z) → (x, z, −y).  Knows nothing of the project, whose packages aren't
there. Keys: `names`, and for each k of them fps_k, names_k (J,), parents_k (J,), positions_k (N, J, 3),
rotations_k (N, J, 4) w x y z, rest_positions_k (J, 3), rest_rotations_k (J, 4), all global and in metres.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Iterable, Sequence

import bpy
import numpy as np
from mathutils import Matrix

_TO_Y_UP = Matrix.Rotation(-math.pi / 2.0, 4, "X")


def main(source: str, target: str) -> None:
    """Write the npz; SystemExit with a sentence where the file can't be imported."""
    bpy.ops.wm.read_factory_settings(use_empty=True)
    try:
        bpy.ops.import_scene.fbx(filepath=source)
    except RuntimeError as error:
        raise SystemExit(f"Blender can't import it: {error}") from error
    arrays, names = {}, []
    for armature in (thing for thing in bpy.data.objects if thing.type == "ARMATURE"):
        for action in _actions_of(armature):
            number = len(names)
            names.append(action.name.rsplit("|", maxsplit=1)[-1])
            arrays |= {f"{key}_{number}": value for key, value in _sampled(armature, action).items()}
    np.savez(target, names=np.array(names, dtype=str), **arrays)


def _actions_of(armature: bpy.types.Object) -> list[bpy.types.Action]:
    current = armature.animation_data.action if armature.animation_data else None
    own = [action for action in bpy.data.actions if action.name.startswith(f"{armature.name}|")]
    return own or ([current] if current else [])


def _sampled(armature: bpy.types.Object, action: bpy.types.Action) -> dict[str, np.ndarray]:
    scene = bpy.context.scene
    armature.animation_data.action = action
    if hasattr(armature.animation_data, "action_slot") and action.slots:
        armature.animation_data.action_slot = action.slots[0]
    bones = _parents_first(armature.data.bones)
    index = {bone.name: number for number, bone in enumerate(bones)}
    start, end = (math.floor(action.frame_range[0]), math.ceil(action.frame_range[1]))
    frames = []
    for frame in range(start, end + 1):
        scene.frame_set(frame)
        posed = armature.evaluated_get(bpy.context.evaluated_depsgraph_get())
        frames.append([_TO_Y_UP @ posed.matrix_world @ posed.pose.bones[bone.name].matrix for bone in bones])
    rest = [_TO_Y_UP @ armature.matrix_world @ bone.matrix_local for bone in bones]
    positions, rotations = _split(frames)
    rest_positions, rest_rotations = _split([rest])
    return {
        "fps": np.array(scene.render.fps / scene.render.fps_base),
        "names": np.array([bone.name for bone in bones], dtype=str),
        "parents": np.array([index[bone.parent.name] if bone.parent else -1 for bone in bones]),
        "positions": positions,
        "rotations": rotations,
        "rest_positions": rest_positions[0],
        "rest_rotations": rest_rotations[0],
    }


def _parents_first(bones: Iterable[bpy.types.Bone]) -> list[bpy.types.Bone]:
    ordered = []
    for root in (bone for bone in bones if bone.parent is None):
        ordered += [root, *root.children_recursive]
    depth = {bone.name: len(bone.parent_recursive) for bone in ordered}
    return sorted(ordered, key=lambda bone: depth[bone.name])


def _split(frames: Sequence[Sequence[Matrix]]) -> tuple[np.ndarray, np.ndarray]:
    """(N, J, 3) translations and (N, J, 4) rotations of matrices."""
    parts = [[matrix.decompose() for matrix in frame] for frame in frames]
    return (
        np.array([[tuple(translation) for translation, _, _ in frame] for frame in parts]),
        np.array([[tuple(rotation) for _, rotation, _ in frame] for frame in parts]),
    )


if __name__ == "__main__":
    main(*sys.argv[-2:])
