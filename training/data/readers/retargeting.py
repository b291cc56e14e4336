"""Any human skeleton's motion on the 22-joint body: true rotations, leg-length scale, the floor at 0, facing +Z first.

A source tells where its joints are and how they are turned, in every frame and in one *rest pose* whose bones point
about where those of the T-pose point. The swing that is left between the two, bone by bone, is the constant offset:

    T_j = A_j · F · R_j(rest),   R_j,canonical(t) = F₀ · R_j(t) · T_j⁻¹

F turns the rest pose to face +Z, A_j takes the bone's direction there to that of the T-pose, and F₀ turns the clip.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np

from engine.errors import UserError
from engine.motion import rotations
from engine.motion.contacts import foot_contacts
from engine.motion.motion import Motion
from engine.motion.resampling import resampled
from engine.motion.rotations import Array
from engine.motion.skeleton import BODY, FOOT_JOINTS

FPS = 30.0
_FLOOR_PERCENTILE = 3.0
_UP = np.array([0.0, 1.0, 0.0])
_GLITCH_RAD = 1.0
_FLIP_RAD, _LONGEST_FLIP = 2.0, 8
_STANDING_SHARE = 0.75
"""How high the pelvis of someone who stands is above the lower foot, of its height in the rest pose."""
_FEWEST_STANDING = 8
_WRONG_BEND = 0.3
"""Sine of the angle from which on a hinge counts as bent the wrong way, and not as overstretched or noise."""

# The bone of a limb's joint, in the source and on the body alike, ends at this one.
_LIMB_ENDS = {
    f"{side}_{joint}": f"{side}_{end}"
    for side in ("left", "right")
    for joint, end in (("hip", "knee"), ("knee", "ankle"), ("shoulder", "elbow"), ("elbow", "wrist"))
}
_REQUIRED = ("pelvis", *_LIMB_ENDS, *(f"{side}_{end}" for side in ("left", "right") for end in ("ankle", "wrist")))


@dataclass(frozen=True, eq=False)
class SourceMotion:
    """N frames of J joints in any unit, Y up.

    positions: (N, J, 3), rotations_wxyz: (N, J, 4), both global. rest_positions: (J, 3), rest_rotations_wxyz: (J, 4),
    of the pose from which bones and joints are known to each other. fps: frames a second.
    """

    joint_names: tuple[str, ...]
    positions: Array
    rotations_wxyz: Array
    rest_positions: Array
    rest_rotations_wxyz: Array
    fps: float

    def index(self, name: str) -> int:
        """The index of a joint of the source."""
        return self.joint_names.index(name)


def retargeted(source: SourceMotion, joint_of: Mapping[str, str]) -> Motion:
    """The motion; joint_of: joint of the body → joint of the source, of which spine, neck, collars and toes may lack.

    UserError where a joint without which there is no body lacks.
    """
    missing = [name for name in _REQUIRED if name not in joint_of]
    if missing:
        raise UserError(f"the skeleton has no joint that could be the {missing[0].replace('_', ' ')}.")
    world = _world_rotations(source, joint_of)
    parents = list(BODY.parents)
    local = world.copy()
    local[:, 1:] = rotations.multiply(rotations.inverse(world[:, parents[1:]]), world[:, 1:])
    root = _root_translation_m(source, joint_of, world)
    standing = np.zeros((len(root), 4))
    motion = Motion(rotations.continuous(local), root, standing, source.fps)
    return grounded(_without_glitches(resampled(motion, FPS)))


def _without_glitches(motion: Motion) -> Motion:
    """Joints that are turned away in a single frame, and back in the next, go straight from the one to the other.

    So do those that a solver turned by about half for a few frames: no joint turns so fast.
    """
    local = motion.local_rotations_wxyz.copy()
    for joint in range(local.shape[1]):
        _bridge_flips(local[:, joint])
    before, at, after = local[:-2], local[1:-1], local[2:]
    away = np.minimum(rotations.angle_between(before, at), rotations.angle_between(at, after))
    glitches = (away > _GLITCH_RAD) & (rotations.angle_between(before, after) < 0.5 * away)
    between = rotations.slerp(before, after, np.full(before.shape[:2], 0.5))
    local[1:-1] = np.where(glitches[..., None], between, at)
    return replace(motion, local_rotations_wxyz=rotations.continuous(local))


def _bridge_flips(joint_wxyz: Array) -> None:
    """Go straight past stretches that a joint (N, 4), changed in place, is flipped into and out of again."""
    step = rotations.angle_between(joint_wxyz[:-1], joint_wxyz[1:])
    jumps = np.flatnonzero(step > _FLIP_RAD)
    for out, back in pairwise(jumps.tolist()):
        before, after = joint_wxyz[out], joint_wxyz[back + 1]
        frames = back - out
        if frames <= _LONGEST_FLIP and rotations.angle_between(before, after) < _FLIP_RAD / 2:
            share = np.arange(1, frames + 1) / (frames + 1.0)
            ends = np.tile(before, (frames, 1)), np.tile(after, (frames, 1))
            joint_wxyz[out + 1 : back + 1] = rotations.slerp(*ends, share)


def _world_rotations(source: SourceMotion, joint_of: Mapping[str, str]) -> Array:
    """(N, 22, 4) global rotations on the body."""
    facing = _facing(source, joint_of)
    world = np.empty((len(source.positions), len(BODY.joint_names), 4))
    for joint, name in enumerate(BODY.joint_names):
        if name in joint_of:
            index = source.index(joint_of[name])
            align = rotations.multiply(_alignment(source, joint_of, name, facing), facing)
            t_pose = rotations.multiply(align, source.rest_rotations_wxyz[index])
            world[:, joint] = rotations.multiply(source.rotations_wxyz[:, index], rotations.inverse(t_pose))
        else:
            world[:, joint] = world[:, BODY.parents[joint]]
    _unflip(world)
    if "spine2" not in joint_of and "spine3" in joint_of:
        # What the source bends in one joint, the body bends in two.
        one, two, three = (BODY.index(f"spine{number}") for number in (1, 2, 3))
        world[:, two] = rotations.slerp(world[:, one], world[:, three], np.full(len(world), 0.5))
    return world


def _unflip(world: Array) -> None:
    """Turn limbs back that a solver turned by half about themselves, so that the hinge bends the wrong way.

    world: (N, 22, 4), changed in place. A knee brings the shin behind the thigh, an elbow the forearm before the arm.
    """
    for upper, lower, bone, inside in (
        *((f"{side}_hip", f"{side}_knee", (0.0, -1.0, 0.0), -1.0) for side in ("left", "right")),
        ("left_shoulder", "left_elbow", (1.0, 0.0, 0.0), 1.0),
        ("right_shoulder", "right_elbow", (-1.0, 0.0, 0.0), 1.0),
    ):
        joints = [BODY.index(upper), BODY.index(lower)]
        relative = rotations.multiply(rotations.inverse(world[:, joints[0]]), world[:, joints[1]])
        bent = rotations.rotate(relative, np.array(bone))[:, 2] * inside
        half_turn = rotations.from_axis_angle(np.abs(np.array(bone)), np.array(np.pi))
        wrong = np.flatnonzero(bent < -_WRONG_BEND)
        for joint in joints:
            world[wrong, joint] = rotations.multiply(world[wrong, joint], half_turn)


def _facing(source: SourceMotion, joint_of: Mapping[str, str]) -> Array:
    """(4,) the turn about Y after which the rest pose's left is +X."""
    rest = source.rest_positions
    left = sum(
        rest[source.index(joint_of[f"left_{joint}"])] - rest[source.index(joint_of[f"right_{joint}"])]
        for joint in ("hip", "shoulder")
    )
    angle = np.arctan2(left[2], left[0])
    return rotations.from_axis_angle(_UP, angle)


