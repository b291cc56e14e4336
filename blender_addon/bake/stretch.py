"""Replacing the keys of a stretch of an F-curve; every key outside it stays as it is, number by number.

Where the stretch begins or ends between two keys, the Bézier segment there is parted by de Casteljau's construction.
That would shorten the handle of the key outside. So that this handle, too, stays as it is, one key more is put on the
curve, a frame beside that key: on whole frames the curve outside runs exactly as before.
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
_FREE, _AUTO_CLAMPED = 0, 4
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
_BACKWARD = np.array([-1.0, 1.0])
"""Makes a segment, its points in reverse, run backward in time: what is said of beginnings then holds for ends."""


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
    lead = _join_before(old, before, middle, first)
    trail = _join_after(old, after, middle, last)
    outside = [{name: old[name][kept] for name in _FIELDS} for kept in (before, after)]
    parts = [outside[0], *lead, middle, *trail, outside[1]]
    _write(fcurve, {name: np.concatenate([part[name] for part in parts]) for name in _FIELDS})


def _read(fcurve: Any) -> _Table:
    points = fcurve.keyframe_points
    table: _Table = {}
    for name, (width, kind, _) in _FIELDS.items():
        values: NDArray[Any] = np.empty(len(points) * width, dtype=kind)
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


def _join_before(old: _Table, before: NDArray[np.intp], middle: _Table, first: float) -> list[_Table]:
    """The left side of the first new key; returns the key that it takes besides, if any."""
    following = np.flatnonzero(np.abs(old["co"][:, 0] - first) <= _SAME_FRAME)
    middle["handle_left_type"][0] = middle["handle_right_type"][0] = _FREE
    if len(following):
        middle["handle_left"][0] = old["handle_left"][following[0]]
        return []
    if not len(before) or before[-1] + 1 >= len(old["co"]) or old["interpolation"][before[-1]] != _BEZIER:
        return []
    key = int(before[-1])
    left, besides = _shortened(_segment(old, key), first, float(np.floor(old["co"][key, 0])) + 1.0)
    middle["handle_left"][0] = left
    return [] if besides is None else [_besides(old, key, besides)]


def _join_after(old: _Table, after: NDArray[np.intp], middle: _Table, last: float) -> list[_Table]:
    """The right side of the last new key; returns the key that it takes besides, if any."""
    existing = np.flatnonzero(np.abs(old["co"][:, 0] - last) <= _SAME_FRAME)
    middle["handle_left_type"][-1] = middle["handle_right_type"][-1] = _FREE
    if not len(after):
        return []
    leading = int(existing[0]) if len(existing) else int(after[0]) - 1
    if leading < 0:
        return []
    for name in ("interpolation", "easing", "amplitude", "back", "period"):
        middle[name][-1] = old[name][leading]
    if len(existing):
        middle["handle_right"][-1] = old["handle_right"][leading]
    elif old["interpolation"][leading] == _BEZIER:
        beside = float(np.ceil(old["co"][leading + 1, 0])) - 1.0
        right, besides = _shortened(_BACKWARD * _segment(old, leading)[::-1], -last, -beside)
        middle["handle_right"][-1] = _BACKWARD * right
        return [] if besides is None else [_besides(old, leading, _BACKWARD * besides[::-1])]
    return []


def _shortened(points: Values, end: float, beside: float) -> tuple[Values, Values | None]:
    """A segment (4, 2) from a key whose handle stays, cut off at `end`.

    The handle (2,) of the key there toward this one; and where frame `beside` comes before, left handle, place and
    right handle (3, 2) of the key that is put there, so that the segment from it on is the very one that it was.
    """
    place, slope = _on(points, min(end, beside))
    reach = (place[0] - points[0, 0]) / 3.0
    left = place - reach * np.array([1.0, slope])
    if beside >= end - _SAME_FRAME:
        return left, None
    rest = _parted(_parted(points, end)[0], beside)[1]
    return rest[2], np.stack([left, place, rest[1]])


def _besides(old: _Table, key: int, points: Values) -> _Table:
    """One key at points (3, 2) left handle, place, right handle, else like `key`."""
    table = {name: old[name][key : key + 1].copy() for name in _FIELDS}
    table["handle_left"][0], table["co"][0], table["handle_right"][0] = points
    table["handle_left_type"][0] = table["handle_right_type"][0] = _FREE
    table["select_control_point"][0] = table["select_left_handle"][0] = table["select_right_handle"][0] = False
    return table


def _on(points: Values, frame: float) -> tuple[Values, float]:
    """The point (2,) of a segment (4, 2) in `frame`, and its slope by frame."""
    left, right = _parted(points, frame)
    across = right[1] - left[2]
    return left[3], float(across[1] / across[0]) if abs(across[0]) > 1e-9 else 0.0


def _parted(points: Values, frame: float) -> tuple[Values, Values]:
    """The four points (4, 2) of each half of a segment (4, 2), parted at `frame`."""
    t = _parameter(points[:, 0], frame)
    levels = [points]
    while len(levels[-1]) > 1:
        levels.append(levels[-1][:-1] + t * (levels[-1][1:] - levels[-1][:-1]))
    return np.array([level[0] for level in levels]), np.array([level[-1] for level in reversed(levels)])


def _segment(old: _Table, key: int) -> Values:
    """(4, 2) what Blender draws between two keys: a handle that reaches beyond the other key is shortened to it."""
    start, end = old["co"][key].astype(np.float64), old["co"][key + 1].astype(np.float64)
    one, other = old["handle_right"][key].astype(np.float64), old["handle_left"][key + 1].astype(np.float64)
    width = end[0] - start[0]
    one = start + (one - start) * min(1.0, width / max(abs(one[0] - start[0]), 1e-9))
    other = end + (other - end) * min(1.0, width / max(abs(other[0] - end[0]), 1e-9))
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
