"""Where a joint's axes lie when nothing but the motion tells: from the planes in which knees and elbows bend.

Some skeletons have a zero pose that is no pose of a body (all bones along one axis, say). While a knee is bent, hip,
knee and ankle span a plane, and with it thigh and shin have a known orientation F(t) on the body; so have torso and
standing feet. What takes the source's rotation there is constant, and is the mean of  R(t)⁻¹ · F(t).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from engine.errors import UserError
from engine.motion import rotations
from engine.motion.rotations import Array
from engine.motion.skeleton import BODY
from training.data.readers.retargeting import SourceMotion

_MIN_BEND = 0.2
"""Sine of the angle from which on a knee's or elbow's plane is trusted."""
_STANDING_SHARE = 0.3
_TORSO = ("spine1", "spine2", "spine3", "neck", "head", "left_collar", "right_collar")


def calibrated(source: SourceMotion, joint_of: Mapping[str, str]) -> SourceMotion:
    """The source with a rest pose that is the T-pose, found in its motion; UserError where no limb ever bends."""
    where = {name: source.positions[:, source.index(joint)] for name, joint in joint_of.items()}
    frames = _frames_on_the_body(where)
    rest_rotations = source.rest_rotations_wxyz.copy()
    rest_positions = source.rest_positions.copy()
    body_rest, _ = BODY.forward_kinematics(np.tile(rotations.IDENTITY_WXYZ, (22, 1)), BODY.rest_offsets[0])
    scale = _length(where) / float(np.linalg.norm(BODY.rest_offsets[BODY.index("left_knee")]))
    for name, joint in joint_of.items():
        index = source.index(joint)
        known, weight = frames[name]
        if not weight.any():
            raise UserError(f"the {name.replace('_', ' ')} never moves in a way that shows how its axes lie.")
        offset = rotations.multiply(rotations.inverse(source.rotations_wxyz[:, index]), known)
        rest_rotations[index] = rotations.inverse(_mean(offset, weight))
        rest_positions[index] = scale * body_rest[BODY.index(name)]
    return replace(source, rest_positions=rest_positions, rest_rotations_wxyz=rest_rotations)


def _length(where: Mapping[str, Array]) -> float:
    return float(np.linalg.norm(where["left_knee"] - where["left_hip"], axis=-1).mean())


def _frames_on_the_body(where: Mapping[str, Array]) -> dict[str, tuple[Array, Array]]:
    """Joint of the body → its global rotation (N, 4) there, and how far to trust it (N,)."""
    up = where.get("neck", 0.5 * (where["left_shoulder"] + where["right_shoulder"])) - where["pelvis"]
    frames = len(up)
    always = np.ones(frames)
    hips = where["left_hip"] - where["right_hip"]
    shoulders = where["left_shoulder"] - where["right_shoulder"]
    found = {"pelvis": (_frame(x=hips, y=up), always)}
    found |= {name: (_frame(x=shoulders, y=up), always) for name in _TORSO}
    for side, sign in (("left", 1.0), ("right", -1.0)):
        thigh, shin = _bones(where, f"{side}_hip", f"{side}_knee", f"{side}_ankle")
        axis = np.cross(thigh, shin)
        found[f"{side}_hip"] = (_frame(y=-thigh, x=axis, first="y"), _trust(axis))
        found[f"{side}_knee"] = (_frame(y=-shin, x=axis, first="y"), _trust(axis))
        upper, lower = _bones(where, f"{side}_shoulder", f"{side}_elbow", f"{side}_wrist")
        axis = np.cross(upper, lower)
        found[f"{side}_shoulder"] = (_frame(x=sign * upper, y=-sign * axis), _trust(axis))
        found[f"{side}_elbow"] = found[f"{side}_wrist"] = (_frame(x=sign * lower, y=-sign * axis), _trust(axis))
        if f"{side}_foot" in where:
            toes = where[f"{side}_foot"] - where[f"{side}_ankle"]
            flat = _frame(y=np.tile([0.0, 1.0, 0.0], (frames, 1)), z=toes, first="y")
            found[f"{side}_ankle"] = found[f"{side}_foot"] = (flat, _standing(where[f"{side}_foot"]))
        else:
            found[f"{side}_ankle"] = found[f"{side}_knee"]
    return found


def _bones(where: Mapping[str, Array], first: str, second: str, third: str) -> tuple[Array, Array]:
    return rotations.normalize(where[second] - where[first]), rotations.normalize(where[third] - where[second])


def _frame(first: str = "x", **axes: Array) -> Array:
    """(N, 4) of two axes (N, 3): the first is kept, the second made orthogonal to it, the third follows."""
    (second,) = set(axes) - {first}
    one = rotations.normalize(axes[first] + 1e-12)
    other = axes[second] - np.sum(axes[second] * one, axis=-1, keepdims=True) * one
    known = {first: one, second: rotations.normalize(other + 1e-12)}
    if "x" not in known:
        known["x"] = np.cross(known["y"], known["z"])
    if "y" not in known:
        known["y"] = np.cross(known["z"], known["x"])
    return rotations.from_matrix(np.stack([known["x"], known["y"], np.cross(known["x"], known["y"])], axis=-1))


def _trust(axis: Array) -> Array:
    bend = np.linalg.norm(axis, axis=-1)
    return np.where(bend > _MIN_BEND, bend, 0.0)


def _standing(toes: Array) -> Array:
    """(N,) of 1 in the frames in which the toes are among their slowest and lowest, 0 in all others."""
    speed = np.linalg.norm(np.gradient(toes, axis=0), axis=-1) if len(toes) > 1 else np.zeros(1)
    rank = speed.argsort().argsort() + toes[:, 1].argsort().argsort()
    return np.asarray(rank <= np.quantile(rank, _STANDING_SHARE), dtype=np.float64)


def _mean(quaternions_wxyz: Array, weight: Array) -> Array:
    """(4,) the mean of rotations (N, 4): the main axis of the sum of their outer products (Markley et al. 2007)."""
    outer = np.einsum("n,ni,nj->ij", weight, quaternions_wxyz, quaternions_wxyz)
    return np.asarray(np.linalg.eigh(outer)[1][:, -1])
