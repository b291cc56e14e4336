"""What each control's parent space hangs on, found by moving the controls and looking.

A pose is composed from the root down: pose = space · basis, with the keyed channels in `basis`. Between two controls
may lie plain bones, switched-off inheritance or a control rig's whole mechanism; what matters is only that the space
turns with one of the other controls, or stays part of the way between two, and is carried by one of them, or by none:

    R_space = R_a · slerp(1, R_aᵀ · R_b · K, weight) · turn,   K = rest_bᵀ · rest_a
    p_space = p_c + R_c · place

A few random poses show which. Where no control explains a space, there is no attachment, and the caller has to ask
Blender frame by frame.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import permutations
from typing import Any

import numpy as np
from mathutils import Matrix

from ..retarget.rotations import Array, about_axis, from_matrix, normalize, slerp, to_matrix, turn
from .local_location import location_axes, within_space

_PROBES = 3
_LARGEST_TURN = 0.5  # radians; enough to tell controls apart, little enough to stay within usual limits
_TOLERANCE = 3e-4  # radians, and shares of the armature's size

EvaluatePoses = Callable[[], Array]
"""Returns (B, 4, 4): the poses of all controls as their channels stand now."""


@dataclass(frozen=True, eq=False)
class Attachment:
    """The parent space of one control; a, b and c are indices of controls before it, None the armature itself.

    a, b, weight, link (K), turn: see above; without b the space turns with a. c, place: what carries it.
    """

    a: int | None
    b: int | None
    weight: float
    link: Array
    turn: Array
    c: int | None
    place: Array

    def orientation(self, orientations: Sequence[Array]) -> Array:
        """(N, 3, 3) of the space, from those (N, 3, 3) of the controls before."""
        first = np.eye(3)[None] if self.a is None else orientations[self.a]
        if self.b is None:
            return np.asarray(first @ self.turn)
        apart = np.swapaxes(first, -1, -2) @ orientations[self.b] @ self.link
        return np.asarray(first @ _part_of(apart, self.weight) @ self.turn)

    def position(self, orientations: Sequence[Array], positions: Sequence[Array]) -> Array:
        """(N, 3) of the space, from those of the controls before."""
        if self.c is None:
            return self.place[None]
        return positions[self.c] + turn(orientations[self.c], self.place)


def find_attachments(pose_bones: list[Any], evaluate: EvaluatePoses) -> list[Attachment] | None:
    """The attachment of each control, or None where one of them moves in another way. The controls' channels change."""
    random = np.random.default_rng(0)
    size = max(bone.bone.matrix_local.translation.length for bone in pose_bones) or 1.0
    kept = np.array([Matrix.LocRotScale(bone.location, None, bone.scale) for bone in pose_bones])
    axes = np.array([location_axes(bone) for bone in pose_bones])
    poses, spaces = [], []
    for _ in range(_PROBES):
        bases = kept @ _random_turns(random, len(pose_bones))
        bases[:, :3, 3] += random.uniform(-0.05 * size, 0.05 * size, size=(len(pose_bones), 3))
        for i, bone in enumerate(pose_bones):
            if bone.bone.use_connect:
                bases[i, :3, 3] = 0.0
            bone.matrix_basis = Matrix(bases[i])
        evaluated = evaluate()
        poses.append(evaluated)
        spaces.append(evaluated @ np.linalg.inv(within_space(bases, axes)))
    moved, seen = np.array(poses), np.array(spaces)
    moved[..., :3, :3] /= np.linalg.norm(moved[..., :3, :3], axis=-2, keepdims=True)
    rest = np.array([bone.bone.matrix_local.to_3x3() for bone in pose_bones])
    found = [_attachment(moved, seen, rest, i, size) for i in range(len(pose_bones))]
    complete = [attachment for attachment in found if attachment is not None]
    return complete if len(complete) == len(found) else None


def _random_turns(random: np.random.Generator, count: int) -> Array:
    turns = np.tile(np.eye(4), (count, 1, 1))
    axes = normalize(random.normal(size=(count, 3)))
    turns[:, :3, :3] = about_axis(axes, random.uniform(0.3, 1.0, size=count) * _LARGEST_TURN)
    return turns


def _attachment(poses: Array, spaces: Array, rest: Array, i: int, size: float) -> Attachment | None:
    """What the space of control i shares its movement with; poses, spaces: (K, B, 4, 4), rest: (B, 3, 3)."""
    candidates: list[int | None] = [None, *range(i)]
    places = {c: _seen_from(poses, c, spaces[:, i, :3, 3]) for c in candidates}
    c = min(places, key=lambda each: _change(places[each]))
    if _change(places[c]) > _TOLERANCE * size:
        return None
    turns = {a: np.swapaxes(_turns_of(poses, a), -1, -2) @ spaces[:, i, :3, :3] for a in candidates}
    a = min(turns, key=lambda each: _change(turns[each]))
    if _change(turns[a]) < _TOLERANCE:
        own = turns[a].mean(axis=0)
        if np.abs(own @ own.T - np.eye(3)).max() > _TOLERANCE:
            return None  # a space that is scaled along slanted axes is no rotation
        return Attachment(a, None, 0.0, np.eye(3), own, c, places[c].mean(axis=0))
    mixed = _mixture(poses, spaces[:, i, :3, :3], rest, i)
    return None if mixed is None else Attachment(*mixed, c, places[c].mean(axis=0))


def _turns_of(poses: Array, control: int | None) -> Array:
    return np.tile(np.eye(3), (len(poses), 1, 1)) if control is None else poses[:, control, :3, :3]


def _seen_from(poses: Array, control: int | None, points: Array) -> Array:
    if control is None:
        return points
    return turn(np.swapaxes(poses[:, control, :3, :3], -1, -2), points - poses[:, control, :3, 3])


def _change(values: Array) -> float:
    return float(np.ptp(values, axis=0).max())


def _mixture(
    poses: Array, space_turns: Array, rest: Array, i: int
) -> tuple[int | None, int | None, float, Array, Array] | None:
    """a, b, weight, K and turn of a space that stays between two controls, as “follow” sliders have it."""
    for a, b in permutations((None, *range(i)), 2):
        if b is None:
            continue
        rest_a = np.eye(3) if a is None else rest[a]
        link, own = rest[b].T @ rest_a, rest_a.T @ rest[i]
        first = _turns_of(poses, a)
        apart = np.swapaxes(first, -1, -2) @ poses[:, b, :3, :3] @ link
        done = np.swapaxes(first, -1, -2) @ space_turns @ own.T
        weight = float(np.median(_angles(done) / np.maximum(_angles(apart), 1e-6)))
        if 0.0 < weight < 1.0 and np.abs(_part_of(apart, weight) - done).max() < 3.0 * _TOLERANCE:
            return a, b, weight, link, own
    return None


def _angles(rotations: Array) -> Array:
    return np.arccos(np.clip((np.trace(rotations, axis1=-2, axis2=-1) - 1.0) / 2.0, -1.0, 1.0))


def _part_of(rotations: Array, weight: float) -> Array:
    """(N, 3, 3) each rotation, only `weight` of the way."""
    whole = from_matrix(rotations)
    none = np.broadcast_to([1.0, 0.0, 0.0, 0.0], whole.shape)
    return to_matrix(slerp(none, whole, np.full(whole.shape[:-1], weight)))
