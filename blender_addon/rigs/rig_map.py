"""Which bone of a rig is what: found by detection, corrected by hand in the sidebar, kept and shared as a file."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from ..errors import AddonError
from .armature import RestArmature
from .mirrored_names import mirrored_bone

FORMAT = "motionwright-rig-map/1"

LONGEST_SPINE, LONGEST_NECK, FINGER_BONES = 8, 4, 3
FINGERS = ("thumb", "index", "middle", "ring", "pinky")
_ARM_PARTS = ("clavicle", "upper_arm", "forearm", "hand")
_LEG_PARTS = ("thigh", "shin", "foot", "toe")
_CONTROLS = ("foot_ik", "knee_ik", "toe_ik", "hand_ik", "elbow_ik")


@dataclass(frozen=True)
class Slot:
    """One line of a bone map: its name in files, what the sidebar calls it, whether a rig must have it."""

    name: str
    label: str
    required: bool


def _label(name: str) -> str:
    return name.replace("_ik", " IK").replace("_", " ").capitalize().replace(" ik", " IK")


def _slots() -> tuple[Slot, ...]:
    names = ["root", "pelvis", *(f"spine{i + 1}" for i in range(LONGEST_SPINE))]
    names += [*(f"neck{i + 1}" for i in range(LONGEST_NECK)), "head"]
    for side in ("left", "right"):
        names += [f"{side}_{part}" for part in (*_ARM_PARTS, *_LEG_PARTS, *_CONTROLS)]
        names += [f"{side}_{finger}{i + 1}" for finger in FINGERS for i in range(FINGER_BONES)]
    needed = {"pelvis", *(f"{s}_{part}" for s in ("left", "right") for part in (*_ARM_PARTS[1:3], *_LEG_PARTS[:3]))}
    return tuple(Slot(name, _label(name), name in needed) for name in names)


SLOTS = _slots()
"""Every slot, in the order in which a map is shown; "spine1" is the lowest bone of the spine above the pelvis."""

_SLOT_NAMES = {slot.name for slot in SLOTS}


@dataclass(frozen=True)
class Switch:
    """A custom property of a pose bone that must have `value` for the keyed controls to move the character."""

    bone: str
    property: str
    value: float


@dataclass(frozen=True)
class RigMap:
    """Slot → bone, and what else a family of rigs needs.

    family: what the rig is, for people. bones: slot → the bone or control to key. reading: slot → the bone that shows
    the pose, where that is another than the control. switches: what must be set for these controls to work; foot_ik,
    toe_ik and knee_ik, the pole before a knee, work with `ik_switches` instead, hand_ik and elbow_ik with
    `hand_ik_switches`.
    """

    family: str
    bones: Mapping[str, str]
    reading: Mapping[str, str] = field(default_factory=dict)
    switches: tuple[Switch, ...] = ()
    ik_switches: tuple[Switch, ...] = ()
    hand_ik_switches: tuple[Switch, ...] = ()

    def bone(self, slot: str) -> str | None:
        """The bone of a slot, None where it is empty. AddonError for a slot that there is not."""
        _check_slot(slot)
        return self.bones.get(slot)

    def chain(self, kind: str, longest: int) -> tuple[str, ...]:
        """The bones of the slots kind1, kind2 … from the body outward, empty ones left out."""
        slots = (f"{kind}{i + 1}" for i in range(longest))
        return tuple(self.bones[slot] for slot in slots if slot in self.bones)

    @property
    def spine(self) -> tuple[str, ...]:
        """The bones above the pelvis, from below to above."""
        return self.chain("spine", LONGEST_SPINE)

    @property
    def neck(self) -> tuple[str, ...]:
        """The bones between spine and head, from below to above."""
        return self.chain("neck", LONGEST_NECK)

    def read_from(self, slot: str) -> str | None:
        """The bone whose pose shows what a slot does."""
        return self.reading.get(slot) or self.bones.get(slot)

    def with_bone(self, slot: str, bone: str | None) -> RigMap:
        """The map with another bone in a slot, or with None in it; a bone stands in one slot only."""
        _check_slot(slot)
        bones = {name: other for name, other in self.bones.items() if name != slot and other != bone}
        reading = {name: other for name, other in self.reading.items() if name in bones}
        if bone is not None:
            bones[slot] = bone
        return replace(self, bones=_in_order(bones), reading=reading)

    def mirrored(self, armature: RestArmature, source: str = "left") -> RigMap:
        """The map with the other side's bones found from those of `source` ("left" or "right")."""
        other = "right" if source == "left" else "left"
        bones = {slot: bone for slot, bone in self.bones.items() if not slot.startswith(f"{other}_")}
        reading = {slot: bone for slot, bone in self.reading.items() if not slot.startswith(f"{other}_")}
        for found in (bones, reading):
            for slot, bone in list(found.items()):
                twin = mirrored_bone(armature, bone) if slot.startswith(f"{source}_") else None
                if twin is not None:
                    found[slot.replace(source, other, 1)] = twin
        return replace(self, bones=_in_order(bones), reading=reading)

    def fits(self, armature: RestArmature) -> bool:
        """Whether every bone of the map is there."""
        return set(self.bones.values()) <= set(armature.names)

    def check(self, armature: RestArmature) -> None:
        """AddonError with a sentence where the map can't be used on an armature."""
        for slot in SLOTS:
            bone = self.bones.get(slot.name)
            if bone is None and slot.required:
                raise AddonError(f"The bone map has no bone for “{slot.label}”; choose one in the bone list.")
            if bone is not None and bone not in armature.names:
                raise AddonError(f"The armature has no bone “{bone}” for “{slot.label}”; choose another one.")

    def to_json(self) -> str:
        """The map as the text of a file."""
        record = {
            "format": FORMAT,
            "family": self.family,
            "bones": dict(self.bones),
            "reading": dict(self.reading),
            "switches": [vars(switch) for switch in self.switches],
            "ik_switches": [vars(switch) for switch in self.ik_switches],
            "hand_ik_switches": [vars(switch) for switch in self.hand_ik_switches],
        }
        return json.dumps(record, ensure_ascii=False, indent=2) + "\n"

    @classmethod
    def from_json(cls, text: str, name: str = "The file") -> RigMap:
        """The map that `to_json` wrote; AddonError, which calls the text `name`, for anything else."""
        try:
            record: dict[str, Any] = json.loads(text)
            if record["format"] != FORMAT:
                raise AddonError(f"{name} has the format “{record['format']}”; this version reads “{FORMAT}”.")
            bones = {str(slot): str(bone) for slot, bone in record["bones"].items()}
            for slot in bones:
                _check_slot(slot)
            return cls(
                family=str(record["family"]),
                bones=_in_order(bones),
                reading={str(slot): str(bone) for slot, bone in record["reading"].items()},
                switches=_switches(record["switches"]),
                ik_switches=_switches(record["ik_switches"]),
                hand_ik_switches=_switches(record.get("hand_ik_switches", ())),
            )
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise AddonError(f"{name} is no bone map: save one from the sidebar to see what it looks like.") from error

    def save(self, path: Path) -> None:
        """Write the map as a file that `load` reads; there whole or not at all."""
        new = path.with_name(f".{path.name}.new")
        try:
            new.write_text(self.to_json(), encoding="utf-8")
            new.replace(path)
        except OSError as error:
            raise AddonError(f"The bone map can't be written to {path}: {error.strerror}.") from error

    @classmethod
    def load(cls, path: Path) -> RigMap:
        """Read a map. AddonError where the file is missing or is none."""
        try:
            return cls.from_json(path.read_text(encoding="utf-8"), name=str(path))
        except (OSError, UnicodeError) as error:
            raise AddonError(f"The bone map {path} can't be read; choose another file.") from error


def saved_maps(folder: Path) -> Mapping[str, RigMap]:
    """Name → map of every readable map in a folder of the user's; damaged files are left out."""
    found: dict[str, RigMap] = {}
    for path in sorted(folder.glob("*.json")) if folder.is_dir() else ():
        try:
            found[path.stem] = RigMap.load(path)
        except AddonError:
            continue
    return found


def fitting_map(maps: Sequence[RigMap], armature: RestArmature) -> RigMap | None:
    """Of the maps whose bones are all there the one that names most of them."""
    return max((each for each in maps if each.fits(armature)), key=lambda each: len(each.bones), default=None)


def _in_order(bones: Mapping[str, str]) -> dict[str, str]:
    return {slot.name: bones[slot.name] for slot in SLOTS if slot.name in bones}


def _switches(records: Sequence[Mapping[str, Any]]) -> tuple[Switch, ...]:
    return tuple(Switch(str(each["bone"]), str(each["property"]), float(each["value"])) for each in records)


def _check_slot(slot: str) -> None:
    if slot not in _SLOT_NAMES:
        raise AddonError(f"A bone map has no slot “{slot}”.")
