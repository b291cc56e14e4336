"""A motion whose way over the ground is bent to a curve, its standing feet still standing."""

from __future__ import annotations

import numpy as np

from ..errors import AddonError
from .body_rig import body_rig, pose_of
from .edits import hip_centers_m, moved
from .reverse import reverse
from .rotations import Array
from .smoothing import smoothed
from .source import SourceMotion
from .transfer import retarget

_WAY_SECONDS = 0.3
_SLOW_M_S = 0.15  # who is slower than this goes in no direction
_GROUND = [0, 2]


def along_curve(motion: SourceMotion, points_m: Array) -> SourceMotion:
    """The motion along a curve over the ground, points (K, 3) in metres, whose heights don't count.

    The length that the hips have gone, sway left out, is laid along the curve from its beginning; past its end it goes
    straight on. In each frame the character is turned and moved as a whole; then the legs reach for the places where
    feet stand. AddonError where the curve has no length.
    """
    way = smoothed(hip_centers_m(motion)[:, _GROUND], _WAY_SECONDS * motion.fps)
    gone = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(way, axis=0), axis=-1))])
    places, toward = _along(np.asarray(points_m, dtype=np.float64)[:, _GROUND], gone)
    turns = np.unwrap(toward - _headings(way, motion.fps))
    turns = smoothed(turns[:, None], _WAY_SECONDS * motion.fps / 2.0)[:, 0]
    bent = moved(motion, turns, _raised(way), _raised(places))
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
