"""From what a rig does back to a motion: the inverse of the transfer, joint by joint.

With the turn T_b of a bone out of its rest pose and the turn A_b that lays its rest pose along the motion's T-pose,

    T_b(t) = R_j(t) · A_b      so      R_j(t) = T_b(t) · A_bᵀ

A joint that no bone stands for is between those on either side of it, or does as the one that carries it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from .body_skeleton import JOINT_NAMES, PARENTS, REST_OFFSETS
from .rest_pose import alignments
from .rig import Rig, spine_places
from .rotations import Array, continuous, from_matrix, slerp, to_matrix, turn
from .source import SourceMotion
from .stretching import stretch_limbs
from .wide_hips import unsteadied

_CONTACT_SPEED_M_S, _CLEARANCE_M = 0.35, 0.045
_TRUNK = {"pelvis": 0.0, "spine1": 1.0, "spine2": 2.0, "spine3": 3.0}
"""The joints of the trunk with their place along it."""


@dataclass(frozen=True, eq=False)
class RigPose:
    """What was read off a rig in N frames, in the motion's axes and the rig's units.

    turns: (N, B, 3, 3) of every mapped bone out of its rest pose. hip_centers: (N, 3) between the heads of the thighs.
    """

    turns: Array
    hip_centers: Array


def reverse(pose: RigPose, rig: Rig, fps: float) -> SourceMotion:
    """The motion that a rig shows, standing where the rig stands, measured in lengths of the body's own leg."""
    rotations = _global_rotations(pose, rig, fps)
    rest = SourceMotion(
        joint_names=JOINT_NAMES,
        parents=PARENTS,
        rest_offsets=REST_OFFSETS,
        local_rotations_wxyz=_local(rotations),
        root_translation_m=np.zeros((len(rotations), 3)),
        foot_contacts=np.zeros((len(rotations), 4)),
        fps=fps,
    )
    placed = replace(rest, root_translation_m=_root(pose, rig, rest))
    return replace(placed, foot_contacts=_contacts(placed))


def _global_rotations(pose: RigPose, rig: Rig, fps: float) -> Array:
    """(N, 22, 3, 3)."""
    turns = pose.turns if rig.stretch is None else stretch_limbs(rig, pose.turns, rig.stretch)
    joints = turns @ np.swapaxes(alignments(rig), -1, -2)
    joints[:, 0] = unsteadied(rig, joints[:, 0], fps)
    found = {bone.role: joints[:, i] for i, bone in enumerate(rig.bones) if bone.role in JOINT_NAMES}
    found |= _trunk(rig, joints)
    chest = found["spine3"]
    necks = [i for i, bone in enumerate(rig.bones) if bone.role == "neck"]
    head = found.get("head", joints[:, necks[-1]] if necks else chest)
    found["head"] = head
    found["neck"] = joints[:, necks[-1]] if necks else _between(chest, head, 0.5)
    for joint, parent in zip(JOINT_NAMES, PARENTS, strict=True):
        if joint not in found:
            found[joint] = found[JOINT_NAMES[parent]]
    return np.stack([found[joint] for joint in JOINT_NAMES], axis=1)


def _trunk(rig: Rig, joints: Array) -> dict[str, Array]:
    """The joints of the trunk, between the bones of the spine that lie on either side of each."""
    spine = [i for i, bone in enumerate(rig.bones) if bone.role == "spine"]
    places = [0.0, *spine_places(len(spine))]
    known = [joints[:, 0], *(joints[:, i] for i in spine)]
    found = {}
    for joint, place in _TRUNK.items():
        above = next((k for k, at in enumerate(places) if at >= place - 1e-9), len(places) - 1)
        below = max(above - 1, 0)
        width = places[above] - places[below]
        found[joint] = _between(known[below], known[above], (place - places[below]) / width) if width else known[above]
    return found


def _between(a: Array, b: Array, weight: float) -> Array:
    share = np.full(len(a), min(max(weight, 0.0), 1.0))
    return to_matrix(slerp(from_matrix(a), from_matrix(b), share))


def _local(rotations: Array) -> Array:
    """(N, J, 4) r_j = R_parentᵀ · R_j."""
    local = rotations.copy()
    for joint, parent in enumerate(PARENTS):
        if parent >= 0:
            local[:, joint] = np.swapaxes(rotations[:, parent], -1, -2) @ rotations[:, joint]
    return continuous(from_matrix(local))


def _root(pose: RigPose, rig: Rig, motion: SourceMotion) -> Array:
    """(N, 3) the pelvis in metres: the middle of the hips is as many lengths of the leg from the ankles' height."""
    ankle = np.array([0.0, motion.rest_positions_m[motion.index("left_ankle"), 1], 0.0])
    ours = np.array([0.0, rig.ankle_height, 0.0])
    to_motion = np.asarray(np.linalg.inv(rig.measure(motion.leg_length_m)), dtype=np.float64)
    center = turn(to_motion, pose.hip_centers - ours) + ankle
    hips = [motion.index("left_hip"), motion.index("right_hip")]
    return np.asarray(center - turn(motion.global_rotations[:, 0], REST_OFFSETS[hips].mean(axis=0)))


def _contacts(motion: SourceMotion) -> Array:
    """(N, 4) of 0 or 1: near its height at rest and slow, single frames that differ from both neighbors left out."""
    joints = [motion.index(name) for name in ("left_ankle", "left_foot", "right_ankle", "right_foot")]
    feet = motion.positions_m[:, joints]
    velocity = np.gradient(feet, axis=0) * motion.fps if len(feet) > 1 else np.zeros_like(feet)
    low = feet[..., 1] < motion.rest_positions_m[joints, 1] + _CLEARANCE_M
    standing = (np.linalg.norm(velocity, axis=-1) < _CONTACT_SPEED_M_S) & low
    before, after = standing[:-2], standing[2:]
    standing[1:-1] = np.where(before == after, before, standing[1:-1])
    return np.asarray(standing, dtype=np.float64)
