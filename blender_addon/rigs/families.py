"""Families of rigs that are known by their bones' names, one JSON file each.

A pattern names the bone of a slot; in slots and patterns `{side}` stands for the left and the right side.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from .armature import RestArmature
from .facing import left_side
from .rig_map import SLOTS, RigMap, Switch

_FOLDER = Path(__file__).with_name("presets")


@dataclass(frozen=True)
class Family:
    """The bone names of one family.

    sides: how names say left and right. bones, reading: slot → pattern. controls: whether the bones are controls, whose
    shape misleads a search by shape.
    """

    name: str
    controls: bool
    sides: tuple[str, str]
    bones: dict[str, str]
    reading: dict[str, str]
    switches: tuple[dict[str, Any], ...]
    ik_switches: tuple[dict[str, Any], ...]

    def map_of(self, armature: RestArmature) -> RigMap | None:
        """The bone map of an armature of this family; None where a bone that it must have is missing."""
        present = set(armature.names)
        bones = _present(self.bones, self.sides, present)
        if any(slot.required and slot.name not in bones for slot in SLOTS):
            return None
        if left_side(armature, bones["left_thigh"], bones["right_thigh"], bones["left_foot"], bones["right_foot"]) < 0:
            bones = _present(self.bones, (self.sides[1], self.sides[0]), present)
        return RigMap(
            family=self.name,
            bones=bones,
            reading=_present(self.reading, self.sides, present),
            switches=_switches(self.switches, self.sides, present),
            ik_switches=_switches(self.ik_switches, self.sides, present),
        )


@cache
def families() -> tuple[Family, ...]:
    """All families that come with the extension."""
    return tuple(_read(path) for path in sorted(_FOLDER.glob("*.json")))


def find_control_family(armature: RestArmature) -> RigMap | None:
    """The map of an armature that is a control rig of a known family, None where it is not."""
    maps = (family.map_of(armature) for family in families() if family.controls)
    return next((found for found in maps if found is not None), None)


def _read(path: Path) -> Family:
    fields: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return Family(
        name=fields["name"],
        controls=fields["controls"],
        sides=(fields["sides"][0], fields["sides"][1]),
        bones=fields["bones"],
        reading=fields.get("reading", {}),
        switches=tuple(fields.get("switches", ())),
        ik_switches=tuple(fields.get("ik_switches", ())),
    )


def _present(patterns: dict[str, str], sides: tuple[str, str], present: set[str]) -> dict[str, str]:
    found = {}
    for slot, pattern in patterns.items():
        for side, word in zip(("left", "right"), sides, strict=True) if "{side}" in slot else (("", ""),):
            bone = pattern.format(side=word)
            if bone in present:
                found[slot.format(side=side)] = bone
    return found


def _switches(patterns: tuple[dict[str, Any], ...], sides: tuple[str, str], present: set[str]) -> tuple[Switch, ...]:
    named = [
        Switch(each["bone"].format(side=side), each["property"].format(side=side), float(each["value"]))
        for each in patterns
        for side in sides
    ]
    return tuple(dict.fromkeys(switch for switch in named if switch.bone in present))
