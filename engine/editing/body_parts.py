"""Parts of the body by name, as a caller lists what a change must leave alone."""

from __future__ import annotations

from collections.abc import Sequence

from engine.errors import UserError
from engine.motion.skeleton import BODY


def _limb(side: str, joints: Sequence[str]) -> tuple[str, ...]:
    return tuple(f"{side}_{joint}" for joint in joints)


_ARM, _LEG = ("collar", "shoulder", "elbow", "wrist"), ("hip", "knee", "ankle", "foot")
_TORSO, _HEAD = ("spine1", "spine2", "spine3"), ("neck", "head")

GROUPS: dict[str, tuple[str, ...]] = {
    "upper_body": (*_TORSO, *_HEAD, *_limb("left", _ARM), *_limb("right", _ARM)),
    "lower_body": ("pelvis", *_limb("left", _LEG), *_limb("right", _LEG)),
    "left_arm": _limb("left", _ARM),
    "right_arm": _limb("right", _ARM),
    "left_leg": _limb("left", _LEG),
    "right_leg": _limb("right", _LEG),
    "torso": _TORSO,
    "head": _HEAD,
}
"""Names that stand for several joints of BODY. The pelvis, which carries the root's path, belongs to the lower body."""


def kept_joints(names: Sequence[str]) -> frozenset[int]:
    """Indices in BODY of the joints that `names`, of joints and groups, list; UserError for one that is unknown.

    Keeping every joint is refused, as nothing would be left to change.
    """
    joints: set[int] = set()
    for name in names:
        if name not in GROUPS and name not in BODY.joint_names:
            raise UserError(
                f"There is no joint “{name[:80]}”; keep joints of {', '.join(BODY.joint_names)}, or the groups "
                f"{', '.join(GROUPS)}."
            )
        joints.update(BODY.index(joint) for joint in GROUPS.get(name, (name,)))
    if len(joints) == len(BODY.joint_names):
        raise UserError("Every joint would be kept, and nothing made anew; keep fewer.")
    return frozenset(joints)
