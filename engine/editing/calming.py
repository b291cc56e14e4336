"""The root sets out from a border no more suddenly than it moves beyond it: its way and turn first go on, then change.

A piece whose pose and velocity fit its borders may still begin with a jerk, as when a body that stands is in full run a
frame later. What is too sudden in the two bends at a border, second differences over the first two frames inside, is
taken away; the frames after it make up for that. A piece too short for it takes the way that bends least.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from engine.editing.fading import Frames, fading
from engine.editing.rotation_vectors import from_rotation_vector, to_rotation_vector
from engine.motion import rotations
from engine.motion.foot_lock import with_signs_of
from engine.motion.motion import Motion
from engine.motion.rotations import Array

NEAR_S = 0.3
"""So much of the known motion beyond a border shows how suddenly the body moves there."""
_M_S2, _RAD_S2 = 4.6, 16.0
"""A body that moves calmly may set out like this: half a free fall, 1.6 degrees from frame to frame at 24 fps."""
_REACH_OF_TRAVEL_S, _REACH_S = 0.6, 0.4
"""So long it takes to make up for what was taken away: over the ground there is time, for height and turn less."""
_LEVEL, _UP = np.array([1.0, 0.0, 1.0]), np.array([0.0, 1.0, 0.0])
_FEWEST_KNOWN, _FEWEST_MADE = 3, 5
"""Fewer known frames do not tell how the body moves, fewer made ones leave no way to make up for it."""
_SHORT_S = 0.3
"""A piece between two borders that is no longer than this has no way of its own."""


def calmed(piece: Motion, before: Motion | None, after: Motion | None) -> Motion:
    """`piece`, whose root sets out from the frames `before` it, and comes to those `after` it, without a jerk.

    Either may be None, where nothing is joined, or of too few frames to tell how the body moves: nothing changes there.
    """
    if before is not None and after is not None and len(piece) <= _SHORT_S * piece.fps:
        return _bridging(piece, before, after)
    inwards = np.arange(len(piece))
    if before is not None:
        piece = _calmed(piece, inwards, before, np.arange(len(before))[::-1])
    if after is not None:
        piece = _calmed(piece, inwards[::-1], after, np.arange(len(after)))
    return piece


def _calmed(piece: Motion, inwards: Frames, known: Motion, outwards: Frames) -> Motion:
    """`piece` calmed at one border: `inwards` its frames, `outwards` those of `known`, each from the border on."""
    if len(known) < _FEWEST_KNOWN or len(piece) < _FEWEST_MADE:
        return piece
    points = np.concatenate([known.root_translation_m[outwards][::-1], piece.root_translation_m[inwards[:2]]])
    local = np.concatenate([known.local_rotations_wxyz[outwards, 0][::-1], piece.local_rotations_wxyz[inwards[:2], 0]])
    away, travel = _too_sudden(_bends(points), _M_S2 / piece.fps**2), _REACH_OF_TRAVEL_S * piece.fps
    turn, reach = _too_sudden(_turns(local), _RAD_S2 / piece.fps**2), _REACH_S * piece.fps
    offsets, turns = np.zeros((len(piece), 3)), np.zeros((len(piece), 3))
    offsets[inwards] = _withdrawal(away * _LEVEL, len(piece), travel) + _withdrawal(away * _UP, len(piece), reach)
    turns[inwards] = _withdrawal(turn, len(piece), reach)
    rotated = piece.local_rotations_wxyz.copy()
    rotated[:, 0] = rotations.multiply(rotated[:, 0], from_rotation_vector(turns))
    return replace(piece, local_rotations_wxyz=rotated, root_translation_m=piece.root_translation_m + offsets)


def _bridging(piece: Motion, before: Motion, after: Motion) -> Motion:
    """`piece` whose root takes the way and the turn that bend least between the frames `before` and `after` it."""
    if min(len(before), len(after)) < 2:
        return piece
    root = np.concatenate([before.root_translation_m[-2:], after.root_translation_m[:2]])
    local = np.concatenate([before.local_rotations_wxyz[-2:, 0], after.local_rotations_wxyz[:2, 0]])
    turns = _least_bent(to_rotation_vector(rotations.multiply(rotations.inverse(local[1]), local)), len(piece))
    rotated = piece.local_rotations_wxyz.copy()
    rotated[:, 0] = with_signs_of(rotated[:, 0], rotations.multiply(local[1], from_rotation_vector(turns)))
    return replace(piece, local_rotations_wxyz=rotated, root_translation_m=_least_bent(root, len(piece)))


def _least_bent(ends: Array, frames: int) -> Array:
    """(frames, 3) points between the first two and the last two of `ends` (4, 3), least squares of all their bends."""
    bends = np.diff(np.eye(frames + 4), n=2, axis=0)
    known = np.concatenate([bends[:, :2], bends[:, -2:]], axis=1)
    return np.asarray(np.linalg.lstsq(bends[:, 2:-2], -known @ ends, rcond=None)[0])


def _too_sudden(bends: Array, calm: float) -> Array:
    """(2, 3) what of the last two `bends` (n, 3) is longer than `calm` and than all others."""
    lengths = np.linalg.norm(bends, axis=-1)
    most = np.max(lengths[:-2], initial=calm)
    return np.asarray(bends[-2:] * (1.0 - np.minimum(1.0, most / np.maximum(lengths[-2:], 1e-12)))[:, None])


def _withdrawal(bends: Array, frames: int, reach: float) -> Array:
    """A curve (frames, 3) that takes `bends` (2, 3) away from the first two second differences, and fades."""
    first = -bends[0]
    second = 2.0 * first - bends[1]
    rest = fading(np.arange(1, frames - 1), np.stack([second, first, np.zeros(3)]), reach, reach)
    return np.concatenate([first[None], second[None], rest])


def _bends(points: Array) -> Array:
    """(n − 2, 3) how far `points` (n, 3) are from where the two before would lead."""
    return np.asarray(np.diff(points, n=2, axis=0))


def _turns(wxyz: Array) -> Array:
    """(n − 2, 3) rotation vectors to rotations (n, 4) from where the two before would lead."""
    foretold = rotations.multiply(rotations.multiply(wxyz[1:-1], rotations.inverse(wxyz[:-2])), wxyz[1:-1])
    return to_rotation_vector(rotations.multiply(rotations.inverse(foretold), wxyz[2:]))