def _alignment(source: SourceMotion, joint_of: Mapping[str, str], name: str, facing: Array) -> Array:
    """(4,) the swing from where a joint's bone points in the rest pose, facing +Z, to where it does in the T-pose."""
    if name.endswith("wrist"):
        return _alignment(source, joint_of, name.replace("wrist", "elbow"), facing)
    if name.endswith(("ankle", "foot")):
        return _foot_alignment(source, joint_of, name.split("_", maxsplit=1)[0], facing)
    if name not in _LIMB_ENDS:
        return rotations.IDENTITY_WXYZ
    end = _LIMB_ENDS[name]
    bone = _rest_bone(source, joint_of[name], joint_of[end], facing)
    return rotations.between_vectors(bone, BODY.rest_offsets[BODY.index(end)])


def _foot_alignment(source: SourceMotion, joint_of: Mapping[str, str], side: str, facing: Array) -> Array:
    """A rest pose stands on flat feet, whatever the slope of its bones: only where the toes point is set right."""
    if f"{side}_foot" not in joint_of:
        return rotations.IDENTITY_WXYZ
    toes = _rest_bone(source, joint_of[f"{side}_ankle"], joint_of[f"{side}_foot"], facing)
    return rotations.from_axis_angle(_UP, -np.arctan2(toes[0], toes[2]))


