"""Which IK controls the feet of a rig have: those of its bone map, else those that its own constraints name."""

from __future__ import annotations

from typing import Any

from ..retarget.foot_controls import Control, FootControls
from ..rigs.armature import RestArmature
from ..rigs.rig_map import RigMap, Switch

_SIDES = ("left", "right")
_FOLLOWING = {"COPY_ROTATION", "COPY_TRANSFORMS"}


def find_foot_controls(
    armature_object: Any, rest: RestArmature, rig_map: RigMap, wanted: bool
) -> tuple[FootControls, ...]:
    """The controls of both legs, where they are `wanted` or nothing else moves the legs; empty where there are none.

    Bones that an IK constraint holds do nothing of their own, so there it is the controls that are keyed.
    """
    legs = [_constrained(armature_object, rest, rig_map, side) for side in _SIDES]
    if wanted and any(leg is None for leg in legs):
        legs = [_mapped(rest, rig_map, side) for side in _SIDES]
    found = tuple(leg for leg in legs if leg is not None)
    return found if len(found) == len(_SIDES) else ()


def with_feet_on(rig_map: RigMap) -> tuple[Switch, ...]:
    """The switches with which arms are moved bone by bone and feet by their controls."""
    values = {(switch.bone, switch.property): switch for switch in (*rig_map.switches, *rig_map.ik_switches)}
    return tuple(values.values())


def _mapped(rest: RestArmature, rig_map: RigMap, side: str) -> FootControls | None:
    """What the bone map says. The mechanism between controls and leg is taken to be whole."""
    foot, knee, toe = (rig_map.bones.get(f"{side}_{slot}") for slot in ("foot_ik", "knee_ik", "toe_ik"))
    if foot is None or foot not in rest.names:
        return None
    replaced = {rig_map.bones[f"{side}_{part}"] for part in ("thigh", "shin", "foot")}
    if toe is not None and f"{side}_toe" in rig_map.bones:
        replaced.add(rig_map.bones[f"{side}_toe"])
    return FootControls(side, _at_rest(rest, foot), _or_none(rest, knee), _or_none(rest, toe), frozenset(replaced))


def _constrained(armature_object: Any, rest: RestArmature, rig_map: RigMap, side: str) -> FootControls | None:
    """What an IK constraint of the shin reaches for. A foot that does not turn with it is still keyed itself."""
    bones = armature_object.pose.bones
    thigh, shin, foot = (rig_map.bones[f"{side}_{part}"] for part in ("thigh", "shin", "foot"))
    reaching = next((each for each in bones[shin].constraints if _reaches(each, armature_object)), None)
    if reaching is None:
        return None
    follows = any(
        each.type in _FOLLOWING and not each.mute and each.subtarget == reaching.subtarget
        for each in bones[foot].constraints
    )
    pole = reaching.pole_subtarget if reaching.pole_target == armature_object else None
    replaced = frozenset({thigh, shin, foot} if follows else {thigh, shin})
    return FootControls(side, _at_rest(rest, reaching.subtarget), _or_none(rest, pole), None, replaced)


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
