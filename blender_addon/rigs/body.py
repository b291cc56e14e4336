"""A body found in an armature: which bones are its pelvis, spine, neck, head, arms and legs."""

from __future__ import annotations

from dataclasses import dataclass

from ..retarget.axes import CharacterAxes


@dataclass(frozen=True)
class Arm:
    """Bone names; `clavicle` and `hand` may be absent."""

    clavicle: str | None
    upper_arm: str
    forearm: str
    hand: str | None


@dataclass(frozen=True)
class Leg:
    """Bone names; `toe` may be absent."""

    thigh: str
    shin: str
    foot: str
    toe: str | None


@dataclass(frozen=True, eq=False)
class Body:
    """Bone names of a humanoid; spine and neck from below to above, either may be empty; `head` may be absent."""

    pelvis: str
    spine: tuple[str, ...]
    neck: tuple[str, ...]
    head: str | None
    left_arm: Arm
    right_arm: Arm
    left_leg: Leg
    right_leg: Leg
    axes: CharacterAxes
    family: str = "humanoid"
