"""Families of rigs that are known by their bones' names, one JSON file each.

A pattern, or the first fitting one of several, names the bone of a slot; in slots and patterns `{side}` stands for the
left and the right side. Case, spaces and punctuation don't count, and a prefix that all bones share may come first.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Any

from .armature import RestArmature
from .facing import left_side
from .rig_map import LONGEST_NECK, LONGEST_SPINE, SLOTS, RigMap, Switch

_FOLDER = Path(__file__).with_name("presets")
_PUNCTUATION = re.compile(r"[\s._:|\-]")
_DESCENT = (("thigh", "shin"), ("shin", "foot"), ("upper_arm", "forearm"))


@dataclass(frozen=True)
class Family:
    """The bone names of one family.

    sides: how names say left and right. bones, reading: slot → patterns. controls: whether the bones are controls,
    whose shape misleads a search by shape. prefix: what a shared prefix must begin with. marks: bones that tell the
    family from others that use the same words.
    """

    name: str
    controls: bool
    sides: tuple[str, str]
    bones: Mapping[str, tuple[str, ...]]
    reading: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    switches: tuple[Mapping[str, Any], ...] = ()
    ik_switches: tuple[Mapping[str, Any], ...] = ()
    hand_ik_switches: tuple[Mapping[str, Any], ...] = ()
    prefix: str = ""
    marks: tuple[str, ...] = ()

    def map_of(self, armature: RestArmature) -> RigMap | None:
        """The bone map of an armature of this family; None where a bone that it must have is missing."""
        names = {plain_name(name): name for name in reversed(armature.names)}
        maps = (self._map_with(armature, names, prefix) for prefix in self._prefixes(names))
        return max((each for each in maps if each is not None), key=lambda each: len(each.bones), default=None)

    def _prefixes(self, names: Mapping[str, str]) -> set[str]:
        ends = [plain_name(pattern) for pattern in self.bones["pelvis"]]
        found = {name.removesuffix(end) for name in names for end in ends if name.endswith(end)}
        return {prefix for prefix in found if prefix.startswith(self.prefix)}

    def _map_with(self, armature: RestArmature, names: Mapping[str, str], prefix: str) -> RigMap | None:
        bones = _present(self.bones, self.sides, names, prefix)
        if not all(prefix + plain_name(mark) in names for mark in self.marks):
            return None
        if any(slot.required and slot.name not in bones for slot in SLOTS):
            return None
        sides = self.sides
        if left_side(armature, bones["left_thigh"], bones["right_thigh"], bones["left_foot"], bones["right_foot"]) < 0:
            sides = (sides[1], sides[0])
        found = RigMap(
            family=self.name,
            bones=_present(self.bones, sides, names, prefix),
            reading=_present(self.reading, sides, names, prefix),
            switches=_switches(self.switches, sides, names),
            ik_switches=_switches(self.ik_switches, sides, names),
            hand_ik_switches=_switches(self.hand_ik_switches, sides, names),
        )
        return found if self.controls or _descends(armature, found) else None


def plain_name(name: str) -> str:
    """A name without what authors and exporters change: case, spaces and punctuation."""
    return _PUNCTUATION.sub("", name).lower()


@cache
def families() -> tuple[Family, ...]:
    """All families that come with the extension."""
    return tuple(_read(path) for path in sorted(_FOLDER.glob("*.json")))


def find_family(armature: RestArmature) -> RigMap | None:
    """The map of an armature whose bones are named as those of a known family; control rigs go first."""
    fitting = [(family, each) for family in families() if (each := family.map_of(armature)) is not None]
    if not fitting:
        return None

    def likeness(entry: tuple[Family, RigMap]) -> tuple[bool, int, str, int]:
        """Families share words: the one that knows most of the bones, then the one that knows fewest others."""
        family, found = entry
        return family.controls, len(set(found.bones) - {"root"}), family.prefix, -len(family.bones)

    family, found = max(fitting, key=likeness)
    return found if family.controls else _with_whole_trunk(armature, found)


def _with_whole_trunk(armature: RestArmature, rig_map: RigMap) -> RigMap:
    """The map with every bone between pelvis, arms and head, for a family's rigs differ in how many they have."""
    bones = {slot: bone for slot, bone in rig_map.bones.items() if not slot.startswith(("spine", "neck"))}
    shoulders = [
        rig_map.bones.get(f"{side}_clavicle", rig_map.bones[f"{side}_upper_arm"]) for side in ("left", "right")
    ]
    above = armature.ancestors(armature.index(shoulders[0]))
    beside = set(armature.ancestors(armature.index(shoulders[1])))
    chest = next(bone for bone in above if bone in beside)
    pelvis, taken = armature.index(rig_map.bones["pelvis"]), set(rig_map.neck)
    spine = [bone for bone in _between(armature, pelvis, chest) if armature.names[bone] not in taken]
    spine += [chest] if chest != pelvis and armature.names[chest] not in taken else []
    bones |= {f"spine{i + 1}": armature.names[bone] for i, bone in enumerate(spine[:LONGEST_SPINE])}
    if "head" in bones:
        below = spine[-1] if spine else pelvis
        neck = _between(armature, below, armature.index(bones["head"]))
        bones |= {f"neck{i + 1}": armature.names[bone] for i, bone in enumerate(neck[:LONGEST_NECK])}
    return replace(rig_map, bones={slot.name: bones[slot.name] for slot in SLOTS if slot.name in bones})


