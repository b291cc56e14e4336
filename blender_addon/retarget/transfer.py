"""From a motion and a rig to the rig's motion: rotations bone by bone, travel by leg length, feet on the ground."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from .feet import plant_feet
from .rest_pose import alignments
from .rig import Rig
from .rotations import Array, about_axis, blend, normalize, turn
from .smoothing import smoothed
from .source import SourceMotion
from .stretching import stretch_limbs

_USUAL_WIDTH, _TOY_WIDTH = 1.5, 2.5
"""How many times wider than the motion's hips, by length of leg, a rig's may be without more ado, and are a toy's."""
_SWING_SECONDS = 0.5
_SWAYING, _LYING = np.radians(20.0), np.radians(45.0)


@dataclass(frozen=True, eq=False)
class RigMotion:
    """N frames of the mapped bones in armature space.

    bone_names: B names, parents before children. orientations: (N, B, 3, 3), columns the bone's own axes. places: for
    the pelvis, and whatever else is not merely carried, where its head is (N, 3), in armature units.
    """

    bone_names: tuple[str, ...]
    orientations: Array
    places: Mapping[str, Array]
    fps: float

    def __len__(self) -> int:
        return len(self.orientations)


def retarget(source: SourceMotion, rig: Rig, *, from_rest: bool = True, still: bool = False) -> RigMotion:
    """The motion on the rig, frame by frame at the source's frame rate.

    from_rest: whether it begins where the rest pose stands, else where the motion is, in lengths of the leg.
    still: whether standing feet stay where they are, even if the motion's slide.
    """
    turns = _turns(source, rig)
    turns[:, 0] = _steadied(source, rig, turns[:, 0])
    if rig.stretch is not None:
        turns = stretch_limbs(rig, turns, np.asarray(np.linalg.inv(rig.stretch), dtype=np.float64))
    pelvis_heads = _pelvis_heads(source, rig, turns, from_rest)
    turns, pelvis_heads = plant_feet(source, rig, turns, pelvis_heads, still)
    orientations = turns @ np.stack([bone.orientation for bone in rig.bones])
    return RigMotion(
        bone_names=tuple(bone.name for bone in rig.bones),
        orientations=rig.axes.orientations_to_armature(orientations),
        places={rig.bones[0].name: rig.axes.vectors_to_armature(pelvis_heads)},
        fps=source.fps,
    )


def _turns(source: SourceMotion, rig: Rig) -> Array:
    """(N, B, 3, 3) how each bone is turned out of its rest pose, in the motion's axes: R_j(t) · A_b."""
    rotations = source.global_rotations
    followed = []
    for bone in rig.bones:
        first = rotations[:, source.index(bone.follow.first)]
        if bone.follow.second is None:
            followed.append(first)
        else:
            followed.append(blend(first, rotations[:, source.index(bone.follow.second)], bone.follow.weight))
    return np.stack(followed, axis=1) @ alignments(rig)


def _steadied(source: SourceMotion, rig: Rig, pelvis: Array) -> Array:
    """(N, 3, 3) the pelvis' turns, swaying less from side to side where the hips are much wider than the motion's.

    A stocky toy whose hips sway as a person's do has one foot in the floor and one in the air. Who lies on a side or
    turns a cartwheel is left alone.
    """
    hips = source.rest_positions_m[[source.index("left_hip"), source.index("right_hip")]]
    theirs = float(np.linalg.norm(hips[0] - hips[1])) / source.leg_length_m
    ours = float(np.linalg.norm(rig.head("left_hip") - rig.head("right_hip"))) / rig.leg_length
    wide = float(np.clip((ours / theirs - _USUAL_WIDTH) / (_TOY_WIDTH - _USUAL_WIDTH), 0.0, 1.0))
    kept = 1.0 + wide * (theirs / ours - 1.0)
    leftward = pelvis[:, :, 0]
    sway = np.arcsin(np.clip(leftward[:, 1], -1.0, 1.0))
    upright = np.clip((_LYING - np.abs(sway)) / (_LYING - _SWAYING), 0.0, 1.0)
    axes = normalize(np.cross(leftward, np.array([0.0, 1.0, 0.0])))
    steadied = about_axis(axes, -(1.0 - kept) * sway * upright) @ pelvis
    heading = np.unwrap(np.arctan2(steadied[:, 0, 2], steadied[:, 2, 2]))
    swing = heading - smoothed(heading[:, None], _SWING_SECONDS * source.fps)[:, 0]
    return about_axis(np.array([0.0, 1.0, 0.0]), -(1.0 - kept) * swing * upright) @ steadied


def _pelvis_heads(source: SourceMotion, rig: Rig, turns: Array, from_rest: bool) -> Array:
    """(N, 3) the pelvis' head: the middle of the hips travels as the motion's does, scaled by the length of the legs.

    Heights count from the ankles: with legs of the same shape, an ankle as high over the motion's resting ankle is as
    high over the rig's.
    """
    scale = rig.leg_length / source.leg_length_m
    hips = [source.index("left_hip"), source.index("right_hip")]
    center = source.positions_m[:, hips].mean(axis=1)
    source_ankle = source.rest_positions_m[source.index("left_ankle"), 1]
    travelled = scale * center
    if from_rest:
        travelled += rig.hip_center - scale * center[0]
    travelled[:, 1] = rig.ankle_height + scale * (center[:, 1] - source_ankle)
    return np.asarray(travelled - turn(turns[:, 0], rig.hip_center - rig.bones[0].head), dtype=np.float64)
