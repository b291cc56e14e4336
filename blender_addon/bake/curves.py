"""Where an Action keeps its F-curves: the only module that knows both of Blender's ways.

Until 4.3 an Action has `fcurves`. From 4.4 on it has layers, strips and slots, and an object plays the channel bag of
its slot; 5.0 took `Action.fcurves` away.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

_LINEAR = 1  # bpy.types.Keyframe.interpolation as a number: constant 0, linear 1, Bézier 2


@dataclass(frozen=True, eq=False)
class Curve:
    """One F-curve: the property `data_path`[index], its values (N,), and the group it is listed under."""

    data_path: str
    index: int
    values: NDArray[np.float64]
    group: str


def play(animated_object: Any, action: Any) -> Any:
    """Make `animated_object` play `action`; returns the collection that its F-curves belong in."""
    animation = animated_object.animation_data or animated_object.animation_data_create()
    if not hasattr(action, "slots"):
        animation.action = action
        return action
    slot = action.slots[0] if len(action.slots) else action.slots.new(id_type="OBJECT", name=animated_object.name)
    layer = action.layers[0] if len(action.layers) else action.layers.new("Layer")
    strip = layer.strips[0] if len(layer.strips) else layer.strips.new(type="KEYFRAME")
    bag = strip.channelbag(slot, ensure=True)
    animation.action = action
    animation.action_slot = slot
    return bag


def write(container: Any, curve: Curve, frames: NDArray[np.float64]) -> None:
    """Add one F-curve with a key on each of `frames` (N,), straight from key to key."""
    fcurve = container.fcurves.new(curve.data_path, index=curve.index)
    group = container.groups.get(curve.group) or container.groups.new(curve.group)
    fcurve.group = group
    points = fcurve.keyframe_points
    points.add(len(frames))
    points.foreach_set("co", np.stack([frames, curve.values], axis=-1).astype(np.float32).ravel())
    points.foreach_set("interpolation", np.full(len(frames), _LINEAR, dtype=np.int32))
    fcurve.update()
