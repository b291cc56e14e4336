"""Where keyframes go and what they are like: the choices of whoever bakes."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


@dataclass(frozen=True)
class NewAction:
    """An Action of its own, which the armature plays from then on; the one played before is kept."""


@dataclass(frozen=True)
class CurrentActionRange:
    """The Action that the armature plays, from frame `start` to frame `end` and nowhere else.

    At both ends the rig is exactly where it was; over `blend_frames` inside the range it passes to the new motion.
    """

    start: int
    end: int
    blend_frames: int = 5


@dataclass(frozen=True)
class NlaStrip:
    """A strip in a track of its own on top of the stack; an Action that is played is pushed down first."""


NEW_ACTION = NewAction()
BakeTarget = NewAction | CurrentActionRange | NlaStrip


class RootMotion(Enum):
    """What carries the character over the ground."""

    HIPS = "hips"
    ROOT_BONE = "root_bone"
    OBJECT = "object"


class LimbKeys(Enum):
    """Which controls of the legs, or of the arms, are keyed, where a rig has both."""

    FK = "fk"
    IK = "ik"


class Placement(Enum):
    """Where a motion is put.

    REST: it begins where the rig's rest pose stands. CURRENT: where the rig stands and faces in the frame in which it
    begins. CAPTURED: as `capture` read it, or as it came back from a regeneration of what was captured.
    """

    REST = "rest"
    CURRENT = "current"
    CAPTURED = "captured"


@dataclass(frozen=True)
class KeyReduction:
    """How far a curve with fewer keys may stray from the motion: degrees of a bone's turn, millimeters of its place.

    Millimeters are those of the scene, so that a rig scaled by a hundredth is treated as it looks.
    """

    degrees: float = 0.5
    millimeters: float = 2.0


@dataclass(frozen=True)
class BakeOptions:
    """What is keyed. `reduction` None keys every frame."""

    root: RootMotion = RootMotion.HIPS
    feet: LimbKeys = LimbKeys.FK
    hands: LimbKeys = LimbKeys.FK
    reduction: KeyReduction | None = None
    relax_fingers: bool = True


EVERY_FRAME = BakeOptions()


@dataclass(frozen=True)
class BakeResult:
    """What came of a bake: the Action's name, frames [start, end] that hold keys, and a sentence for each limit."""

    action_name: str
    start: int
    end: int
    warnings: tuple[str, ...] = ()
