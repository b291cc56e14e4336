"""Which IK controls the limbs of a rig have: those of its bone map, else those that its own constraints name."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ..retarget.limb_controls import Control, LimbControls
from ..rigs.armature import RestArmature
from ..rigs.rig_map import RigMap, Switch

_SIDES = ("left", "right")
_FOLLOWING = {"COPY_ROTATION", "COPY_TRANSFORMS"}


@dataclass(frozen=True)
class LimbKind:
    """Legs or arms: the slots of the three bones, their joints, and the slots of the controls, "" where there is none.

    name: what they end in, for people.
    """

    name: str
    bones: tuple[str, str, str]
    joints: tuple[str, str, str]
    end: str
    pole: str
    toe: str = ""


LEGS = LimbKind("feet", ("thigh", "shin", "foot"), ("hip", "knee", "ankle"), "foot_ik", "knee_ik", "toe_ik")
ARMS = LimbKind("hands", ("upper_arm", "forearm", "hand"), ("shoulder", "elbow", "wrist"), "hand_ik", "elbow_ik")


def find_limb_controls(
    armature_object: Any, rest: RestArmature, rig_map: RigMap, kind: LimbKind, wanted: bool
) -> tuple[LimbControls, ...]:
    """The controls of both limbs of a kind, where they are `wanted` or nothing else moves them; empty without any.

    Bones that an IK constraint holds do nothing of their own, so there it is the controls that are keyed.
    """
    limbs = [_constrained(armature_object, rest, rig_map, kind, side) for side in _SIDES]
    if wanted and any(limb is None for limb in limbs):
        limbs = [_mapped(rest, rig_map, kind, side) for side in _SIDES]
    found = tuple(limb for limb in limbs if limb is not None)
    return found if len(found) == len(_SIDES) else ()


def switches_for(rig_map: RigMap, feet: bool, hands: bool) -> tuple[Switch, ...]:
    """The switches with which limbs are moved bone by bone, or legs and arms by their controls."""
    by_controls = (*(rig_map.ik_switches if feet else ()), *(rig_map.hand_ik_switches if hands else ()))
    values = {(switch.bone, switch.property): switch for switch in (*rig_map.switches, *by_controls)}
    return tuple(values.values())


def _mapped(rest: RestArmature, rig_map: RigMap, kind: LimbKind, side: str) -> LimbControls | None:
    """What the bone map says. The mechanism between controls and limb is taken to be whole."""
    bones = _bones(rig_map, kind, side)
    end, pole, toe = (rig_map.bones.get(f"{side}_{slot}") for slot in (kind.end, kind.pole, kind.toe))
    if bones is None or end is None or end not in rest.names:
        return None
    replaced = set(bones)
    if toe is not None and f"{side}_toe" in rig_map.bones:
        replaced.add(rig_map.bones[f"{side}_toe"])
    return _controls(rest, kind, side, (end, pole, toe), replaced)


def _constrained(
    armature_object: Any, rest: RestArmature, rig_map: RigMap, kind: LimbKind, side: str
) -> LimbControls | None:
    """What an IK constraint of the lower bone reaches for. An end that does not turn with it is still keyed itself."""
    bones = _bones(rig_map, kind, side)
    if bones is None:
        return None
    upper, lower, end = bones
    pose = armature_object.pose.bones
    reaching = next((each for each in pose[lower].constraints if _reaches(each, armature_object)), None)
    if reaching is None:
        return None
    follows = any(
        each.type in _FOLLOWING and not each.mute and each.subtarget == reaching.subtarget
        for each in pose[end].constraints
    )
    pole = reaching.pole_subtarget if reaching.pole_target == armature_object else None
    replaced = {upper, lower, end} if follows else {upper, lower}
    return _controls(rest, kind, side, (reaching.subtarget, pole, None), replaced)


def _bones(rig_map: RigMap, kind: LimbKind, side: str) -> tuple[str, str, str] | None:
    upper, lower, end = (rig_map.bones.get(f"{side}_{part}") for part in kind.bones)
    return None if upper is None or lower is None or end is None else (upper, lower, end)


def _controls(
    rest: RestArmature, kind: LimbKind, side: str, names: tuple[str, str | None, str | None], replaced: set[str]
) -> LimbControls:
    first, second, third = (f"{side}_{joint}" for joint in kind.joints)
    end, pole, toe = names
    return LimbControls(
        joints=(first, second, third),
        end=_at_rest(rest, end),
        pole=_or_none(rest, pole),
        toe=_or_none(rest, toe),
        replaced=frozenset(replaced),
    )


def _reaches(constraint: Any, armature_object: Any) -> bool:
    return bool(
        constraint.type == "IK"
        and not constraint.mute
        and constraint.influence > 0.0
        and constraint.target == armature_object
        and constraint.subtarget
    )


def _at_rest(rest: RestArmature, name: str) -> Control:
    index = rest.index(name)
    return Control(name, rest.heads[index], rest.orientations[index])


def _or_none(rest: RestArmature, name: str | None) -> Control | None:
    return _at_rest(rest, name) if name and name in rest.names else None
