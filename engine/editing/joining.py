"""Joining a stretch of motion to frames that stay as they are: place, lead, and bend its ends, never the frames.

Over the ground a stretch is moved and turned as a whole; what it misses its end by is spread over its way. What is left
at a border, a few millimeters and degrees, is added to the first frames inside and fades, pose and velocity both.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np

from engine.editing.fading import Frames, fading
from engine.editing.rotation_vectors import from_rotation_vector, to_rotation_vector
from engine.motion import rotations
from engine.motion.foot_lock import smooth_step, with_signs_of
from engine.motion.motion import Motion
from engine.motion.rotations import Array

_REACH_S = 0.4
"""How far from a border, in seconds, a small correction reaches."""
_REACH_S_PER_RAD = 0.3
"""A larger one reaches further, so that it needs no haste."""
_LONGEST_REACH_S = 1.0
_REACH_OF_SPEED_S, _REACH_OF_TRAVEL_S = 0.3, 0.8
"""A correction of speed takes the body the farther away, the longer it lasts; over the ground it may."""
_SOFT_S, _SOFTNESS_S, _SOFTNESS_OF_WAY_S = 0.35, 0.08, 0.12
"""How far from a border a made motion is smoothed, and over how many seconds (σ of a bell): the joints, and the way of
the whole body, whose weight no step stops at once."""
_LEVEL = np.array([1.0, 0.0, 1.0])
_UP = np.array([0.0, 1.0, 0.0])
_SLOWEST_M_S = 0.3
"""A body that stands still is led away at this pace relative to one that walks: feet that move hide it best."""


@dataclass(frozen=True, eq=False)
class Border:
    """Two frames just outside of a stretch: as they were `made` along with it, and as they are `wanted`."""

    made: Motion
    wanted: Motion


def placed(motion: Motion, frame: int, like: Motion) -> Motion:
    """`motion` moved over the ground and turned about Y, such that its `frame` stands and faces as `like`'s first."""
    turn = rotations.multiply(_heading(like)[0], rotations.inverse(_heading(motion)[frame]))
    return _moved(motion, turn, motion.root_translation_m[frame] * _LEVEL, like.root_translation_m[0] * _LEVEL)


def led(motion: Motion, start: int, end: int, like: Motion) -> Motion:
    """`motion` with its way from frame `start` to `end` bent, such that at `end` it stands and faces as `like`'s first.

    Most of it happens where the body moves anyway, and with no jump in speed at either frame. Later frames follow.
    """
    share = _share_of_way(motion, start, end)
    turn = rotations.multiply(_heading(like)[0], rotations.inverse(_heading(motion)[end]))
    angle = 2.0 * np.arctan2(turn[2], turn[0])
    angle = (angle + np.pi) % (2.0 * np.pi) - np.pi
    turns = rotations.from_axis_angle(_UP, angle * share)
    root = motion.root_translation_m
    steps = rotations.rotate(turns[1:], np.diff(root, axis=0))
    path = root[:1] + np.concatenate([np.zeros((1, 3)), np.cumsum(steps, axis=0)])
    miss = (like.root_translation_m[0] - path[end]) * _LEVEL
    local = motion.local_rotations_wxyz.copy()
    local[:, 0] = rotations.multiply(turns, local[:, 0])
    return replace(motion, local_rotations_wxyz=local, root_translation_m=path + share[:, None] * miss)


def softened(motion: Motion, border: int) -> Motion:
    """`motion` smoothed around frame `border`, where latents meet that were made apart; farther away it stays."""
    reach = math.ceil(_SOFT_S * motion.fps)
    own = slice(max(0, border - reach), min(len(motion), border + reach))
    away = np.abs(np.arange(own.start, own.stop) - border + 0.5) / reach
    share = smooth_step(np.maximum(1.0 - away, 0.0))
    local, root = motion.local_rotations_wxyz.copy(), motion.root_translation_m.copy()
    around = rotations.continuous(local[own])
    smooth = rotations.normalize(around + share[:, None, None] * (_smooth(around, _SOFTNESS_S * motion.fps) - around))
    local[own] = with_signs_of(local[own], smooth)
    root[own] += share[:, None] * (_smooth(root[own], _SOFTNESS_OF_WAY_S * motion.fps) - root[own])
    return replace(motion, local_rotations_wxyz=local, root_translation_m=root)


