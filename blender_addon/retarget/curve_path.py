"""A motion whose way over the ground is bent to a curve, its standing feet still standing."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from ..errors import AddonError
from .body_rig import body_rig, pose_of
from .edits import hip_centers_m, moved
from .feet import eased_between, stretches
from .reverse import reverse
from .rotations import Array, about_axis, from_matrix, normalize
from .smoothing import smoothed
from .source import SourceMotion
from .transfer import retarget

_WAY_SECONDS = 0.3
_SLOW_M_S = 0.15  # who is slower than this goes in no direction
_FARTHEST_TWIST = np.radians(30.0)
_GROUND = [0, 2]
_UP = np.array([0.0, 1.0, 0.0])


def along_curve(motion: SourceMotion, points_m: Array) -> SourceMotion:
    """The motion along a curve over the ground, points (K, 3) in metres, whose heights don't count.

    The length that the hips have gone, sway left out, is laid along the curve from its beginning; past its end it goes
    straight on. In each frame the character is turned and moved as a whole; then the legs turn back and reach for how
    and where feet stand. AddonError where the curve has no length.
    """
    way = smoothed(hip_centers_m(motion)[:, _GROUND], _WAY_SECONDS * motion.fps)
    gone = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(way, axis=0), axis=-1))])
    places, toward = _along(np.asarray(points_m, dtype=np.float64)[:, _GROUND], gone)
    turns = np.unwrap(toward - _headings(way, motion.fps))
    turns = smoothed(turns[:, None], _WAY_SECONDS * motion.fps / 2.0)[:, 0]
    bent = _standing_as_set_down(moved(motion, turns, _raised(way), _raised(places)), turns)
    rig = body_rig()
    standing = reverse(pose_of(retarget(bent, rig, from_rest=False, still=True), rig), rig, motion.fps)
    return SourceMotion(
        joint_names=standing.joint_names,
        parents=standing.parents,
        rest_offsets=standing.rest_offsets,
        local_rotations_wxyz=standing.local_rotations_wxyz,
        root_translation_m=standing.root_translation_m,
        foot_contacts=motion.foot_contacts,
        fps=motion.fps,
        meta=motion.meta,
    )


def _standing_as_set_down(motion: SourceMotion, turns: Array) -> SourceMotion:
    """The motion whose feet, while they stand, don't turn by `turns` (N,), radians about the vertical, as the rest did.

    Each leg is twisted between hip and ankle, as far to one side as to the other while its foot stands.
    """
    rotations = motion.global_rotations
    local = motion.local_rotations_wxyz.copy()
    for side, contacts in (("left", motion.foot_contacts[:, :2]), ("right", motion.foot_contacts[:, 2:])):
        twist = _back(turns, contacts.max(axis=-1) > 0.5)
        hip, knee, ankle = (motion.index(f"{side}_{joint}") for joint in ("hip", "knee", "ankle"))
        leg = normalize(motion.positions_m[:, hip] - motion.positions_m[:, ankle])
        along_leg, level = about_axis(leg, twist), about_axis(_UP, twist)
        above, shin = rotations[:, motion.parents[hip]], along_leg @ rotations[:, knee]
        local[:, hip] = from_matrix(np.swapaxes(above, -1, -2) @ along_leg @ rotations[:, hip])
        local[:, ankle] = from_matrix(np.swapaxes(shin, -1, -2) @ level @ rotations[:, ankle])
    return replace(motion, local_rotations_wxyz=local)


def _back(turns: Array, stands: NDArray[np.bool_]) -> Array:
    """(N,) what takes `turns` (N,) back to their middle while a foot stands, eased from stance to stance.

    Where that twists a leg too far, the foot turns along with the rest by as much as is too far.
    """
    back = np.zeros((len(turns), 1))
    standing = stretches(stands)
    for start, end in standing:
        middle, farthest = (turns[start:end].min() + turns[start:end].max()) / 2.0, np.ptp(turns[start:end]) / 2.0
        back[start:end, 0] = (middle - turns[start:end]) * min(1.0, _FARTHEST_TWIST / max(farthest, 1e-9))
    return eased_between(back, standing)[:, 0]


def _along(points: Array, gone: Array) -> tuple[Array, Array]:
    """Where a line of points (K, 2) is after the lengths `gone` (N,), (N, 2), and its heading there, radians (N,)."""
    steps = np.diff(points, axis=0)
    lengths = np.linalg.norm(steps, axis=-1)
    points, steps, lengths = points[np.r_[True, lengths > 1e-6]], steps[lengths > 1e-6], lengths[lengths > 1e-6]
    if not len(lengths):
        raise AddonError("The curve has no length over the ground; choose one that the character can walk along.")
    ends = np.concatenate([[0.0], np.cumsum(lengths)])
    places = np.stack([np.interp(gone, ends, points[:, k]) for k in (0, 1)], axis=-1)
    beyond = np.maximum(gone - ends[-1], 0.0)[:, None]
    places = places + beyond * steps[-1] / lengths[-1]
    headings = np.unwrap(np.arctan2(steps[:, 0], steps[:, 1]))
    return places, np.interp(gone, (ends[1:] + ends[:-1]) / 2.0, headings)


def _headings(way: Array, fps: float) -> Array:
    """(N,) where a way over the ground (N, 2) leads, 0 along +Z; held while it leads nowhere."""
    if len(way) < 2:
        return np.zeros(len(way))
    velocity = np.gradient(way, axis=0) * fps
    moving = np.flatnonzero(np.linalg.norm(velocity, axis=-1) > _SLOW_M_S)
    if not len(moving):
        return np.zeros(len(way))
    headings = np.unwrap(np.arctan2(velocity[moving, 0], velocity[moving, 1]))
    return np.asarray(np.interp(np.arange(len(way)), moving, headings), dtype=np.float64)


def _raised(points: Array) -> Array:
    return np.stack([points[:, 0], np.zeros(len(points)), points[:, 1]], axis=-1)
