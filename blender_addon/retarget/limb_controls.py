"""Limbs by their ends: what a rig's IK controls must do so that limbs do what was worked out bone by bone.

All in armature space. With the turn T of a bone out of its rest pose, a control that carries a foot or a hand turns as
that does, about the ankle or the wrist; a pole stays where it is at rest, seen from the knee or the elbow and the plane
in which that bends.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from .rest_pose import alignments
from .rig import Rig
from .rotations import Array, normalize, turn
from .transfer import RigMotion

_STRAIGHT = 0.08  # the sine of a bend below which a limb has hardly a plane, and its own hinge helps
_LEFT, _UP = np.array([1.0, 0.0, 0.0]), np.array([0.0, 1.0, 0.0])
_HINGES = {"left_knee": _LEFT, "right_knee": _LEFT, "left_elbow": -_UP, "right_elbow": _UP}
"""About what each joint bends in the T-pose, in the motion's axes."""


@dataclass(frozen=True, eq=False)
class Control:
    """A control at rest: head (3,) and orientation (3, 3) in armature space."""

    name: str
    head: Array
    orientation: Array


@dataclass(frozen=True, eq=False)
class LimbControls:
    """The IK controls of one limb.

    joints: the roles of its three bones, as left_hip, left_knee, left_ankle. end: what carries the foot or the hand.
    replaced: the bones that are not keyed any more, for the controls move them.
    """

    joints: tuple[str, str, str]
    end: Control
    pole: Control | None
    toe: Control | None
    replaced: frozenset[str]


def by_limb_controls(motion: RigMotion, rig: Rig, limbs: Sequence[LimbControls]) -> RigMotion:
    """The motion, its bones those of `rig`, with the limbs' controls in place of their bones."""
    axes = rig.axes.matrix
    rest = np.stack([axes @ bone.orientation for bone in rig.bones])
    turns = motion.orientations @ np.swapaxes(rest, -1, -2)
    places_of = _heads(rig, turns, motion.places[rig.bones[0].name])
    replaced = frozenset().union(*(limb.replaced for limb in limbs))
    kept = [i for i, name in enumerate(motion.bone_names) if name not in replaced]
    names = [motion.bone_names[i] for i in kept]
    orientations = [motion.orientations[:, i] for i in kept]
    places, points = dict(motion.places), set(motion.points)
    for limb in limbs:
        end = rig.index(limb.joints[2])
        names.append(limb.end.name)
        orientations.append(turns[:, end] @ limb.end.orientation)
        head = axes @ rig.bones[end].head
        places[limb.end.name] = places_of[end] + turn(turns[:, end], limb.end.head - head)
        toe = rig.find(limb.joints[2].replace("ankle", "foot"))
        if limb.toe is not None and toe is not None:
            names.append(limb.toe.name)
            orientations.append(turns[:, toe] @ limb.toe.orientation)
        if limb.pole is not None:
            names.append(limb.pole.name)
            orientations.append(np.broadcast_to(limb.pole.orientation, (len(motion), 3, 3)))
            places[limb.pole.name] = _pole(rig, limb, turns, places_of)
            points.add(limb.pole.name)
    return replace(
        motion,
        bone_names=tuple(names),
        orientations=np.stack(orientations, axis=1),
        places=places,
        points=frozenset(points),
    )


def _heads(rig: Rig, turns: Array, pelvis: Array) -> list[Array]:
    """(N, 3) for each bone: p_b = p_parent + T_parent · (head_b − head_parent)."""
    rest = [rig.axes.matrix @ bone.head for bone in rig.bones]
    found = [pelvis]
    for i, bone in enumerate(rig.bones[1:], start=1):
        found.append(found[bone.parent] + turn(turns[:, bone.parent], rest[i] - rest[bone.parent]))
    return found


def _pole(rig: Rig, limb: LimbControls, turns: Array, places: Sequence[Array]) -> Array:
    """(N, 3) where the pole is: seen from the middle joint and its plane, where it is at rest."""
    assert limb.pole is not None
    bones = [rig.index(joint) for joint in limb.joints]
    heads = [rig.axes.matrix @ rig.bones[bone].head for bone in bones]
    hinge = rig.axes.matrix @ alignments(rig)[bones[0]].T @ _HINGES[limb.joints[1]]
    plane = _plane([places[bone] for bone in bones], turn(turns[:, bones[0]], hinge))
    at_rest = _plane([head[None] for head in heads], hinge[None])
    return np.asarray(places[bones[1]] + turn(plane @ at_rest[0].T, limb.pole.head - heads[1]), dtype=np.float64)


def _plane(joints: Sequence[Array], hinge: Array) -> Array:
    """(N, 3, 3) a frame of the limb's plane: from root to end, across the plane, and the way the middle points."""
    root, middle, end = joints
    along = normalize(end - root)
    bend = np.cross(normalize(middle - root), normalize(end - middle))
    doubt = np.exp(-np.sum(bend**2, axis=-1, keepdims=True) / _STRAIGHT**2)
    across = bend + _STRAIGHT * doubt * hinge
    across = normalize(across - np.sum(across * along, axis=-1, keepdims=True) * along)
    return np.stack([along, across, np.cross(along, across)], axis=-1)