def joined(piece: Motion, before: Border | None, after: Border | None) -> Motion:
    """`piece`, going on from the frames wanted before it and leading into those wanted after it."""
    frames = len(piece)
    angles, offsets = np.zeros((frames, *piece.local_rotations_wxyz.shape[1:2], 3)), np.zeros((frames, 3))
    if before is not None:
        away, reach = np.arange(1, frames + 1), _reach(piece, before)
        angles += fading(away, _angles(before)[::-1], reach, _REACH_OF_SPEED_S * piece.fps)
        offsets += _fading_offsets(away, _offsets(before)[::-1], reach, piece.fps)
    if after is not None:
        away, reach = np.arange(frames, 0, -1), _reach(piece, after)
        angles += fading(away, _angles(after), reach, _REACH_OF_SPEED_S * piece.fps)
        offsets += _fading_offsets(away, _offsets(after), reach, piece.fps)
    local = rotations.multiply(piece.local_rotations_wxyz, from_rotation_vector(angles))
    if before is not None:
        previous = before.wanted.local_rotations_wxyz[-1:]
        local = rotations.continuous(np.concatenate([previous, local]))[1:]
    return replace(piece, local_rotations_wxyz=local, root_translation_m=piece.root_translation_m + offsets)


def closed(motion: Motion, frames: int) -> Motion:
    """The first `frames` of `motion`, whose further two nearly repeat the first two, so that they do exactly.

    The frame after the last is the first one, where the root has got to by then. The result begins over the origin,
    facing +Z.
    """
    wanted = placed(motion.frames(0, 2), 0, motion.frames(frames, frames + 1))
    border = Border(motion.frames(frames, frames + 2), wanted)
    result = joined(motion.frames(0, frames), None, border)
    facing = rotations.inverse(_heading(result)[0])
    return _moved(result, facing, result.root_translation_m[0] * _LEVEL, np.zeros(3))


def _smooth(values: Array, frames: float) -> Array:
    """(N, ...) each value averaged with its neighbors, weighted by a bell with σ = `frames`; the ends are held."""
    half = max(1, round(2.0 * frames))
    bell = np.exp(-0.5 * (np.arange(-half, half + 1) / frames) ** 2)
    padded = np.pad(values, [(half, half), *[(0, 0)] * (values.ndim - 1)], mode="edge")
    return np.asarray(sum(weight * padded[i : i + len(values)] for i, weight in enumerate(bell / bell.sum())))


def _moved(motion: Motion, turn_wxyz: Array, pivot_m: Array, target_m: Array) -> Motion:
    local = motion.local_rotations_wxyz.copy()
    local[:, 0] = rotations.multiply(turn_wxyz, local[:, 0])
    root = rotations.rotate(turn_wxyz, motion.root_translation_m - pivot_m) + target_m
    return replace(motion, local_rotations_wxyz=local, root_translation_m=root)


def _heading(motion: Motion) -> Array:
    return rotations.heading(motion.local_rotations_wxyz[:, 0])


def _share_of_way(motion: Motion, start: int, end: int) -> Array:
    """(N,) from 0 at frame `start` to 1 at `end`, growing with the way of the root, slowly near both."""
    speed = np.linalg.norm(np.diff(motion.root_translation_m[start : end + 1] * _LEVEL, axis=0), axis=-1) * motion.fps
    middles = (np.arange(end - start) + 0.5) / (end - start)
    bell = smooth_step(np.minimum(1.0, 3.0 * np.minimum(middles, 1.0 - middles)))
    way = np.concatenate([[0.0], np.cumsum((speed + _SLOWEST_M_S) * bell)])
    share = np.ones(len(motion))
    share[:start], share[start : end + 1] = 0.0, way / way[-1]
    return share


def _reach(piece: Motion, border: Border) -> float:
    """How many frames a correction of pose lasts."""
    largest = float(np.linalg.norm(_angles(border), axis=-1).max())
    return min(_REACH_S + _REACH_S_PER_RAD * largest, _LONGEST_REACH_S) * piece.fps


def _fading_offsets(away: Frames, values: Array, reach: float, fps: float) -> Array:
    level = fading(away, values * _LEVEL, reach, _REACH_OF_TRAVEL_S * fps)
    return level + fading(away, values * _UP, reach, _REACH_OF_SPEED_S * fps)


def _angles(border: Border) -> Array:
    """(2, J, 3) rotation vectors in radians, in the made joint's frame, that take the made rotations to the wanted."""
    made, wanted = border.made.local_rotations_wxyz, border.wanted.local_rotations_wxyz
    return to_rotation_vector(rotations.multiply(rotations.inverse(made), wanted))


def _offsets(border: Border) -> Array:
    """(2, 3) from the made root to the wanted."""
    return border.wanted.root_translation_m - border.made.root_translation_m
