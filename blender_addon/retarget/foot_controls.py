"""Legs by their feet: what a rig's IK controls must do so that its legs do what was worked out bone by bone.

All in armature space. With the turn T of a bone out of its rest pose, a control that carries the foot turns as the foot
does, about the ankle; a pole stays where it is at rest, seen from the knee and the plane in which the knee bends.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from .rig import Rig
from .rotations import Array, normalize, turn
from .transfer import RigMotion

_STRAIGHT = 0.08  # the sine of a bend below which a knee has hardly a plane, and the sideways axis of the thigh helps


@dataclass(frozen=True, eq=False)
class Control:
    """A control at rest: head (3,) and orientation (3, 3) in armature space."""

    name: str
    head: Array
    orientation: Array


@dataclass(frozen=True, eq=False)
class FootControls:
    """The IK controls of one leg. replaced: the bones that are not keyed any more, for the controls move them."""

    side: str
    foot: Control
    pole: Control | None
    toe: Control | None
    replaced: frozenset[str]


def by_foot_controls(motion: RigMotion, rig: Rig, legs: Sequence[FootControls]) -> RigMotion:
    """The motion, its bones those of `rig`, with the feet's controls in place of the legs' bones."""
    axes = rig.axes.matrix
    rest = np.stack([axes @ bone.orientation for bone in rig.bones])
    heads = np.stack([axes @ bone.head for bone in rig.bones])
    turns = motion.orientations @ np.swapaxes(rest, -1, -2)
    replaced = frozenset().union(*(leg.replaced for leg in legs))
    kept = [i for i, name in enumerate(motion.bone_names) if name not in replaced]
    names = [motion.bone_names[i] for i in kept]
    orientations = [motion.orientations[:, i] for i in kept]
    places, points = dict(motion.places), set(motion.points)
    for leg in legs:
        bones = [_bone(rig, f"{leg.side}_{joint}") for joint in ("hip", "knee", "ankle")]
        joints = _joints(turns, heads, motion.places[rig.bones[0].name], bones)
        ankle = bones[2]
        names.append(leg.foot.name)
        orientations.append(turns[:, ankle] @ leg.foot.orientation)
        places[leg.foot.name] = joints[2] + turn(turns[:, ankle], leg.foot.head - heads[ankle])
        toe = rig.find(f"{leg.side}_foot")
        if leg.toe is not None and toe is not None:
            names.append(leg.toe.name)
            orientations.append(turns[:, toe] @ leg.toe.orientation)
        if leg.pole is not None:
            leftward = axes[:, 0]
            plane = _plane(joints, turn(turns[:, bones[0]], leftward))
            at_rest = _plane([head[None] for head in heads[bones]], leftward[None])
            names.append(leg.pole.name)
            orientations.append(np.broadcast_to(leg.pole.orientation, (len(motion), 3, 3)))
            places[leg.pole.name] = joints[1] + turn(plane @ at_rest[0].T, leg.pole.head - heads[bones[1]])
            points.add(leg.pole.name)
    return replace(
        motion,
        bone_names=tuple(names),
        orientations=np.stack(orientations, axis=1),
        places=places,
        points=frozenset(points),
    )


def _bone(rig: Rig, role: str) -> int:
    index = rig.find(role)
    if index is None:
        raise ValueError(f"the rig has no {role}")
    return index


def _joints(turns: Array, heads: Array, pelvis: Array, chain: Sequence[int]) -> list[Array]:
    """(N, 3) for each bone of a chain below the pelvis: p_b = p_parent + T_parent · (head_b − head_parent)."""
    found, parent, place = [], 0, pelvis
    for bone in chain:
        place = place + turn(turns[:, parent], heads[bone] - heads[parent])
        found.append(place)
        parent = bone
    return found


def _plane(joints: Sequence[Array], sideways: Array) -> Array:
    """(N, 3, 3) a frame of the knee's plane: from hip to ankle, across the plane, and the way the knee points."""
    hip, knee, ankle = joints
    along = normalize(ankle - hip)
    bend = np.cross(normalize(knee - hip), normalize(ankle - knee))
    doubt = np.exp(-np.sum(bend**2, axis=-1, keepdims=True) / _STRAIGHT**2)
    across = bend + _STRAIGHT * doubt * sideways
    across = normalize(across - np.sum(across * along, axis=-1, keepdims=True) * along)
    return np.stack([along, across, np.cross(along, across)], axis=-1)
