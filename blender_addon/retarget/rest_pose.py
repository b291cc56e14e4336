"""Rest-pose alignment: the turn that takes each bone of the rig from its own rest pose into the motion's T-pose.

With the turn A_b of bone b, its orientation at rest M_b and the global rotation R_j(t) of the joint it follows,

    target_b(t) = R_j(t) · A_b · M_b

so that where the motion is in its T-pose the rig is in the same T-pose, whatever its own rest pose is.
"""

from __future__ import annotations

import numpy as np

from .rig import Rig
from .rotations import Array, between

_DOWN = np.array([0.0, -1.0, 0.0])
_FORWARD = np.array([0.0, 0.0, 1.0])


def alignments(rig: Rig) -> Array:
    """(B, 3, 3) the turn of each mapped bone.

    Pelvis, spine, neck, head and clavicles keep their rest pose: both bodies stand upright in it, and their bones'
    own slopes are anatomy or an artist's habit. Arms and legs are laid along the motion's; feet only turn about the
    vertical, for it is the sole that has to be level, not the bone.
    """
    turns = np.tile(np.eye(3), (len(rig.bones), 1, 1))
    for side, outward in (("left", np.array([1.0, 0.0, 0.0])), ("right", np.array([-1.0, 0.0, 0.0]))):
        _lay(rig, turns, [f"{side}_shoulder", f"{side}_elbow", f"{side}_wrist"], outward)
        _lay(rig, turns, [f"{side}_hip", f"{side}_knee"], _DOWN, stop=f"{side}_ankle")
        _point_forward(rig, turns, f"{side}_ankle", f"{side}_foot")
    return turns


def _lay(rig: Rig, turns: Array, roles: list[str], direction: Array, stop: str | None = None) -> None:
    """Lay a chain of bones along `direction`, each by the shortest turn from where its parent's turn has left it.

    That bends every joint about its own hinge and adds no twist along the limb.
    """
    turn = np.eye(3)
    for i, role in enumerate(roles):
        index = rig.find(role)
        if index is None:
            return
        bone = rig.bones[index]
        following = rig.find(roles[i + 1] if i + 1 < len(roles) else stop or "")
        end = bone.end if following is None else rig.bones[following].head
        turn = between(turn @ (end - bone.head), direction) @ turn
        turns[index] = turn


def _point_forward(rig: Rig, turns: Array, foot_role: str, toe_role: str) -> None:
    foot, toe = rig.find(foot_role), rig.find(toe_role)
    if foot is None:
        return
    end = rig.bones[foot].end if toe is None else rig.bones[toe].head
    level = (end - rig.bones[foot].head) * np.array([1.0, 0.0, 1.0])
    if np.linalg.norm(level) > 1e-6 * rig.leg_length:
        turns[foot] = between(level, _FORWARD)
        if toe is not None:
            turns[toe] = turns[foot]
