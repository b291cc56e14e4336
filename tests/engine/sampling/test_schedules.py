"""Schedules against values worked out by hand, and their invariants for any size."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.sampling.schedules import (
    guidance_scale,
    latents_per_round,
    masked_after,
    round_count,
    round_of_latents,
)

sizes = st.integers(1, 400)


def test_cosine_schedule_of_twenty_latents_in_four_rounds():
    # 20·cos(22.5°) = 18.5, 20·cos(45°) = 14.1, 20·cos(67.5°) = 7.7
    assert [masked_after(s, 4, 20) for s in range(5)] == [20, 18, 14, 7, 0]
    assert latents_per_round(20, 4) == [2, 4, 7, 7]


def test_rounds_are_the_masked_latents_by_fives_rounded_up():
    assert [round_count(n, 5) for n in (0, 1, 5, 6, 75)] == [0, 1, 1, 2, 15]


@given(sizes, st.data())
def test_every_round_fills_something_and_together_all(masked, data):
    rounds = data.draw(st.integers(1, masked))
    filled = latents_per_round(masked, rounds)
    assert len(filled) == rounds
    assert sum(filled) == masked
    assert min(filled) >= 1


@given(sizes, st.integers(1, 20), st.integers(0, 1000))
def test_only_masked_latents_get_a_round(length, tokens_per_round, seed):
    random = np.random.default_rng(seed)
    masked = random.random(length) < 0.5
    count = round_count(int(masked.sum()), tokens_per_round)
    rounds = round_of_latents(masked, count, random)
    assert ((rounds > 0) == masked).all()
    filled = [int((rounds == s).sum()) for s in range(1, rounds.max() + 1)]
    assert filled == latents_per_round(int(masked.sum()), count)


def test_order_of_filling_is_the_seeds():
    everything = np.ones(40, bool)
    orders = [round_of_latents(everything, 8, np.random.default_rng(seed)).tolist() for seed in (1, 1, 2)]
    assert orders[0] == orders[1] != orders[2]


@pytest.mark.parametrize(("round_number", "expected"), [(1, 2.0), (2, 3.0), (4, 5.0)])
def test_guidance_rises_linearly_to_its_full_scale(round_number, expected):
    assert guidance_scale(5.0, np.array([round_number]), np.array([4])) == [expected]
