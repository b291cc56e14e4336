"""Reading what a rig does now, hand-keyed or baked, back as a motion."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import bpy
import numpy as np

from ..errors import AddonError
from ..retarget.reverse import RigPose, reverse
from ..retarget.rig import Rig
from ..retarget.rotations import Array, normalize, turn
from ..retarget.source import SourceMotion
from ..retarget.transfer import RigMotion
from ..rigs.building import build_rig, slots_of
from ..rigs.reading import object_linear, read_armature
from ..rigs.rig_map import RigMap
from .carrying import is_animated, object_path
from .composed_reading import composed_poses
from .evaluation import alone, evaluated_bones

_CHECKED_FRAMES = 5
_SAME = 2e-3  # of matrices' numbers, and lengths of the leg


def capture(armature_object: Any, rig_map: RigMap, start: float, end: float, fps: float = 30.0) -> SourceMotion:
    """The rig's animation in scene frames [start, end) as a motion at `fps`; its first frame is scene frame `start`.

    It stands where the rig stands: baked again with Placement.CAPTURED it comes to lie on what was read. Nothing in
    the file changes. AddonError where the map does not fit the armature, or the range is empty.
    """
    frames = captured_frames(start, end, fps)
    rig = build_rig(read_armature(armature_object), rig_map, object_linear(armature_object))
    pose = read_poses(armature_object, rig, rig_map, frames)
    if is_animated(armature_object, ""):
        pose = with_object(pose, rig, object_path(armature_object, frames, float(start)))
    return reverse(pose, rig, fps)


def shown_motion(armature_object: Any, rig: Rig, rig_map: RigMap, frames: Array) -> RigMotion:
    """What the rig shows in scene frames (N,), as that of its controls."""
    pose = read_poses(armature_object, rig, rig_map, frames)
    rest = np.stack([bone.orientation for bone in rig.bones])
    pelvis = rig.bones[0]
    heads = pose.hip_centers - turn(pose.turns[:, 0], rig.hip_center - pelvis.head)
    return RigMotion(
        bone_names=tuple(bone.name for bone in rig.bones),
        orientations=rig.axes.orientations_to_armature(pose.turns @ rest),
        places={pelvis.name: rig.axes.vectors_to_armature(heads)},
        fps=bpy.context.scene.render.fps / bpy.context.scene.render.fps_base,
    )


def captured_frames(start: float, end: float, fps: float) -> Array:
    """(N,) the scene frames from `start` to before `end` that are `fps` a second. AddonError where there are none."""
    if end <= start:
        raise AddonError("There are no frames to read: the range's end must come after its start.")
    render = bpy.context.scene.render
    step = render.fps / render.fps_base / fps
    return np.asarray(start + step * np.arange(max(int(np.ceil((end - start) / step - 1e-6)), 1)), dtype=np.float64)


def with_object(pose: RigPose, rig: Rig, path: Array) -> RigPose:
    """The pose with the object's own movement, path (N, 4, 4) in armature space."""
    axes = rig.axes.matrix
    turns = axes.T @ path[:, :3, :3] @ axes
    shift = rig.axes.vectors_to_motion(path[:, :3, 3])
    return RigPose(turns=turns[:, None] @ pose.turns, hip_centers=turn(turns, pose.hip_centers) + shift)


def read_poses(armature_object: Any, rig: Rig, rig_map: RigMap, frames: Array) -> RigPose:
    """What the mapped bones do in scene frames (N,), which need not be whole, without the object's own movement.

    From the controls' own keys, if in a few frames the rig is seen to do just that, else from Blender's evaluation of
    every frame.
    """
    few = np.unique(np.linspace(0, len(frames) - 1, _CHECKED_FRAMES).astype(int))
    if len(frames) > 2 * len(few):
        composed = composed_poses(armature_object, rig, rig_map.bones.get("root"), frames)
        if composed is not None:
            seen = _evaluated_poses(armature_object, rig, rig_map, frames[few])
            far = np.abs(composed.hip_centers[few] - seen.hip_centers).max()
            if np.abs(composed.turns[few] - seen.turns).max() < _SAME and far < _SAME * rig.leg_length:
                return composed
    return _evaluated_poses(armature_object, rig, rig_map, frames)


@dataclass(frozen=True, eq=False)
class FrameReader:
    """Reads the mapped bones frame by frame. names: the bones that show the pose; rest: (B, 3, 3) of them."""

    names: tuple[str, ...]
    thighs: tuple[str, ...]
    rest: Array

    @classmethod
    def of(cls, armature_object: Any, rig_map: RigMap) -> FrameReader:
        """The reader of a rig."""
        names = tuple(rig_map.read_from(slot) or rig_map.bones[slot] for slot in slots_of(rig_map))
        thighs = tuple(str(rig_map.read_from(f"{side}_thigh")) for side in ("left", "right"))
        bones = armature_object.data.bones
        return cls(names, thighs, np.array([bones[name].matrix_local.to_3x3() for name in names], dtype=np.float64))

    def read(self, scene: Any, armature_object: Any, frame: float) -> tuple[Array, Array]:
        """(B, 3, 3) the bones' axes, and (3,) the middle of the hips, in armature space."""
        scene.frame_set(int(np.floor(frame)), subframe=float(frame - np.floor(frame)))
        evaluated = evaluated_bones(scene, armature_object)
        axes = np.array([evaluated[name].matrix.to_3x3() for name in self.names], dtype=np.float64)
        return axes, np.mean([evaluated[name].head for name in self.thighs], axis=0)

    def pose(self, rig: Rig, axes: Array, hips: Array) -> RigPose:
        """What axes (N, B, 3, 3) and hips (N, 3) show."""
        turns = _rigid(axes) @ np.swapaxes(self.rest, -1, -2)
        return RigPose(rig.axes.matrix.T @ turns @ rig.axes.matrix, rig.axes.vectors_to_motion(hips))


def _evaluated_poses(armature_object: Any, rig: Rig, rig_map: RigMap, frames: Array) -> RigPose:
    reader = FrameReader.of(armature_object, rig_map)
    with alone(armature_object) as scene:
        read = [reader.read(scene, armature_object, frame) for frame in frames]
    return reader.pose(rig, np.array([axes for axes, _ in read]), np.array([hip for _, hip in read]))


def _rigid(matrices: Array) -> Array:
    """The rotations nearest to scaled or stretched axes: the bone's own direction is kept, the rest made square."""
    along = normalize(matrices[..., 1])
    across = normalize(matrices[..., 0] - np.sum(matrices[..., 0] * along, axis=-1, keepdims=True) * along)
    return np.stack([across, along, np.cross(across, along)], axis=-1)
