"""From an armature at rest to its bone map: which bone is what."""

from __future__ import annotations

from collections.abc import Sequence

from .armature import RestArmature
from .body import Body
from .families import find_control_family
from .rig_map import RigMap, fitting_map
from .topology import find_body


def detect(armature: RestArmature, saved: Sequence[RigMap] = ()) -> RigMap:
    """The bone map of an armature; NotHumanoidError where it is no humanoid.

    A map that the user saved goes first, if all its bones are there. A family of control rigs is recognised by its
    controls, anything else by its shape.
    """
    fitting = fitting_map(saved, armature)
    if fitting is not None:
        return fitting
    controls = find_control_family(armature)
    if controls is not None:
        return controls
    return _map_of(find_body(armature))


def _map_of(body: Body) -> RigMap:
    found: dict[str, str | None] = {"pelvis": body.pelvis, "head": body.head}
    found |= {f"spine{i + 1}": bone for i, bone in enumerate(body.spine)}
    found |= {f"neck{i + 1}": bone for i, bone in enumerate(body.neck)}
    for side, arm, leg in (("left", body.left_arm, body.left_leg), ("right", body.right_arm, body.right_leg)):
        found |= {f"{side}_{part}": bone for part, bone in (*vars(arm).items(), *vars(leg).items())}
    return RigMap(body.family, {slot: bone for slot, bone in found.items() if bone is not None})
