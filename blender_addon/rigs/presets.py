"""Rig families that are known by their bones' names, one JSON file each: control rigs, whose shape misleads."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ..retarget.axes import CharacterAxes
from .armature import RestArmature
from .body import Arm, Body, Leg

_FOLDER = Path(__file__).with_name("presets")


@dataclass(frozen=True)
class Switch:
    """A custom property of a pose bone that must have `value` for the keyed controls to move the character."""

    bone: str
    property: str
    value: float


@dataclass(frozen=True)
class Preset:
    """The bone names of one family; `{side}` stands for L and R. `optional` names may be absent."""

    family: str
    pelvis: str
    spine: tuple[str, ...]
    neck: tuple[str, ...]
    head: str
    arm: dict[str, str]
    leg: dict[str, str]
    optional: frozenset[str]
    switches: tuple[Switch, ...]

    @property
    def names(self) -> Iterator[str]:
        """Every bone name of the family."""
        yield from (self.pelvis, *self.spine, *self.neck, self.head)
        for pattern in (*self.arm.values(), *self.leg.values()):
            yield from (pattern.format(side="L"), pattern.format(side="R"))

    def fits(self, armature: RestArmature) -> bool:
        """Whether all bones that the family must have are there."""
        present = set(armature.names)
        return all(name in present or name in self.optional for name in self.names)

    def body(self, armature: RestArmature) -> Body:
        """The body of an armature that `fits`; which side is left is seen from its rest pose."""
        present = set(armature.names)
        sides = _sides(armature, self)
        return Body(
            pelvis=self.pelvis,
            spine=self.spine,
            neck=tuple(name for name in self.neck if name in present),
            head=self.head,
            left_arm=Arm(**_present(self.arm, sides[0], present)),
            right_arm=Arm(**_present(self.arm, sides[1], present)),
            left_leg=Leg(**_present(self.leg, sides[0], present)),
            right_leg=Leg(**_present(self.leg, sides[1], present)),
            axes=_axes(armature, self),
            family=self.family,
        )


def presets() -> list[Preset]:
    """All families that come with the extension."""
    return [_read(path) for path in sorted(_FOLDER.glob("*.json"))]


def find_preset(armature: RestArmature) -> Preset | None:
    """The family whose bones `armature` has."""
    return next((preset for preset in presets() if preset.fits(armature)), None)


def _read(path: Path) -> Preset:
    fields: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    switches = [
        Switch(switch["bone"].format(side=side), switch["property"], switch["value"])
        for switch in fields.pop("switches")
        for side in "LR"
    ]
    spine, neck, optional = tuple(fields.pop("spine")), tuple(fields.pop("neck")), frozenset(fields.pop("optional"))
    return Preset(spine=spine, neck=neck, optional=optional, switches=tuple(switches), **fields)


def _present(pattern: dict[str, str], side: str, present: set[str]) -> dict[str, Any]:
    names = {part: name.format(side=side) for part, name in pattern.items()}
    return {part: name if name in present else None for part, name in names.items()}


def _axes(armature: RestArmature, preset: Preset) -> CharacterAxes:
    def head(name: str) -> np.ndarray:
        return armature.heads[armature.index(name)]

    def middle(part: str) -> np.ndarray:
        return (head(preset.leg[part].format(side="L")) + head(preset.leg[part].format(side="R"))) / 2.0

    upright = middle("thigh") - middle("foot")
    up = np.zeros(3)
    up[np.argmax(np.abs(upright))] = np.sign(upright[np.argmax(np.abs(upright))])
    feet = [armature.index(preset.leg["foot"].format(side=side)) for side in "LR"]
    forward = sum((armature.tails[foot] - armature.heads[foot] for foot in feet), np.zeros(3))
    across = head(preset.leg["thigh"].format(side="L")) - head(preset.leg["thigh"].format(side="R"))
    square = np.cross(across, up)
    return CharacterAxes.facing(up, square if square @ forward >= 0 else -square)


def _sides(armature: RestArmature, preset: Preset) -> str:
    """The letters of the left and of the right side."""
    names = (preset.leg["thigh"].format(side=side) for side in "LR")
    one, other = (armature.heads[armature.index(name)] for name in names)
    return "LR" if _axes(armature, preset).vectors_to_motion(one - other)[0] > 0 else "RL"