def _between(armature: RestArmature, upper: int, lower: int) -> list[int]:
    """The bones on the way from one down to another, both left out; none where there is no such way."""
    above = armature.ancestors(lower)
    return list(reversed(above[1 : above.index(upper)])) if upper in above else []


def _read(path: Path) -> Family:
    fields: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    one, other = fields.pop("sides")
    for several in ("switches", "ik_switches", "hand_ik_switches", "marks"):
        fields[several] = tuple(fields.get(several, ()))
    bones, reading = _patterns(fields.pop("bones")), _patterns(fields.pop("reading", {}))
    return Family(sides=(one, other), bones=bones, reading=reading, **fields)


def _patterns(values: Mapping[str, Any]) -> dict[str, tuple[str, ...]]:
    return {slot: (value,) if isinstance(value, str) else tuple(value) for slot, value in values.items()}


def _present(
    patterns: Mapping[str, tuple[str, ...]], sides: tuple[str, str], names: Mapping[str, str], prefix: str
) -> dict[str, str]:
    found: dict[str, str] = {}
    for slot, choices in patterns.items():
        for side, word in zip(("left", "right"), sides, strict=True) if "{side}" in slot else (("", ""),):
            plain = (prefix + plain_name(pattern.format(side=word)) for pattern in choices)
            bone = next((names[name] for name in plain if name in names), None)
            if bone is not None and bone not in found.values():
                found[slot.format(side=side)] = bone
    return found


def _descends(armature: RestArmature, rig_map: RigMap) -> bool:
    """Whether the limbs hang together as limbs do, and both legs and arms on the pelvis."""
    above = {slot: set(armature.ancestors(armature.index(bone))) for slot, bone in rig_map.bones.items()}
    pairs = [(f"{side}_{upper}", f"{side}_{lower}") for side in ("left", "right") for upper, lower in _DESCENT]
    pairs += [("pelvis", f"{side}_{part}") for side in ("left", "right") for part in ("thigh", "upper_arm")]
    return all(armature.index(rig_map.bones[upper]) in above[lower] for upper, lower in pairs)


def _switches(
    patterns: tuple[Mapping[str, Any], ...], sides: tuple[str, str], names: Mapping[str, str]
) -> tuple[Switch, ...]:
    present = set(names.values())
    named = [
        Switch(each["bone"].format(side=side), each["property"].format(side=side), float(each["value"]))
        for each in patterns
        for side in sides
    ]
    return tuple(dict.fromkeys(switch for switch in named if switch.bone in present))