def _rest_bone(source: SourceMotion, joint: str, end: str, facing: Array) -> Array:
    bone = source.rest_positions[source.index(end)] - source.rest_positions[source.index(joint)]
    return rotations.rotate(facing, bone)


def _root_translation_m(source: SourceMotion, joint_of: Mapping[str, str], world: Array) -> Array:
    """(N, 3) the pelvis, such that the middle between the hips goes the source's way, scaled by the legs' lengths."""
    hips = [source.index(joint_of[f"{side}_hip"]) for side in ("left", "right")]
    scale = _leg_length(BODY.rest_offsets, {name: BODY.index(name) for name in BODY.joint_names}) / _leg_length_of(
        source, joint_of
    )
    middle = 0.5 * (BODY.rest_offsets[BODY.index("left_hip")] + BODY.rest_offsets[BODY.index("right_hip")])
    return scale * source.positions[:, hips].mean(axis=1) - rotations.rotate(world[:, 0], middle)


def _leg_length(offsets: Array, index: Mapping[str, int]) -> float:
    return float(sum(np.linalg.norm(offsets[index[f"left_{joint}"]]) for joint in ("knee", "ankle")))


def _leg_length_of(source: SourceMotion, joint_of: Mapping[str, str]) -> float:
    chain = [source.rest_positions[source.index(joint_of[f"left_{joint}"])] for joint in ("hip", "knee", "ankle")]
    length = float(np.linalg.norm(chain[1] - chain[0]) + np.linalg.norm(chain[2] - chain[1]))
    if not length > 0.0:
        raise UserError("the skeleton's legs have no length.")
    return length


def grounded(motion: Motion) -> Motion:
    """The motion with its lowest feet on the floor at 0, its start over the origin and facing +Z; contacts found."""
    start = rotations.inverse(rotations.heading(motion.local_rotations_wxyz[0, 0]))
    local = motion.local_rotations_wxyz.copy()
    local[:, 0] = rotations.multiply(start, local[:, 0])
    over_origin = motion.root_translation_m - motion.root_translation_m[0] * np.array([1.0, 0.0, 1.0])
    root = rotations.rotate(start, over_origin)
    positions, _ = BODY.forward_kinematics(local, root)
    root[:, 1] -= _floor_m(positions)
    positions, _ = BODY.forward_kinematics(local, root)
    return replace(
        motion,
        local_rotations_wxyz=rotations.continuous(local),
        root_translation_m=root,
        foot_contacts=foot_contacts(positions, motion.fps),
    )


def _floor_m(positions_m: Array) -> float:
    """The height of the ground under positions (N, 22, 3): the lowest foot's, a few frames apart.

    Of the frames in which the body stands, where there are some: the feet of someone who lies or kneels point downward,
    and a body of other proportions would sink them into the ground.
    """
    rest, _ = BODY.forward_kinematics(np.tile(rotations.IDENTITY_WXYZ, (22, 1)), BODY.rest_offsets[0])
    above = (positions_m[:, FOOT_JOINTS, 1] - rest[list(FOOT_JOINTS), 1]).min(axis=1)
    is_standing = positions_m[:, 0, 1] - above > _STANDING_SHARE * BODY.rest_offsets[0][1]
    if is_standing.sum() >= _FEWEST_STANDING:
        above = above[is_standing]
    return float(np.percentile(above, _FLOOR_PERCENTILE))
