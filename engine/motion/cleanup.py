"""What an animator would do first: feet that stand are held in place, and none goes through the ground.

A whole body that is too low is raised; a foot that only dips is lifted by its leg. The ground is the plane y = 0. Where
only some frames are free to change, the correction fades out towards the others, which stay as they are.
"""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from engine.motion.contacts import foot_contacts
from engine.motion.foot_lock import smooth_step, standing_shifts, with_moved_ankles
from engine.motion.motion import Motion
from engine.motion.rotations import IDENTITY_WXYZ, Array
from engine.motion.skeleton import FOOT_JOINTS, Skeleton

_MARGIN_M = 0.005
"""So much lower than in the rest pose heel and toe may be: a sole gives way."""
_DIP_S = 0.1
"""Within so many seconds a foot that dips is lifted and let down again."""
_LOW_S = 0.25
"""A body that is too low for longer than twice this is raised as a whole."""
_SEEN_M = 0.001
"""What is no deeper than this, beyond the margin, need not be raised."""
_MIDDLE = ("pelvis", "spine1", "spine2", "spine3", "neck", "head")
_TRUNK = (*_MIDDLE, *(f"{side}_{joint}" for side in ("left", "right") for joint in ("hip", "collar", "shoulder")))
_FLESH_M = 0.06
"""Each joint of trunk and head stays higher than this in nineteen of twenty captured clips of people who lie."""
_FADE_S = 0.15
"""Within so many seconds of a frame that must not change a correction fades."""


def cleaned(
    motion: Motion, free: NDArray[np.bool_] | None = None, legs: tuple[bool, bool] = (True, True), root: bool = True
) -> Motion:
    """`motion`, whose foot_contacts are trusted, with feet held in place and above the ground.

    free: (N,) the frames that may change; None for all. legs: whether the left and the right leg may change. root:
    whether its height may.
    """
    free = np.ones(len(motion), dtype=np.bool_) if free is None else free
    weight = _fade(free, motion.fps)
    depths = _depths(motion)
    raised_m = _low_for_long(depths.max(axis=1), motion.fps) * weight if root else np.zeros(len(motion))
    shifts = standing_shifts(motion, ~free)
    shifts[..., 1] += _lift(np.maximum(depths - raised_m[:, None], 0.0), _frames(_DIP_S, motion.fps))
    raised = replace(motion, root_translation_m=motion.root_translation_m + _up(raised_m)) if raised_m.any() else motion
    return with_moved_ankles(raised, shifts * weight[:, None, None] * np.array(legs)[:, None])


def above_ground(motion: Motion) -> Motion:
    """The motion of the 22-joint body raised as a whole, smoothly, where foot, trunk or head is in the ground.

    The same motion where none is.
    """
    depths = np.maximum(_depths(motion).max(axis=1, keepdims=True), _depths_of_trunk(motion))
    if depths.max(initial=0.0) < _SEEN_M:
        return motion
    raised_m = _lift(depths, _frames(_LOW_S, motion.fps))[:, 0]
    return replace(motion, root_translation_m=motion.root_translation_m + _up(raised_m))


def with_contacts(motion: Motion) -> Motion:
    """The motion with its foot contacts found anew."""
    return replace(motion, foot_contacts=foot_contacts(motion.positions_m, motion.fps))


def comparison(before: Motion, after: Motion) -> dict[str, float]:
    """The figures of foot skate and penetration of a motion `before` and `after` its clean-up, contacts as before."""
    figures = {
        "foot_skate_before_cm_s": foot_skate_cm_s(before),
        "foot_skate_after_cm_s": foot_skate_cm_s(after, before.foot_contacts),
        "penetration_before_cm": penetration_cm(before),
        "penetration_after_cm": penetration_cm(after),
    }
    return {name: round(value, 3) for name, value in figures.items()}


