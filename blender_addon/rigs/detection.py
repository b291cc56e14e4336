"""From an armature at rest to its bone map: which bone is what."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from .armature import RestArmature
from .body import Body
from .families import find_family
from .fingers import finger_bones
from .rig_map import RigMap, fitting_map
from .topology import find_body


def detect(armature: RestArmature, saved: Sequence[RigMap] = ()) -> RigMap:
    """The bone map of an armature; NotHumanoidError where it is no humanoid.

    A map that the user saved goes first, if all its bones are there. A family is known by its names, if its bones hang
    together as a body's do; anything else is found by its shape.
    """
    fitting = fitting_map(saved, armature)
    if fitting is not None:
        return fitting
    found = find_family(armature) or _map_of(find_body(armature))
    return _with_root(armature, _with_fingers(armature, found))


def _map_of(body: Body) -> RigMap:
    found: dict[str, str | None] = {"pelvis": body.pelvis, "head": body.head}
    found |= {f"spine{i + 1}": bone for i, bone in enumerate(body.spine)}
    found |= {f"neck{i + 1}": bone for i, bone in enumerate(body.neck)}
    for side, arm, leg in (("left", body.left_arm, body.left_leg), ("right", body.right_arm, body.right_leg)):
        found |= {f"{side}_{part}": bone for part, bone in (*vars(arm).items(), *vars(leg).items())}
    return RigMap(body.family, {slot: bone for slot, bone in found.items() if bone is not None})


def _with_fingers(armature: RestArmature, rig_map: RigMap) -> RigMap:
    found = dict(rig_map.bones)
    for side in ("left", "right"):
        if f"{side}_index1" not in found and f"{side}_hand" in found:
            found |= {f"{side}_{slot}": bone for slot, bone in finger_bones(armature, found[f"{side}_hand"]).items()}
    return replace(rig_map, bones=found)


def _with_root(armature: RestArmature, rig_map: RigMap) -> RigMap:
    """The topmost bone above the pelvis is what a game moves."""
    above = armature.ancestors(armature.index(rig_map.bones["pelvis"]))
    if "root" in rig_map.bones or len(above) < 2:
        return rig_map
    return replace(rig_map, bones={"root": armature.names[above[-1]], **rig_map.bones})
