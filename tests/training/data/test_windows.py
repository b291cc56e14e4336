"""The stretch of a clip that an example shows, over all clips there could be."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.data.shards import ClipRow
from training.data.windows import draw_window

MAX_FRAMES = 240


@st.composite
def rows(draw, content):
    frames = draw(st.integers(4, 2000))
    start = draw(st.integers(0, frames - 1))
    end = 0 if content == "walk" else draw(st.integers(start + 1, frames))
    return ClipRow("clip", content, "normal", 0, frames, 0 if content == "walk" else start, end)


def drawn(row, seed, max_frames=MAX_FRAMES):
    start, length = draw_window(row, max_frames, np.random.default_rng(seed))
    return start, start + length


@pytest.mark.parametrize("content", ["walk", "walk-turn-left", "wave-left-hand"])
@given(st.data(), st.integers(0, 2**32), st.integers(48, 400))
def test_it_is_whole_latents_inside_the_clip(content, data, seed, max_frames):
    row = data.draw(rows(content))
    start, end = drawn(row, seed, max_frames)
    assert 0 <= start < end <= row.frames
    assert (end - start) % 4 == 0
    assert min(48, row.frames // 4 * 4) <= end - start <= max_frames


@given(rows("walk-turn-right"), st.integers(0, 2**32))
def test_it_covers_a_turn_that_fits(row, seed):
    """All of it; but where the window is the whole clip, it ends with the clip's last whole latent."""
    longest = min(row.frames, MAX_FRAMES) // 4 * 4
    if row.event_end - row.event_start > longest:
        return
    start, end = drawn(row, seed)
    assert start <= row.event_start
    assert end >= min(row.event_end, row.frames // 4 * 4)


@given(rows("walk-turn-right").filter(lambda row: row.event_end - row.event_start > MAX_FRAMES), st.integers(0, 2**32))
def test_it_lies_inside_a_turn_that_is_too_long(row, seed):
    start, end = drawn(row, seed)
    assert row.event_start <= start + 4
    assert end <= row.event_end + 4


@given(rows("wave-right-hand"), st.integers(0, 2**32))
def test_it_shows_how_a_gesture_begins(row, seed):
    """The first second of it, or all of it where it is shorter, up to the rounding to whole latents."""
    start, end = drawn(row, seed)
    assert start <= row.event_start
    assert end > min(row.event_end, row.event_start + 30, min(row.frames, MAX_FRAMES) // 4 * 4) - 4


def test_most_gestures_begin_at_the_clips_start_and_steady_clips_anywhere():
    gesture = ClipRow("clip", "wave-left-hand", "normal", 0, 400, 100, 300)
    starts = np.array([drawn(gesture, seed)[0] for seed in range(600)])
    assert np.mean(starts == 0) == pytest.approx(0.7, abs=0.08)
    assert starts.max() > 50
    steady = ClipRow("clip", "walk", "normal", 0, 400, 0, 0)
    starts, ends = np.array([drawn(steady, seed) for seed in range(600)]).T
    assert starts.mean() == pytest.approx(400 - ends.mean(), abs=25)
    assert np.unique(ends - starts).size == (MAX_FRAMES - 48) // 4 + 1
