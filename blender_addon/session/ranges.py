"""Which frames of a character's animation are meant, and what has to be known around them."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..errors import AddonError

CONTEXT_SECONDS = 3.0


def chosen_range(scene: Any, armature: Any, source: str) -> tuple[int, int]:
    """First and last frame of the range. source: PREVIEW, KEYS or MARKERS. AddonError that says how to choose one."""
    if source == "PREVIEW":
        if not scene.use_preview_range:
            raise AddonError("There is no preview range; press P over the timeline and drag one.")
        first, last = scene.frame_preview_start, scene.frame_preview_end
    elif source == "KEYS":
        first, last = _selected_keys(armature)
    else:
        first, last = _markers(scene)
    if last - first < 1:
        raise AddonError("The range is empty; choose at least two frames.")
    return first, last


def surroundings(first: int, last: int, rate: float) -> tuple[int, int]:
    """First and last frame of what the engine is shown of the animation around a range."""
    margin = round(CONTEXT_SECONDS * rate)
    return first - margin, last + margin


def fcurves(armature: Any) -> list[Any]:
    """The F-curves that an armature plays, in either of Blender's ways."""
    animation = armature.animation_data
    if animation is None or animation.action is None:
        return []
    action = animation.action
    if not hasattr(action, "layers"):
        return list(action.fcurves)
    slot = animation.action_slot
    bags = [strip.channelbag(slot) for layer in action.layers for strip in layer.strips] if slot else []
    return [curve for bag in bags if bag is not None for curve in bag.fcurves]


def _selected_keys(armature: Any) -> tuple[int, int]:
    frames: list[float] = []
    for curve in fcurves(armature):
        count = len(curve.keyframe_points)
        selected, places = np.zeros(count, dtype=bool), np.zeros(2 * count, dtype=np.float32)
        curve.keyframe_points.foreach_get("select_control_point", selected)
        if selected.any():
            curve.keyframe_points.foreach_get("co", places)
            frames += [float(places[::2][selected].min()), float(places[::2][selected].max())]
    if not frames:
        raise AddonError("No keys are selected; select the keys of the range in the dope sheet.")
    return round(min(frames)), round(max(frames))


def _markers(scene: Any) -> tuple[int, int]:
    markers = [marker for marker in scene.timeline_markers if marker.select]
    if len(markers) != 2:
        markers = list(scene.timeline_markers)
    if len(markers) != 2:
        raise AddonError("Select two markers of the timeline: the range lies between them.")
    return min(marker.frame for marker in markers), max(marker.frame for marker in markers)
