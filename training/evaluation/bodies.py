"""Metrics of the body itself: what an animator sees without having read the prompt."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields

import numpy as np

from engine.motion import rotations
from engine.motion.contacts import foot_contacts
from engine.motion.motion import Motion
from engine.motion.skeleton import BODY, FOOT_JOINTS

LARGEST_BEND_DEGREES: Mapping[str, float] = {
    "hip": 125.0, "knee": 150.0, "ankle": 75.0, "foot": 60.0, "spine1": 35.0, "spine2": 35.0, "spine3": 35.0,
    "neck": 60.0, "head": 60.0, "collar": 50.0, "shoulder": 165.0, "elbow": 155.0, "wrist": 95.0,
}  # fmt: skip
"""How far a joint may turn from the rest pose, the T-pose, about whichever axis."""

SUNKEN_CM = 1.0
BENT_BACK_DEGREES = 10.0
"""A knee or an elbow that is bent the wrong way by more than this is over its limit."""

_HINGES = {  # joint → axis of the quaternion (w, x, y, z) and the sign of bending the right way
    "left_knee": (1, 1.0), "right_knee": (1, 1.0), "left_elbow": (2, -1.0), "right_elbow": (2, 1.0),
}  # fmt: skip

_STANDING_HEIGHT_M = np.cumsum(BODY.rest_offsets[[0, 1, 4, 7, 10], 1])[[3, 4, 3, 4]]
"""Of heels and toes, in the order of `FOOT_JOINTS`, in the rest pose: the sole is that much lower than the joint."""


@dataclass(frozen=True)
class BodyFigures:
    """Means over the frames of one motion, but for one.

    foot_skate_cm_s: horizontal speed of feet in contact; 0 without any. jerk_m_s3: third derivative of all joints.
    penetration_cm: how deep the deeper foot's sole is in the ground. sunken_percent: 100 where that is more than 1 cm
    in a single frame, else 0, so that the mean over motions is a share. joint_limits_percent: joints over a limit.
    """

    foot_skate_cm_s: float
    jerk_m_s3: float
    penetration_cm: float
    sunken_percent: float
    joint_limits_percent: float

    @classmethod
    def names(cls) -> tuple[str, ...]:
        return tuple(field.name for field in fields(cls))


def body_figures(motion: Motion) -> BodyFigures:
    """Of a motion on BODY with its ground at 0; contacts are found anew, so that none that is claimed counts."""
    positions = motion.positions_m
    depths_cm = _depths_cm(positions)
    return BodyFigures(
        foot_skate_cm_s=_foot_skate_cm_s(motion),
        jerk_m_s3=_jerk_m_s3(positions, motion.fps),
        penetration_cm=float(depths_cm.mean()),
        sunken_percent=100.0 * bool(depths_cm.max(initial=0.0) > SUNKEN_CM),
        joint_limits_percent=100.0 * float(_over_limits(motion).mean()),
    )


def _foot_skate_cm_s(motion: Motion) -> float:
    feet = motion.positions_m[:, FOOT_JOINTS]
    contacts = foot_contacts(motion.positions_m, motion.fps) > 0.5
    speed_m_s = np.linalg.norm(np.diff(feet[..., [0, 2]], axis=0), axis=-1) * motion.fps
    standing = contacts[1:] & contacts[:-1]
    return 100.0 * float(speed_m_s[standing].mean()) if standing.any() else 0.0


def _depths_cm(positions_m: rotations.Array) -> rotations.Array:
    """(N,) how deep the sole of the deeper foot is in the ground."""
    depth = np.clip(_STANDING_HEIGHT_M - positions_m[:, FOOT_JOINTS, 1], 0.0, None)
    return np.asarray(100.0 * depth.max(axis=1))


def _jerk_m_s3(positions_m: rotations.Array, fps: float) -> float:
    if len(positions_m) < 4:
        return 0.0
    return float(np.linalg.norm(np.diff(positions_m, n=3, axis=0), axis=-1).mean() * fps**3)


def _over_limits(motion: Motion) -> np.ndarray:
    """(N, J − 1) for every joint but the root."""
    local = motion.local_rotations_wxyz
    kinds = [name.removeprefix("left_").removeprefix("right_") for name in BODY.joint_names]
    bend = np.degrees(rotations.angle_between(local, rotations.IDENTITY_WXYZ))
    over = bend > np.array([LARGEST_BEND_DEGREES.get(kind, 180.0) for kind in kinds])
    for name, (axis, sign) in _HINGES.items():
        joint = local[:, BODY.index(name)]
        # The twist of a rotation about one of its axes a is 2·atan2(q_a, w).
        twist = np.degrees(2.0 * np.arctan2(joint[:, axis], joint[:, 0]))
        over[:, BODY.index(name)] |= sign * ((twist + 180.0) % 360.0 - 180.0) < -BENT_BACK_DEGREES
    return over[:, 1:]
