"""Composition in space: what the arms of one strand do, on the body and the way of another."""

from __future__ import annotations

import numpy as np

from engine.motion import rotations
from engine.motion.rotations import Array
from engine.motion.skeleton import BODY
from training.data.composition.strand import Strand

_RAMP_FRAMES = 12
_LEAD_FRAMES = 14
"""An arm sets out this long before the event that its label speaks of."""


def arm_joints(*sides: str) -> tuple[str, ...]:
    """The joints of the arms of these sides, collar included."""
    return tuple(f"{side}_{part}" for side in sides for part in ("collar", "shoulder", "elbow", "wrist"))


OWNED_JOINTS: dict[str, tuple[str, ...]] = {
    **{f"wave-{side}-hand": arm_joints(side) for side in ("left", "right")},
    **{f"raise-up-{side}-hand": arm_joints(side) for side in ("left", "right")},
    "wave-both-hands": arm_joints("left", "right"),
    "raise-up-both-hands": arm_joints("left", "right"),
    "byebye": arm_joints("left", "right"),
    "bye": arm_joints("right"),
    "guide": arm_joints("right"),
    "respond": arm_joints("left"),
}
"""Content → the joints that do it; all others may do something else meanwhile."""


def layered(body: Strand, arms: Strand, joints: tuple[str, ...], start: int, event: tuple[int, int]) -> Strand:
    """`body` with `joints` of `arms`, whose first frame falls on frame `start` (may be negative) of the body.

    event: frames [first, end) of `arms` in which the thing happens; the joints fade in before it and out after it.
    """
    frame = np.arange(len(body)) - start
    weight = _presence(frame, event)
    source = np.clip(frame, 0, len(arms) - 1)
    mixed = body.rotations_wxyz.copy()
    indices = [BODY.index(name) for name in joints]
    mixed[:, indices] = rotations.slerp(
        mixed[:, indices], arms.rotations_wxyz[source][:, indices], np.repeat(weight[:, None], len(indices), axis=1)
    )
    return Strand(rotations.continuous(mixed), body.height_m, body.turn_rad, body.step_m)


def _presence(frame: Array, event: tuple[int, int]) -> Array:
    """(N,) of 0 to 1 for frames (N,) of the arms' strand: 1 throughout the event and a little around it."""
    first, end = event[0] - _LEAD_FRAMES + _RAMP_FRAMES, event[1] + _LEAD_FRAMES - _RAMP_FRAMES
    linear = np.minimum(frame - (first - _RAMP_FRAMES), end + _RAMP_FRAMES - frame) / _RAMP_FRAMES
    share = np.clip(linear, 0.0, 1.0)
    return np.asarray(share * share * (3.0 - 2.0 * share))