def foot_skate_cm_s(motion: Motion, contacts: Array | None = None) -> float:
    """The mean speed over the ground of heels and toes in contact, 0 where none is.

    contacts: (N, 4), those of another motion; None for the motion's own.
    """
    down = (motion.foot_contacts if contacts is None else contacts) > 0.5
    feet = motion.positions_m[:, list(FOOT_JOINTS)][..., [0, 2]]
    speed = np.linalg.norm(np.diff(feet, axis=0), axis=-1) * motion.fps * 100.0
    stays = down[1:] & down[:-1]
    return float(speed[stays].mean()) if stays.any() else 0.0


def penetration_cm(motion: Motion) -> float:
    """How far heel or toe goes through the ground at the worst frame, beyond half a centimeter that a sole gives."""
    return float(_depths(motion).max(initial=0.0) * 100.0)


def _low_for_long(depth_m: Array, fps: float) -> Array:
    """(N,) by how much the body as a whole is too low: what of depth_m (N,) is there for longer than a dip."""
    half = _frames(_LOW_S, fps)
    return _average(-_largest(-depth_m, half), half)


def _lift(depths_m: Array, half: int) -> Array:
    """Smooth curves (N, F) that are nowhere under depths_m (N, F): the average of the largest around each frame."""
    return np.stack([_average(_largest(depth, half), half) for depth in depths_m.T], axis=-1)


def _depths(motion: Motion) -> Array:
    """(N, 2) how far in metres the left and the right foot are under the ground, with its heel or its toe."""
    heights = motion.positions_m[:, list(FOOT_JOINTS), 1]
    depth = np.maximum(_rest_heights_m(motion.skeleton) - _MARGIN_M - heights, 0.0)
    return np.stack([depth[:, :2].max(axis=1), depth[:, 2:].max(axis=1)], axis=-1)


def _depths_of_trunk(motion: Motion) -> Array:
    """(N, 1) how far in metres the lowest of trunk and head is from where its flesh would lie on the ground."""
    heights = motion.positions_m[:, [motion.skeleton.index(name) for name in _TRUNK], 1]
    return np.asarray(np.maximum(_FLESH_M - heights.min(axis=1, keepdims=True), 0.0))


@lru_cache(maxsize=8)
def _rest_heights_m(skeleton: Skeleton) -> Array:
    """(4,) heights of heels and toes in the rest pose."""
    rest = np.broadcast_to(IDENTITY_WXYZ, (len(skeleton.joint_names), 4))
    return skeleton.forward_kinematics(rest, skeleton.rest_offsets[0])[0][list(FOOT_JOINTS), 1]


def _fade(free: NDArray[np.bool_], fps: float) -> Array:
    """(N,) 0 where `free` is false, rising to 1 with the distance to such frames."""
    fixed, frames = np.flatnonzero(~free), np.arange(len(free))
    if len(fixed) == 0:
        return np.ones(len(free))
    after = np.searchsorted(fixed, frames)
    to_next = np.abs(fixed[np.minimum(after, len(fixed) - 1)] - frames)
    to_last = np.abs(fixed[np.maximum(after - 1, 0)] - frames)
    distance: Array = np.minimum(to_next, to_last) / (_frames(_FADE_S, fps) + 1)
    return smooth_step(np.minimum(distance, 1.0))


def _frames(seconds: float, fps: float) -> int:
    return max(1, round(seconds * fps))


def _largest(values: Array, half: int) -> Array:
    """(N,) the largest of `values` (N,) at most `half` frames away."""
    around = np.lib.stride_tricks.sliding_window_view(np.pad(values, half, mode="edge"), 2 * half + 1)
    return np.asarray(around.max(axis=-1))


def _average(values: Array, half: int) -> Array:
    """(N,) the mean, weighted by a bell, of `values` (N,) at most `half` frames away."""
    bell = np.hanning(2 * half + 3)[1:-1]
    around = np.lib.stride_tricks.sliding_window_view(np.pad(values, half, mode="edge"), 2 * half + 1)
    return np.asarray(around @ (bell / bell.sum()))


def _up(heights_m: Array) -> Array:
    return np.asarray(heights_m[:, None] * np.array([0.0, 1.0, 0.0]))
