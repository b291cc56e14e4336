"""Soles above the floor: feet and toes turned up by what of them would go through it. In the motion's axes.

Where a rig has a mesh, its own sole counts, heel, tip and edges, else the ball of the foot and the ends of its bones.
"""

from __future__ import annotations

import numpy as np

from .rig import Rig
from .rotations import Array, about_axis, normalize, turn

_LEVEL = np.array([1.0, 0.0, 1.0])
_UP = np.array([0.0, 1.0, 0.0])
_DEEP = 0.05  # as a share of the foot: how far a point has to be under the floor for all of it to be tilted away
_ROUNDS, _MOST = 4, 0.3  # raising one point of a sole lowers others; radians in one round
_GIVES = 0.01  # as a share of the leg: by how much a sole may sink before its foot is turned for it


def stand_level(rig: Rig, side: str, turns: Array, stands: Array) -> None:
    """Roll a foot about the way it points until its sole is nearly level, as far as it stands; its toes go along.

    A mesh's sole is wide: rolled as somebody else's ankle is, one of its edges would be under the ground. turns:
    (N, B, 3, 3), changed. stands: (N,) 0 to 1.
    """
    foot, toe = rig.index(f"{side}_ankle"), rig.find(f"{side}_foot")
    if rig.bones[foot].role not in rig.soles:
        return
    ahead = (rig.bones[foot].end if toe is None else rig.bones[toe].head) - rig.bones[foot].head
    forward = normalize(turn(turns[:, foot], ahead * _LEVEL) * _LEVEL)
    aside = np.sum(turn(turns[:, foot], _UP) * np.cross(_UP, forward), axis=-1)
    roll = np.arcsin(np.clip(aside, -1.0, 1.0))
    half = np.abs((rig.soles[rig.bones[foot].role] - rig.bones[foot].head)[:, 0]).max()
    most = np.arcsin(min(_GIVES * rig.leg_length / max(half, 1e-9), 1.0))
    back = about_axis(forward, stands * (roll - np.clip(roll, -most, most)))
    for bone in (foot, toe):
        if bone is not None:
            turns[:, bone] = back @ turns[:, bone]


def lift_soles(rig: Rig, side: str, turns: Array, ankles: Array) -> None:
    """Turn a foot up whose sole would go through the floor, then its toes, as when a heel rises; in turns (N, B, 3, 3).

    ankles: (N, 3).
    """
    foot, toe = rig.index(f"{side}_ankle"), rig.find(f"{side}_foot")
    ball = rig.bones[foot].end if toe is None else rig.bones[toe].head
    lift = _lift(rig, foot, ball, turns[:, foot], ankles)
    turns[:, foot] = lift @ turns[:, foot]
    if toe is not None:
        root = ankles + turn(turns[:, foot], rig.bones[toe].head - rig.bones[foot].head)
        turns[:, toe] = lift @ turns[:, toe]
        turns[:, toe] = _lift(rig, toe, rig.bones[toe].end, turns[:, toe], root) @ turns[:, toe]


def on_floor(rig: Rig, point: Array) -> Array:
    """(3,) the point of the floor under a point of the rest pose."""
    return np.asarray(point * _LEVEL + rig.floor_height * _UP, dtype=np.float64)


def dipping(tilt: Array, width: Array, arms: Array, heights: Array) -> Array:
    """(…) how much of a tilt (…) about a level axis (…, 3) brings the ends of `arms` (…, 3) under the floor.

    The floor lies `heights` (…) below the arms' roots. The end of an arm v comes to the height v_y cos θ +
    (width × v)_y sin θ, a cosine about the tilt at which it points up.
    """
    across = np.cross(width, arms)[..., 1]
    up, reach = np.arctan2(across, arms[..., 1]), np.maximum(np.hypot(across, arms[..., 1]), 1e-9)
    allowed = np.arccos(np.clip(-heights / reach, -1.0, 1.0))
    # A foot that points down, or a little back, has tipped forward on its way there, and goes back that way, but not
    # all at once.
    tipped = np.mod(tilt - up + np.pi / 2.0, 2.0 * np.pi) - np.pi / 2.0
    deep = np.clip(-(heights / reach + np.cos(tipped)) / _DEEP, 0.0, 1.0)
    return np.asarray(deep * (tipped - np.clip(tipped, -allowed, allowed)), dtype=np.float64)


def _lift(rig: Rig, bone: int, end: Array, turns: Array, heads: Array) -> Array:
    """(N, 3, 3) what raises a bone's end, and the sole under it, to the floor; heads: (N, 3) where the bone begins.

    First a tilt about the foot's own width, then what its edges still need.
    """
    arms = np.stack([on_floor(rig, end), end]) - rig.bones[bone].head
    heights = np.repeat((heads[:, 1] - rig.floor_height)[:, None], 2, axis=1)
    sole = rig.soles.get(rig.bones[bone].role)
    if sole is not None:
        below = sole - rig.bones[bone].head
        # A foot that is lower than flat on the floor has no turn in which none of its sole is under it.
        allowed = np.maximum(heights[:, :1], -below[:, 1].min()) + _GIVES * rig.leg_length
        arms = np.concatenate([arms, below])
        heights = np.concatenate([heights, np.repeat(allowed, len(below), axis=1)], axis=1)
    width = normalize(turn(turns, np.array([1.0, 0.0, 0.0])) * _LEVEL)
    reached = np.einsum("nij,kj->nki", turns, arms * [0.0, 1.0, 1.0])  # a tilt is no help against a roll
    ahead = np.where(arms[:, 2] >= 0.0, 1.0, -1.0)  # a heel tips backward on its way down
    dips = ahead * dipping(np.zeros(heights.shape), ahead[:, None] * width[:, None], reached, heights)
    lift = about_axis(width, -np.maximum(dips.max(axis=1), 0.0) - np.minimum(dips.min(axis=1), 0.0))
    frames = np.arange(len(turns))
    for _ in range(_ROUNDS):
        reached = np.einsum("nij,kj->nki", lift @ turns, arms)
        lowest = np.argmin(reached[..., 1] + heights, axis=1)
        lift = _raised(reached[frames, lowest], heights[frames, lowest]) @ lift
    return lift


def _raised(arms: Array, heights: Array) -> Array:
    """(N, 3, 3) what turns the ends of `arms` (N, 3), where they are lower, up to `heights` (N,) under their roots."""
    lengths = np.maximum(np.linalg.norm(arms, axis=-1), 1e-9)
    slopes = np.arcsin(np.clip(arms[:, 1] / lengths, -1.0, 1.0))
    lowest = np.arcsin(np.clip(-heights / lengths, -1.0, 1.0))
    return about_axis(normalize(np.cross(arms, _UP)), np.clip(lowest - slopes, 0.0, _MOST))
