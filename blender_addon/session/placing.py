"""Putting a motion file on a character: how, remembered as JSON, and the bake itself."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import Any

import bpy

from ..bake.on_rig import bake_motion
from ..bake.target import (
    BakeOptions,
    BakeResult,
    BakeTarget,
    CurrentActionRange,
    KeyReduction,
    LimbKeys,
    NewAction,
    NlaStrip,
    Placement,
    RootMotion,
)
from .characters import character
from .motion_files import read


@dataclass(frozen=True)
class Placing:
    """Where keys go and what they are like, in the words of the sidebar's fields.

    start: the scene frame of the motion's first frame. first, last: the frames that may change where `target` is
    CURRENT_ACTION; None for the motion's own first and last. degrees, millimeters: the tolerance of fewer keys, None
    for a key on every frame. placement: where it stands, as in bake.target.Placement.
    """

    name: str
    start: float
    first: int | None = None
    last: int | None = None
    target: str = "NEW_ACTION"
    blend: int = 6
    root: str = "hips"
    feet: str = "fk"
    hands: str = "fk"
    degrees: float | None = None
    millimeters: float | None = None
    relax_fingers: bool = True
    placement: str = "current"

    def to_json(self) -> str:
        """As it is kept with a character's takes."""
        return json.dumps(asdict(self), ensure_ascii=False)

    @classmethod
    def from_json(cls, text: str) -> Placing:
        """What `to_json` wrote."""
        return cls(**json.loads(text))

    def bake_target(self, frames: int) -> BakeTarget:
        """The target of a motion of `frames` frames."""
        if self.target == "CURRENT_ACTION":
            first = round(self.start) if self.first is None else self.first
            last = round(self.start) + frames - 1 if self.last is None else self.last
            return CurrentActionRange(first, last, self.blend)
        return NlaStrip() if self.target == "NLA_STRIP" else NewAction()

    def bake_options(self) -> BakeOptions:
        """The choices of the bake."""
        reduction = None
        if self.degrees is not None and self.millimeters is not None:
            reduction = KeyReduction(self.degrees, self.millimeters)
        return BakeOptions(
            root=RootMotion(self.root),
            feet=LimbKeys(self.feet),
            hands=LimbKeys(self.hands),
            reduction=reduction,
            relax_fingers=self.relax_fingers,
        )

    def bake_placement(self) -> Placement:
        """Where the character stands."""
        return Placement(self.placement)


def place(armature: Any, npz: bytes, placing: Placing) -> BakeResult:
    """Bake a motion file onto a character; the scene is made longer where the motion goes beyond its end."""
    scene = bpy.context.scene
    motion = read(npz).resampled(scene.render.fps / scene.render.fps_base)
    result = bake_motion(
        armature,
        motion,
        character(armature),
        name=placing.name,
        start=placing.start,
        target=placing.bake_target(len(motion)),
        options=placing.bake_options(),
        placement=placing.bake_placement(),
    )
    scene.frame_end = max(scene.frame_end, result.end)
    return result
