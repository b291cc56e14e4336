"""Where an Action keeps its F-curves: the only module that knows both of Blender's ways.

Until 4.3 an Action has `fcurves`. From 4.4 on it has layers, strips and slots, and an object plays the channel bag of
its slot; 5.0 took `Action.fcurves` away.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .reduction import SparseKeys

_CONSTANT, _LINEAR, _BEZIER = 0, 1, 2  # bpy.types.Keyframe.interpolation as a number
_FREE, _AUTO, _ALIGNED = 0, 1, 3  # bpy.types.Keyframe.handle_left_type as a number

Values = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Curve:
    """One F-curve: the property `data_path`[index], its values (N,), and the group it is listed under.

    steps: whether it holds each value to the next key, as switches do.
    """

    data_path: str
    index: int
    values: Values
    group: str
    steps: bool = False


def channels_of(animated_object: Any, action: Any) -> Any:
    """The collection that the F-curves of `animated_object` in `action` belong in, made where it is missing."""
    if not hasattr(action, "slots"):
        return action
    layer = action.layers[0] if len(action.layers) else action.layers.new("Layer")
    strip = layer.strips[0] if len(layer.strips) else layer.strips.new(type="KEYFRAME")
    return strip.channelbag(_slot_of(animated_object, action), ensure=True)


def play(animated_object: Any, action: Any) -> None:
    """Make `animated_object` play `action`, in its slot where this Blender has slots."""
    animation = animated_object.animation_data or animated_object.animation_data_create()
    animation.action = action
    if action is not None and hasattr(action, "slots"):
        animation.action_slot = _slot_of(animated_object, action)


def bind_strip(strip: Any, animated_object: Any, action: Any) -> None:
    """Make an NLA strip play the slot of `animated_object` in `action`."""
    if hasattr(action, "slots"):
        strip.action_slot = _slot_of(animated_object, action)


def _slot_of(animated_object: Any, action: Any) -> Any:
    animation = animated_object.animation_data
    if animation is not None and animation.action == action and animation.action_slot is not None:
        return animation.action_slot
    fitting = [slot for slot in action.slots if slot.target_id_type in ("OBJECT", "UNSPECIFIED")]
    named = [slot for slot in fitting if slot.name_display == animated_object.name]
    if named or fitting:
        return (named or fitting)[0]
    return action.slots.new(id_type="OBJECT", name=animated_object.name)


def find(container: Any, data_path: str, index: int) -> Any:
    """The F-curve of a property, None where it is not animated."""
    return container.fcurves.find(data_path, index=index)


def ensure(container: Any, data_path: str, index: int, group: str) -> Any:
    """The F-curve of a property, made in its group where it is missing."""
    fcurve = find(container, data_path, index)
    if fcurve is None:
        fcurve = container.fcurves.new(data_path, index=index)
        fcurve.group = container.groups.get(group) or container.groups.new(group)
    return fcurve


def write(container: Any, curve: Curve, frames: Values, sparse: SparseKeys | None = None) -> None:
    """Add one F-curve with a key on each of `frames` (N,), straight from key to key.

    With `sparse`, only the keys that it names, smooth, with its slopes.
    """
    fcurve = ensure(container, curve.data_path, curve.index, curve.group)
    points = fcurve.keyframe_points
    kept = np.arange(len(frames)) if sparse is None else sparse.kept
    at, values = frames[kept], curve.values[kept]
    points.add(len(at))
    points.foreach_set("co", _pairs(at, values))
    if sparse is None:
        _fill(points, "interpolation", _CONSTANT if curve.steps else _LINEAR)
    else:
        _fill(points, "interpolation", _BEZIER)
        for side, before in (("left", True), ("right", False)):
            _fill(points, f"handle_{side}_type", _ALIGNED)
            reach = _reaches(at, before)
            slopes = sparse.slopes_of(curve.values, frames)[kept]
            points.foreach_set(f"handle_{side}", _pairs(at + reach, values + reach * slopes))
    fcurve.update()


def _reaches(frames: Values, before: bool) -> Values:
    """How far each key's handle reaches: a third of the way to its neighbor, which makes a Bézier curve a Hermite's."""
    if len(frames) < 2:
        return np.full(len(frames), -1.0 if before else 1.0)
    gaps = np.diff(frames) / 3.0
    return -np.concatenate([gaps[:1], gaps]) if before else np.concatenate([gaps, gaps[-1:]])


def _pairs(frames: Values, values: Values) -> NDArray[np.float32]:
    return np.stack([frames, values], axis=-1).astype(np.float32).ravel()


def _fill(points: Any, attribute: str, value: int) -> None:
    points.foreach_set(attribute, np.full(len(points), value, dtype=np.int32))
