"""Which stretch of a clip a training example shows."""

from __future__ import annotations

import numpy as np

from training.data.shards import ClipRow

_MIN_FRAMES = 48
_WHOLE_CLIP_SHARE = 0.4
_FROM_THE_START_SHARE = 0.7


def draw_window(row: ClipRow, max_frames: int, random: np.random.Generator) -> tuple[int, int]:
    """Start and length in frames, a multiple of 4, inside the clip, such that it shows the clip's event.

    A steady clip may be cut anywhere. A turn is covered. A gesture begins, mostly, at the clip's start, so that a
    motion of any length starts from standing; a long one (waving) may be cut while it goes on.
    """
    longest = min(row.frames, max_frames) // 4 * 4
    shortest = min(_MIN_FRAMES, longest)
    if row.event_end == 0:
        length = _length(shortest, longest, random)
        return int(random.integers(row.frames - length + 1)), length
    if row.frames <= max_frames and random.random() < _WHOLE_CLIP_SHARE:
        return 0, longest
    if row.content.startswith("walk-turn"):
        return _covering(row, shortest, longest, random)
    # At least the first second of the gesture, or all of it where it is shorter.
    needed = min(row.event_end, row.event_start + 30, longest)
    length = _length(max(shortest, needed), longest, random)
    if random.random() < _FROM_THE_START_SHARE:
        return 0, length
    last_start = min(row.event_start, row.frames - length)
    return int(random.integers(max(last_start, 0) + 1)), length


def _covering(row: ClipRow, shortest: int, longest: int, random: np.random.Generator) -> tuple[int, int]:
    length = _length(min(max(shortest, row.event_end - row.event_start + 8), longest), longest, random)
    first = max(0, row.event_end - length)
    last = min(row.event_start, row.frames - length)
    return int(random.integers(min(first, last), last + 1)), length


def _length(shortest: int, longest: int, random: np.random.Generator) -> int:
    return int(random.integers(shortest // 4, longest // 4 + 1)) * 4
