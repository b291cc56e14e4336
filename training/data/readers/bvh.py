"""BVH files of any human skeleton: the rest pose is the zero pose, or the first frame, or found in the motion."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from engine.errors import UserError
from engine.motion import rotations
from engine.motion.bvh import BvhClip
from engine.motion.motion import Motion
from engine.motion.rotations import Array
from training.data.readers.bone_names import joints_of_the_body
from training.data.readers.calibration import calibrated
from training.data.readers.retargeting import SourceMotion, retargeted

_STRAIGHT = 0.8
"""Cosine within which a bone points where that of a rest pose does."""


def motion_of_bvh(clip: BvhClip, fps: float | None = None) -> Motion:
    """The motion of a clip; fps: the true frame rate, where the file's is known to be wrong.

    UserError where the skeleton is none of a human, or the clip is too short.
    """
    source = _with_end_sites(clip, fps or clip.fps)
    return motion_of_source(source, joints_of_the_body(source.joint_names, _parents_with_end_sites(clip)))


def motion_of_source(source: SourceMotion, joint_of: Mapping[str, str]) -> Motion:
    """The motion of a source whose rest pose may be none, or its first frame; joint_of: of the body → of the source.

    UserError where a joint without which there is no body lacks.
    """
    missing = [name for name in ("pelvis", "left_hip", "left_knee", "left_ankle", "left_shoulder", "left_elbow")
               if name not in joint_of]  # fmt: skip
    if missing:
        raise UserError(f"the skeleton has no joint that could be the {missing[0].replace('_', ' ')}.")
    stands_in_zero_pose = _is_rest_pose(source.rest_positions, source, joint_of)
    if len(source.positions) > 2 and _is_t_pose(
        source.positions[0], source, joint_of
    ):  # put there for calibration, no motion
        first = _resting_in_the_first_frame(source)
        source = replace(first, rest_positions=source.rest_positions, rest_rotations_wxyz=source.rest_rotations_wxyz)
        return retargeted(source if stands_in_zero_pose else first, joint_of)
    return retargeted(source if stands_in_zero_pose else calibrated(source, joint_of), joint_of)


def _with_end_sites(clip: BvhClip, fps: float) -> SourceMotion:
    """The clip with its End Sites as joints, called after the joint they end: some feet have no other toes."""
    positions, world = clip.forward_kinematics()
    rest = clip.offsets.copy()
    for joint, parent in enumerate(clip.parents):
        if parent >= 0:
            rest[joint] += rest[parent]
    names = list(clip.joint_names)
    for joint, offset in clip.end_sites.items():
        index = clip.joint_names.index(joint)
        names.append(f"{joint}_end")
        tip = positions[:, index] + rotations.rotate(world[:, index], offset)
        positions = np.concatenate([positions, tip[:, None]], axis=1)
        world = np.concatenate([world, world[:, index, None]], axis=1)
        rest = np.concatenate([rest, (rest[index] + offset)[None]])
    still = np.tile(rotations.IDENTITY_WXYZ, (len(names), 1))
    return SourceMotion(tuple(names), positions, world, rest, still, fps)


def _parents_with_end_sites(clip: BvhClip) -> tuple[int, ...]:
    return (*clip.parents, *(clip.joint_names.index(joint) for joint in clip.end_sites))


def _resting_in_the_first_frame(source: SourceMotion) -> SourceMotion:
    """The rest pose is the first frame, which is no part of the motion then."""
    return SourceMotion(
        source.joint_names,
        source.positions[1:],
        source.rotations_wxyz[1:],
        source.positions[0],
        source.rotations_wxyz[0],
        source.fps,
    )


def _is_rest_pose(positions: Array, source: SourceMotion, joint_of: Mapping[str, str]) -> bool:
    """Whether someone stands there with straight limbs: legs down, arms hanging, spread or between, feet flat."""
    at = {name: positions[source.index(joint)] for name, joint in joint_of.items()}
    down = np.array([0.0, -1.0, 0.0])
    left = rotations.normalize(at["left_hip"] - at["right_hip"] + 1e-9)
    if abs(left[1]) > 1.0 - _STRAIGHT:
        return False
    for side, out in (("left", left), ("right", -left)):
        thigh, shin = (rotations.normalize(at[f"{side}_{b}"] - at[f"{side}_{a}"] + 1e-9)
                       for a, b in (("hip", "knee"), ("knee", "ankle")))  # fmt: skip
        upper, lower = (rotations.normalize(at[f"{side}_{b}"] - at[f"{side}_{a}"] + 1e-9)
                        for a, b in (("shoulder", "elbow"), ("elbow", "wrist")))  # fmt: skip
        if min(thigh @ down, shin @ down, upper @ lower) < _STRAIGHT:
            return False
        if max(upper @ out, upper @ down) < 0.6 or abs(upper @ np.cross(left, down)) > 0.5:
            return False
    return True


def _is_t_pose(positions: Array, source: SourceMotion, joint_of: Mapping[str, str]) -> bool:
    at = {name: positions[source.index(joint)] for name, joint in joint_of.items()}
    span = rotations.normalize(at["left_wrist"] - at["right_wrist"] + 1e-9)
    reach = np.linalg.norm(at["left_wrist"] - at["right_wrist"])
    arms = sum(
        float(np.linalg.norm(at[f"{side}_{b}"] - at[f"{side}_{a}"]))
        for side in ("left", "right")
        for a, b in (("shoulder", "elbow"), ("elbow", "wrist"))
    )
    is_spread = abs(span[1]) < 0.2 and reach > 0.95 * arms
    return bool(is_spread) and _is_rest_pose(positions, source, joint_of)
