"""From an armature at rest to the rig that the mathematics of retargeting works on."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ..retarget.rig import Follow, Rig, RigBone
from ..retarget.rotations import Array
from .armature import RestArmature
from .body import Arm, Body, Leg
from .presets import Switch, find_preset
from .topology import find_body


def detect(armature: RestArmature) -> tuple[Rig, tuple[Switch, ...]]:
    """The rig and the switches its controls need; NotHumanoidError where the armature is no humanoid.

    A family of control rigs is recognised by its controls, anything else by its shape.
    """
    preset = find_preset(armature)
    if preset is None:
        return _rig(armature, find_body(armature)), ()
    return _rig(armature, preset.body(armature)), preset.switches


def _rig(armature: RestArmature, body: Body) -> Rig:
    bones: list[RigBone] = []
    for name, parent, role, follow in _mapped(body):
        index = armature.index(name)
        bones.append(
            RigBone(
                name=name,
                role=role,
                parent=next((i for i, bone in enumerate(bones) if bone.name == parent), -1),
                follow=follow,
                head=body.axes.vectors_to_motion(armature.heads[index]),
                end=body.axes.vectors_to_motion(_end(armature, index, role)),
                orientation=body.axes.orientations_to_motion(armature.orientations[index]),
            )
        )
    return Rig(bones=tuple(bones), axes=body.axes, family=body.family)


def _mapped(body: Body) -> Iterator[tuple[str, str | None, str, Follow]]:
    """Name, parent, role and source of every mapped bone, parents first."""
    yield body.pelvis, None, "pelvis", Follow("pelvis")
    below = body.pelvis
    for i, name in enumerate(body.spine):
        yield name, below, "spine", _share(("pelvis", "spine1", "spine2", "spine3"), (i + 1) / len(body.spine))
        below = name
    chest = below
    for i, name in enumerate(body.neck):
        yield name, below, "neck", _share(("spine3", "neck"), (i + 1) / len(body.neck))
        below = name
    if body.head is not None:
        yield body.head, below, "head", Follow("head")
    for side, arm in (("left", body.left_arm), ("right", body.right_arm)):
        yield from _mapped_arm(side, arm, chest)
    for side, leg in (("left", body.left_leg), ("right", body.right_leg)):
        yield from _mapped_leg(side, leg, body.pelvis)


def _mapped_arm(side: str, arm: Arm, chest: str) -> Iterator[tuple[str, str | None, str, Follow]]:
    if arm.clavicle is not None:
        yield arm.clavicle, chest, f"{side}_collar", Follow(f"{side}_collar")
    yield arm.upper_arm, arm.clavicle or chest, f"{side}_shoulder", Follow(f"{side}_shoulder")
    yield arm.forearm, arm.upper_arm, f"{side}_elbow", Follow(f"{side}_elbow")
    if arm.hand is not None:
        yield arm.hand, arm.forearm, f"{side}_wrist", Follow(f"{side}_wrist")


def _mapped_leg(side: str, leg: Leg, pelvis: str) -> Iterator[tuple[str, str | None, str, Follow]]:
    yield leg.thigh, pelvis, f"{side}_hip", Follow(f"{side}_hip")
    yield leg.shin, leg.thigh, f"{side}_knee", Follow(f"{side}_knee")
    yield leg.foot, leg.shin, f"{side}_ankle", Follow(f"{side}_ankle")
    if leg.toe is not None:
        yield leg.toe, leg.foot, f"{side}_foot", Follow(f"{side}_foot")


def _share(joints: tuple[str, ...], place: float) -> Follow:
    """The joints of a chain spread evenly over 0..1: which two of them `place` lies between, and how far along."""
    position = place * (len(joints) - 1)
    first = min(int(position + 1e-9), len(joints) - 2)
    return Follow(joints[first], joints[first + 1], round(position - first, 9))


def _end(armature: RestArmature, index: int, role: str) -> Array:
    """Where a bone ends: the next joint of the body, for a hand the middle of its fingers' roots, else its tail.

    An importer guesses tails where a format has joints only, so joints are trusted more.
    """
    children = armature.children[index]
    if role.endswith("wrist") and children:
        fingers = armature.heads[[child for child in children if len(armature.main_chains[child]) > 1] or [*children]]
        return np.asarray(fingers.mean(axis=0), dtype=np.float64)
    chain = armature.main_chains[index]
    length = float(np.linalg.norm(armature.tails[index] - armature.heads[index]))
    if role.endswith(("ankle", "foot")) and len(chain) > 1:
        child = armature.heads[chain[1]]
        if np.linalg.norm(child - armature.heads[index]) > 0.3 * length:
            return child
    return armature.tails[index]
