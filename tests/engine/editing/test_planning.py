"""Plans of canvases: everything asked for is made, nothing else, on canvases that the model knows."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.editing.planning import range_passes, script_passes, seam_borders

windows = st.integers(1, 80)


@st.composite
def stretches(draw):
    lengths = draw(st.lists(st.integers(1, 120), min_size=1, max_size=6))
    return list(pairwise([0, *np.cumsum(lengths).tolist()]))


def made_in_order(passes, length, known=()):
    """The latents that are known after all passes; asserts that no canvas reads what nobody has made."""
    ready = np.zeros(length, bool)
    ready[list(known)] = True
    for fills in passes:
        made = [np.arange(fill.masked_start, fill.masked_end) % length for fill in fills]
        for fill in fills:
            places = np.arange(fill.start, fill.end)
            context = places[(places < fill.masked_start) | (places >= fill.masked_end)] % length
            assert ready[context].all(), fill
            assert fill.masked_start < fill.masked_end
            for other, others in zip(fills, made, strict=True):
                assert other is fill or not set(context) & set(others)
        for places in made:
            ready[places] = True
    return ready


@settings(deadline=None)
@given(stretches(), windows, st.booleans())
def test_a_script_is_made_whole(spans, window, loop):
    length = spans[-1][1]
    passes = script_passes(spans, window, loop and length >= 4)
    assert made_in_order(passes, length).all()


@settings(deadline=None)
@given(stretches(), st.integers(38, 80))
def test_no_canvas_is_longer_than_the_window(spans, window):
    passes = script_passes(spans, window, loop=spans[-1][1] >= 4)
    assert max(fill.end - fill.start for fills in passes for fill in fills) <= window


def test_what_fits_is_one_canvas_and_each_prompt_has_its_own():
    ((whole,),) = script_passes([(0, 60)], 60, loop=False)
    assert (whole.start, whole.end, whole.masked) == (0, 60, 60)
    (own, (seam,)) = script_passes([(0, 30), (30, 50)], 60, loop=False)
    assert [(fill.start, fill.end) for fill in own] == [(0, 30), (30, 50)]
    assert (seam.masked_start, seam.masked_end) == (26, 34)
    assert seam.start < 26
    assert seam.end > 34


def test_two_stretches_of_one_latent_have_no_seam_to_make():
    assert [len(fills) for fills in script_passes([(0, 1), (1, 2)], 60, loop=False)] == [2]
    assert seam_borders([(0, 1), (1, 2)]) == [1]


def test_a_body_may_leap_where_a_seam_begins_where_the_words_change_and_where_it_ends():
    assert seam_borders([(0, 30), (30, 50)]) == [26, 30, 34]


def test_a_loop_has_its_seam_in_the_middle_of_a_canvas():
    *_, (wrap,) = script_passes([(0, 30)], 60, loop=True)
    assert wrap.start == -wrap.end
    assert wrap.masked_start == -wrap.masked_end


@settings(deadline=None)
@given(st.integers(0, 60), st.integers(1, 300), st.integers(0, 60), windows, st.booleans())
def test_a_range_is_made_whole_and_nothing_else(before, masked, after, window, new_words):
    length = before + masked + after
    outside = [*range(before), *range(before + masked, length)]
    passes = range_passes(before, before + masked, length, window, new_words)
    made = {place for fills in passes for fill in fills for place in range(fill.masked_start, fill.masked_end)}
    assert made == set(range(before, before + masked))
    assert made_in_order(passes, length, outside).all()
    assert max(fill.end - fill.start for fills in passes for fill in fills) <= window


def test_a_short_range_lies_on_one_canvas_with_both_its_sides():
    ((only,),) = range_passes(15, 23, 38, 60, new_words=False)
    assert (only.start, only.masked_start, only.masked_end, only.end) == (0, 15, 23, 38)


def test_new_words_get_a_canvas_of_their_own_and_then_seams_inside_of_the_range():
    (own,), (first,), (last,) = range_passes(15, 40, 60, 60, new_words=True)
    assert (own.start, own.end, own.masked) == (15, 40, 25)
    assert (first.masked_start, first.masked_end) == (15, 19)
    assert (last.masked_start, last.masked_end) == (36, 40)
    assert first.start < 15
    assert last.end > 40
