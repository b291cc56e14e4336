"""Limbs under an object scale that differs along its axes, which slants every bone that is not along one of them."""

from __future__ import annotations

from .rig import Rig
from .rotations import Array, between, turn

_LIMBS = (("shoulder", "elbow"), ("elbow", "wrist"), ("hip", "knee"), ("knee", "ankle"))


def stretch_limbs(rig: Rig, turns: Array, by: Array) -> Array:
    """Turns (N, B, 3, 3) with each limb laid from where it points, d, to by · d, where `by` is (3, 3).

    With the inverse of the rig's stretch, limbs point where they shall once the object's scale has slanted them; with
    the stretch itself, they point where they are seen to.
    """
    turns = turns.copy()
    for side in ("left", "right"):
        for role, following in _LIMBS:
            bone, next_bone = rig.find(f"{side}_{role}"), rig.find(f"{side}_{following}")
            if bone is not None:
                end = rig.bones[bone].end if next_bone is None else rig.bones[next_bone].head
                along = turn(turns[:, bone], end - rig.bones[bone].head)
                turns[:, bone] = between(along, turn(by, along)) @ turns[:, bone]
    return turns
