"""From a motion and a rig to the rig's motion: rotations bone by bone, travel by leg length, feet on the ground."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from .feet import plant_feet
from .rest_pose import alignments
from .rig import Rig
from .rotations import Array, blend, turn
from .source import SourceMotion
from .stretching import stretch_limbs
from .wide_hips import steadied


@dataclass(frozen=True, eq=False)
class RigMotion:
    """N frames of the mapped bones in armature space.

    bone_names: B names, parents before children. orientations: (N, B, 3, 3), columns the bone's own axes. places: for
    the pelvis, and whatever else is not merely carried, where its head is (N, 3), in armature units. points: of these
    the ones whose turn says nothing.
    """

    bone_names: tuple[str, ...]
    orientations: Array
    places: Mapping[str, Array]
    fps: float
    points: frozenset[str] = frozenset()

    def __len__(self) -> int:
        return len(self.orientations)


def retarget(
    source: SourceMotion, rig: Rig, *, from_rest: bool = True, still: bool = False, from_start: bool = False
) -> RigMotion:
    """The motion on the rig, frame by frame at the source's frame rate.

    from_rest: whether it begins where the rest pose stands, else where the motion is, in lengths of the leg.
    still: whether standing feet stay where they are, even if the motion's slide. from_start: whether it is in its
    first frame that the hips are exactly where they shall be, as from rest, and not in the mean of all.
    """
    turns = _turns(source, rig)
    turns[:, 0] = steadied(rig, turns[:, 0], source.fps)
    if rig.stretch is not None:
        turns = stretch_limbs(rig, turns, np.asarray(np.linalg.inv(rig.stretch), dtype=np.float64))
    pelvis_heads = _pelvis_heads(source, rig, turns, from_rest)
    centers = _hip_centers(rig, turns, pelvis_heads)
    turns, planted = plant_feet(source, rig, turns, pelvis_heads, still)
    # What feet that stand have added to the way as a whole would add up from bake to bake.
    added = (_hip_centers(rig, turns, planted) - centers) * np.array([1.0, 0.0, 1.0])
    pelvis_heads = planted - (added[0] if from_rest or from_start else added.mean(axis=0))
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


def _hip_centers(rig: Rig, turns: Array, pelvis_heads: Array) -> Array:
    """(N, 3) the middle of the hips."""
    return np.asarray(pelvis_heads + turn(turns[:, 0], rig.hip_center - rig.bones[0].head), dtype=np.float64)


def _pelvis_heads(source: SourceMotion, rig: Rig, turns: Array, from_rest: bool) -> Array:
    """(N, 3) the pelvis' head: the middle of the hips travels as the motion's does, scaled by the length of the legs.

    Heights count from the ankles: with legs of the same shape, an ankle as high over the motion's resting ankle is as
    high over the rig's.
    """
    measure = rig.measure(source.leg_length_m)
    hips = [source.index("left_hip"), source.index("right_hip")]
    ankle = np.array([0.0, source.rest_positions_m[source.index("left_ankle"), 1], 0.0])
    travelled = turn(measure, source.positions_m[:, hips].mean(axis=1) - ankle)
    heights = rig.ankle_height + travelled[:, 1]
    if from_rest:
        travelled = travelled + rig.hip_center - travelled[0]
    travelled[:, 1] = heights
    return np.asarray(travelled - turn(turns[:, 0], rig.hip_center - rig.bones[0].head), dtype=np.float64)
