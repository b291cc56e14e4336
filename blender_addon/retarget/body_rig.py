"""The motion's own body as a rig, for what is worked out on rigs: its bones stand in the T-pose, unturned."""

from __future__ import annotations

from functools import cache

import numpy as np

from .axes import CharacterAxes
from .body_skeleton import JOINT_NAMES, PARENTS, REST_OFFSETS
from .reverse import RigPose
from .rig import Follow, Rig, RigBone
from .rotations import turn
from .transfer import RigMotion

_ROLES = {"spine1": "spine", "spine2": "spine", "spine3": "spine"}


@cache
def body_rig() -> Rig:
    """A rig with a bone for every joint of the body, in metres."""
    heads = np.zeros_like(REST_OFFSETS)
    for joint, parent in enumerate(PARENTS):
        heads[joint] = REST_OFFSETS[joint] + (heads[parent] if parent >= 0 else 0.0)
    order = _chains_first()
    bones = []
    for joint in order:
        name = JOINT_NAMES[joint]
        child = next((c for c in order if PARENTS[c] == joint), None)
        ahead = np.array([0.0, 0.0, 0.07]) if name.endswith("foot") else REST_OFFSETS[joint] / 2.0
        bones.append(
            RigBone(
                name=name,
                role=_ROLES.get(name, name),
                parent=order.index(PARENTS[joint]) if PARENTS[joint] >= 0 else -1,
                follow=Follow(name),
                head=heads[joint],
                end=heads[joint] + ahead if child is None else heads[child],
                orientation=np.eye(3),
            )
        )
    axes = CharacterAxes.facing(np.array([0.0, 1.0, 0.0]), np.array([0.0, 0.0, 1.0]))
    return Rig(bones=tuple(bones), axes=axes, family="body")


def pose_of(motion: RigMotion, rig: Rig) -> RigPose:
    """What a rig motion shows, in the motion's axes."""
    rest = np.stack([bone.orientation for bone in rig.bones])
    turns = rig.axes.orientations_to_motion(motion.orientations) @ np.swapaxes(rest, -1, -2)
    pelvis = rig.bones[0]
    heads = rig.axes.vectors_to_motion(motion.places[pelvis.name])
    return RigPose(turns, heads + turn(turns[:, 0], rig.hip_center - pelvis.head))


def _chains_first() -> list[int]:
    """The joints, those of a spine in a row before the limbs."""
    trunk = [JOINT_NAMES.index(name) for name in ("pelvis", "spine1", "spine2", "spine3", "neck", "head")]
    return trunk + [joint for joint in range(len(JOINT_NAMES)) if joint not in trunk]
