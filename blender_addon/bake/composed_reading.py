"""Reading what a rig does from the F-curves of its controls, with numbers alone, where they say all of it."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..retarget.reverse import RigPose
from ..retarget.rig import Rig
from ..retarget.rotations import Array, to_matrix, turn
from .attachments import Attachment, find_attachments
from .curves import channels_of
from .evaluation import alone, evaluated_bones
from .keyed import keyed_rotations, keyed_values
from .local_location import location_axes
from .pose import not_animated, poses_kept

_STEADY = 1e-6


def composed_poses(armature_object: Any, rig: Rig, root: str | None, frames: Array) -> RigPose | None:
    """What the controls of a rig say in scene frames (N,); None where they are not all that moves it.

    root: the bone above the pelvis that may be keyed too. Whether the rig really does as its controls say, the caller
    has to see in a few frames.
    """
    animation = armature_object.animation_data
    if animation is None or animation.action is None or _layered(animation):
        return None
    container = channels_of(armature_object, animation.action)
    names = [*([root] if root is not None else []), *(bone.name for bone in rig.bones)]
    if _others_move(container, set(names), frames):
        return None
    bones = [armature_object.pose.bones[name] for name in names]
    with not_animated(armature_object), poses_kept(bones), alone(armature_object) as scene:
        attachments = find_attachments(bones, lambda: _matrices(scene, armature_object, names))
    if attachments is None:
        return None
    orientations, positions = _composed(container, bones, attachments, frames)
    skipped = len(names) - len(rig.bones)
    rest = np.stack([rig.axes.orientations_to_armature(bone.orientation) for bone in rig.bones])
    axes = rig.axes.matrix
    turns = axes.T @ np.stack(orientations[skipped:], axis=1) @ np.swapaxes(rest, -1, -2) @ axes
    hips = [skipped + index for side in ("left", "right") if (index := rig.find(f"{side}_hip")) is not None]
    centers = np.mean([positions[i] for i in hips], axis=0)
    return RigPose(turns=turns, hip_centers=rig.axes.vectors_to_motion(centers))


def _layered(animation: Any) -> bool:
    return bool(animation.use_nla and any(len(track.strips) and not track.mute for track in animation.nla_tracks))


def _others_move(container: Any, names: set[str], frames: Array) -> bool:
    """Whether F-curves of other bones, or of other properties than the places and turns of `names`, are in motion."""
    channels = ("location", "rotation_quaternion", "rotation_euler", "rotation_axis_angle")
    read = {f'pose.bones["{name}"].{channel}' for name in names for channel in channels}
    ends = frames[[0, -1]]
    for fcurve in container.fcurves:
        if fcurve.data_path in read or fcurve.mute or "pose.bones" not in fcurve.data_path:
            continue
        values = [*(point.co[1] for point in fcurve.keyframe_points), *(fcurve.evaluate(frame) for frame in ends)]
        if np.ptp(values) > _STEADY:
            return True
    return False


def _matrices(scene: Any, armature_object: Any, names: list[str]) -> Array:
    evaluated = evaluated_bones(scene, armature_object)
    return np.array([evaluated[name].matrix for name in names], dtype=np.float64)


def _composed(
    container: Any, bones: list[Any], attachments: list[Attachment], frames: Array
) -> tuple[list[Array], list[Array]]:
    """Orientations (N, 3, 3) and places (N, 3) of all controls: pose = space · basis."""
    orientations: list[Array] = []
    positions: list[Array] = []
    for bone, attachment in zip(bones, attachments, strict=True):
        space, place = attachment.orientation(orientations), attachment.position(orientations, positions)
        _, rotations = keyed_rotations(container, bone, frames)
        locations = keyed_values(container, bone, "location", 3, frames)
        if bone.bone.use_connect:
            locations = np.zeros_like(locations)
        locations = turn(location_axes(bone), locations)
        orientations.append(np.asarray(space @ to_matrix(rotations)))
        positions.append(np.broadcast_to(place + turn(space, locations), (len(frames), 3)))
    return orientations, positions
