"""Replacing the keys of a stretch of an F-curve; the curve outside it keeps its keys and its shape.

Where the stretch begins or ends between two keys, the Bézier segment there is parted by de Casteljau's construction:
the part outside runs exactly as before, and of the key that it belongs to only the handle toward the stretch gets
shorter.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Values = NDArray[np.float64]
_Table = dict[str, NDArray[Any]]

_CONSTANT, _LINEAR, _BEZIER = 0, 1, 2
_FREE, _AUTO, _AUTO_CLAMPED = 0, 1, 4
_FIELDS: Mapping[str, tuple[int, type, float]] = {
    "co": (2, np.float32, 0.0),
    "handle_left": (2, np.float32, 0.0),
    "handle_right": (2, np.float32, 0.0),
    "interpolation": (1, np.int32, _LINEAR),
    "handle_left_type": (1, np.int32, _AUTO_CLAMPED),
    "handle_right_type": (1, np.int32, _AUTO_CLAMPED),
    "easing": (1, np.int32, 0),
    "type": (1, np.int32, 0),
    "amplitude": (1, np.float32, 0.0),
    "back": (1, np.float32, 0.0),
    "period": (1, np.float32, 0.0),
    "select_control_point": (1, np.bool_, False),
    "select_left_handle": (1, np.bool_, False),
    "select_right_handle": (1, np.bool_, False),
}
"""Every property of a key: how many numbers it is, their type, and what a new key has."""

_SAME_FRAME = 1e-3


@dataclass(frozen=True, eq=False)
class NewKeys:
    """The keys of a stretch: frames (M,) rising, the first and the last are its ends; values (M,).

    slopes: (M,) by frame, where the keys are to be joined smoothly, else None for straight lines.
    holds: of each key whether its value is held to the next one.
    """

    frames: Values
    values: Values
    slopes: Values | None
    holds: NDArray[np.bool_]


def replace_keys(fcurve: Any, new: NewKeys) -> None:
    """Put the keys of a stretch in place of those that `fcurve` has between its ends, the ends included."""
    old = _read(fcurve)
    frames = old["co"][:, 0]
    first, last = new.frames[0], new.frames[-1]
    before = np.flatnonzero(frames < first - _SAME_FRAME)
    after = np.flatnonzero(frames > last + _SAME_FRAME)
    middle = _new_table(new)
    _join_before(old, before, middle, first)
    _join_after(old, after, middle, last)
    parts = [{name: old[name][before] for name in _FIELDS}, middle, {name: old[name][after] for name in _FIELDS}]
    _write(fcurve, {name: np.concatenate([part[name] for part in parts]) for name in _FIELDS})


def _read(fcurve: Any) -> _Table:
    points = fcurve.keyframe_points
    table: _Table = {}
    for name, (width, kind, _) in _FIELDS.items():
        values = np.empty(len(points) * width, dtype=kind)
        points.foreach_get(name, values)
        table[name] = values.reshape(len(points), width) if width > 1 else values
    return table


def _write(fcurve: Any, table: _Table) -> None:
    """All keys anew. Handles are not worked out again: they were read, or are set."""
    points = fcurve.keyframe_points
    points.clear()
    points.add(len(table["co"]))
    for name in _FIELDS:
        points.foreach_set(name, np.ascontiguousarray(table[name]).ravel())


def _new_table(new: NewKeys) -> _Table:
    count = len(new.frames)
    table: _Table = {}
    for name, (width, kind, value) in _FIELDS.items():
        table[name] = np.full((count, width) if width > 1 else count, value, dtype=kind)
    gaps = np.diff(new.frames) / 3.0
    ends = gaps[:1], gaps[-1:]
    slopes = np.zeros(count) if new.slopes is None else new.slopes
    for name, reach in (
        ("handle_left", -np.concatenate([ends[0], gaps])),
        ("handle_right", np.concatenate([gaps, ends[1]])),
    ):
        table[name][:] = np.stack([new.frames + reach, new.values + reach * slopes], axis=-1)
    table["co"][:] = np.stack([new.frames, new.values], axis=-1)
    if new.slopes is not None:
        table["interpolation"][:] = _BEZIER
        table["handle_left_type"][:] = table["handle_right_type"][:] = _FREE
    table["interpolation"][new.holds] = _CONSTANT
    return table


def _join_before(old: _Table, before: NDArray[np.intp], middle: _Table, first: float) -> None:
    """The left side of the first new key, and the right handle of the key before it."""
    following = np.flatnonzero(np.abs(old["co"][:, 0] - first) <= _SAME_FRAME)
    middle["handle_left_type"][0] = middle["handle_right_type"][0] = _FREE
    if len(following):
        middle["handle_left"][0] = old["handle_left"][following[0]]
        return
    if not len(before) or before[-1] + 1 >= len(old["co"]) or old["interpolation"][before[-1]] != _BEZIER:
        return
    left, _ = _parted(old, int(before[-1]), first)
    _fix_handles(old, int(before[-1]))
    old["handle_right"][before[-1]] = left[1]
    middle["handle_left"][0] = left[2]


def _join_after(old: _Table, after: NDArray[np.intp], middle: _Table, last: float) -> None:
    """The right side of the last new key, and the left handle of the key after it."""
    existing = np.flatnonzero(np.abs(old["co"][:, 0] - last) <= _SAME_FRAME)
    middle["handle_left_type"][-1] = middle["handle_right_type"][-1] = _FREE
    if not len(after):
        return
    leading = int(existing[0]) if len(existing) else int(after[0]) - 1
    if leading < 0:
        return
    for name in ("interpolation", "easing", "amplitude", "back", "period"):
        middle[name][-1] = old[name][leading]
    if len(existing):
        middle["handle_right"][-1] = old["handle_right"][leading]
    elif old["interpolation"][leading] == _BEZIER:
        _, right = _parted(old, leading, last)
        _fix_handles(old, leading + 1)
        middle["handle_right"][-1] = right[1]
        old["handle_left"][leading + 1] = right[2]


def _fix_handles(old: _Table, key: int) -> None:
    """Handles that Blender works out from the neighbors would move with the new ones: let them stay where they are."""
    for name in ("handle_left_type", "handle_right_type"):
        if old[name][key] in (_AUTO, _AUTO_CLAMPED):
            old[name][key] = _FREE


def _parted(old: _Table, key: int, frame: float) -> tuple[Values, Values]:
    """The four points (4, 2) of each half of the segment after `key`, parted at `frame`."""
    points = _segment(old, key)
    t = _parameter(points[:, 0], frame)
    levels = [points]
    while len(levels[-1]) > 1:
        levels.append(levels[-1][:-1] + t * (levels[-1][1:] - levels[-1][:-1]))
    return np.array([level[0] for level in levels]), np.array([level[-1] for level in reversed(levels)])


def _segment(old: _Table, key: int) -> Values:
    """(4, 2) what Blender draws between two keys: handles that overlap are shortened first."""
    start, end = old["co"][key].astype(np.float64), old["co"][key + 1].astype(np.float64)
    one, other = old["handle_right"][key].astype(np.float64), old["handle_left"][key + 1].astype(np.float64)
    width, reach = end[0] - start[0], abs(one[0] - start[0]) + abs(other[0] - end[0])
    if reach > width:
        one, other = start + (one - start) * width / reach, end + (other - end) * width / reach
    return np.stack([start, one, other, end])


def _parameter(x: Values, frame: float) -> float:
    """Where along a Bézier segment whose first coordinates (4,) rise it comes to `frame`: by halving."""
    low, high = 0.0, 1.0
    for _ in range(60):
        t = (low + high) / 2.0
        s = 1.0 - t
        if s**3 * x[0] + 3 * s * s * t * x[1] + 3 * s * t * t * x[2] + t**3 * x[3] < frame:
            low = t
        else:
            high = t
    return (low + high) / 2.0


def key_values(fcurve: Any, frames: Values) -> Values:
    """(N,) what an F-curve says in each of `frames` (N,)."""
    return np.array([fcurve.evaluate(frame) for frame in frames], dtype=np.float64)
