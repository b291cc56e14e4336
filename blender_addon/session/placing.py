"""Putting a motion file on a character: how, remembered as JSON, and the bake itself."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass

from ..bake.target import (
    BakeOptions,
    BakeTarget,
    CurrentActionRange,
    FootKeys,
    KeyReduction,
    NewAction,
    NlaStrip,
    Placement,
    RootMotion,
)


@dataclass(frozen=True)
class Placing:
    """Where keys go and what they are like, in the words of the sidebar's fields.

    start: the frame of the motion's first frame. end: the last frame that may change, where `target` is
    CURRENT_ACTION; None for the motion's own last. degrees, millimeters: the tolerance of fewer keys, None for a key
    on every frame. placement: where it stands, as in bake.target.Placement.
    """

    name: str
    start: float
    end: float | None = None
    target: str = "NEW_ACTION"
    blend: int = 6
    root: str = "hips"
    feet: str = "fk"
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
            last = self.start + frames - 1 if self.end is None else self.end
            return CurrentActionRange(round(self.start), round(last), self.blend)
        return NlaStrip() if self.target == "NLA_STRIP" else NewAction()

    def bake_options(self) -> BakeOptions:
        """The choices of the bake."""
        reduction = None
        if self.degrees is not None and self.millimeters is not None:
            reduction = KeyReduction(self.degrees, self.millimeters)
        return BakeOptions(RootMotion(self.root), FootKeys(self.feet), reduction, self.relax_fingers)

    def bake_placement(self) -> Placement:
        """Where the character stands."""
        return Placement(self.placement)
