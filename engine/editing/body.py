"""Motions of other proportions, as the model knows the body, and back: same rotations, the root's path to scale."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from engine.errors import UserError
from engine.motion.contacts import foot_contacts
from engine.motion.motion import Motion
from engine.motion.skeleton import BODY, Skeleton

_LEG = ("left_hip", "left_knee", "left_ankle", "left_foot")


def on_body(motion: Motion) -> Motion:
    """`motion` on BODY, such that its legs reach the ground as they did; UserError where the joints are others."""
    if motion.skeleton.joint_names != BODY.joint_names or motion.skeleton.parents != BODY.parents:
        raise UserError("Only motions of the 22-joint body can be changed; bring this one onto that body first.")
    return replace(motion, skeleton=BODY, root_translation_m=motion.root_translation_m / scale_of(motion.skeleton))


def on_skeleton(motion: Motion, skeleton: Skeleton) -> Motion:
    """`motion`, which is on BODY, on `skeleton`."""
    return replace(motion, skeleton=skeleton, root_translation_m=motion.root_translation_m * scale_of(skeleton))


def scale_of(skeleton: Skeleton) -> float:
    """How much longer the legs of `skeleton` are than BODY's."""
    return _leg_length_m(skeleton) / _leg_length_m(BODY)


def with_contacts_of_body(motion: Motion) -> Motion:
    """`motion` with its foot contacts found anew, by the heights and speeds that they have on BODY."""
    return replace(motion, foot_contacts=foot_contacts(on_body(motion).positions_m, motion.fps))


def _leg_length_m(skeleton: Skeleton) -> float:
    length = float(sum(np.linalg.norm(skeleton.rest_offsets[skeleton.index(joint)]) for joint in _LEG[1:]))
    if length < 1e-3:
        raise UserError("The motion's skeleton has legs of no length; export it again with its bones' offsets.")
    return length
