"""A motion whose way over the ground is bent to a path, its standing feet still standing. No bpy here.

With the motion's own way w(t), run through to the length s(t), and the path c with its heading, each frame is turned by
θ(t) = heading of c at s(t) − heading of w at t about w(t) and put onto c(s(t)). That turns a standing foot along with
the body; each foot is therefore held, as long as it stands, where the middle of its stand puts it, and its leg follows.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np

from ..errors import AddonError
from ..retarget.edits import hip_centers_m, moved
from ..retarget.rotations import Array, about_axis, from_matrix, turn
from ..retarget.source import SourceMotion
from ..retarget.two_bone import solve_leg
from .reshaping import smoothed

_WAY_SECONDS, _HEADING_SECONDS = 0.5, 0.25
_SLOWEST_M_S = 0.15
"""A body that goes slower than this has no direction of its own."""
_REACH = 0.9995
_LEVEL = np.array([1.0, 0.0, 1.0])
_UP = np.array([0.0, 1.0, 0.0])


def followed(motion: SourceMotion, path_m: Array) -> SourceMotion:
    """The motion along a path (P, 3), metres in the motion's axes; heights don't matter.

    Beyond the path's end it goes straight on. AddonError where either does not go anywhere.
    """
    way = smoothed(hip_centers_m(motion), round(_WAY_SECONDS * motion.fps)) * _LEVEL
    run = _lengths(way)
    path = _without_repeats(path_m * _LEVEL)
    if run[-1] < 0.5:
        raise AddonError("This motion stays in its place; only one that goes somewhere can follow a path.")
    if len(path) < 2:
        raise AddonError("The path has no length; draw a longer curve.")
    places, headings = _along(path, run)
    yaw = np.unwrap(headings - _headings(way, motion.fps))
    yaw = smoothed(yaw[:, None], round(_HEADING_SECONDS * motion.fps))[:, 0]
    bent = moved(motion, yaw, way, places)
    for side in ("left", "right"):
        bent = _held(motion, bent, side, yaw, way, places)
    return bent


def _lengths(points: Array) -> Array:
    """(P,) how long the way is up to each point."""
    return np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(points, axis=0), axis=-1))])


def _without_repeats(points: Array) -> Array:
    apart = np.linalg.norm(np.diff(points, axis=0), axis=-1) > 1e-6
    return points[np.concatenate([[True], apart])]


def _along(path: Array, run: Array) -> tuple[Array, Array]:
    """Places (N, 3) and headings (N,) of a path at the lengths `run`."""
    lengths = _lengths(path)
    steps = np.diff(path, axis=0)
    straight_on = path[-1] + steps[-1] / np.linalg.norm(steps[-1]) * max(run[-1] - lengths[-1], 0.0)
    places = np.stack([np.interp(run, lengths, path[:, axis]) for axis in range(3)], axis=-1)
    beyond = run > lengths[-1]
    share = (run[beyond] - lengths[-1]) / max(run[-1] - lengths[-1], 1e-9)
    places[beyond] = path[-1] + share[:, None] * (straight_on - path[-1])
    middles = (lengths[1:] + lengths[:-1]) / 2.0
    return places, np.interp(run, middles, np.unwrap(np.arctan2(steps[:, 0], steps[:, 2])))


def _headings(way: Array, fps: float) -> Array:
    """(N,) where a way leads; while it stands still, where it led before, and at the start where it will lead."""
    steps = np.gradient(way, axis=0)
    going = np.flatnonzero(np.linalg.norm(steps, axis=-1) * fps > _SLOWEST_M_S)
    if not len(going):
        going = np.array([int(np.argmax(np.linalg.norm(steps, axis=-1)))])
    known = np.unwrap(np.arctan2(steps[going, 0], steps[going, 2]))
    return np.interp(np.arange(len(way)), going, known)


def _held(motion: SourceMotion, bent: SourceMotion, side: str, yaw: Array, way: Array, places: Array) -> SourceMotion:
    """The bent motion with one leg reaching for where its foot stands."""
    hip, knee, ankle, toe = (bent.index(f"{side}_{joint}") for joint in ("hip", "knee", "ankle", "foot"))
    column = 0 if side == "left" else 2
    stands = _stretches(motion.foot_contacts[:, column : column + 2].max(axis=-1) > 0.5)
    if not stands:
        return bent
    holding = np.zeros(len(yaw), dtype=int)
    for start, end in stands:
        holding[start:end] = (start + end - 1) // 2
    own, level = motion.positions_m[:, ankle], bent.positions_m[:, ankle]
    held = turn(about_axis(_UP, yaw[holding]), own - way[holding]) + places[holding]
    shift = _eased_between(held * _LEVEL - level * _LEVEL, stands)
    turned = about_axis(_UP, _eased_between((yaw[holding] - yaw)[:, None], stands)[:, 0])
    rotations = bent.global_rotations.copy()
    heads = tuple(bent.positions_m[:, joint] for joint in (hip, knee, ankle))
    rotations[:, hip], rotations[:, knee] = solve_leg(
        heads, level + shift, rotations[:, hip], rotations[:, knee], _REACH
    )
    for joint in (ankle, toe):
        rotations[:, joint] = turned @ rotations[:, joint]
    local = bent.local_rotations_wxyz.copy()
    for joint in (hip, knee, ankle, toe):
        parent = rotations[:, bent.parents[joint]]
        local[:, joint] = from_matrix(np.swapaxes(parent, -1, -2) @ rotations[:, joint])
    return replace(bent, local_rotations_wxyz=local)


def _stretches(down: Array) -> list[tuple[int, int]]:
    """Where a foot stands: [start, end) of each stretch."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], down, [False]]).astype(int)))
    return list(zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True))


def _eased_between(values: Array, stands: list[tuple[int, int]]) -> Array:
    """(N, C) as they are while a foot stands; in the air they pass from the last to the next, and hold at the ends."""
    eased = values.copy()
    for (_, start), (end, _) in pairwise(stands):
        ease = np.arange(1, end - start + 1) / (end - start + 1)
        ease = (ease * ease * (3.0 - 2.0 * ease))[:, None]
        eased[start:end] = values[start - 1] + ease * (values[end] - values[start - 1])
    eased[: stands[0][0]] = values[stands[0][0]]
    eased[stands[-1][1] :] = values[stands[-1][1] - 1]
    return eased
