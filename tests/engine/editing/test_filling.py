"""Filling with a model whose answer is known: where it writes, what it reads, what it tells."""

from __future__ import annotations

import numpy as np
import pytest

from engine.editing.filling import Fill, Listener, Script, fill
from engine.sampling.sampler import Cancelled, SamplerSettings
from tests.engine.sampling.test_sampler import NULL, WIDTH, WORDS, MeanOfWords

SETTINGS = SamplerSettings(1.0, 2, tokens_per_round=2)
SCRIPT = Script((WORDS, WORDS + 3), np.array([0] * 10 + [1] * 10), NULL)
TWO_STRETCHES = [(Fill(0, 10, 0, 10), Fill(10, 20, 10, 20)), (Fill(5, 15, 8, 12),)]


def filled(
    passes, seeds=(3,), model=None, progress=lambda _round, _rounds: None, cancelled=lambda: False, latents=None
):
    latents = np.zeros((len(seeds), 20, WIDTH), np.float32) if latents is None else latents
    model = model or MeanOfWords(straight=True)
    return fill(model, latents, passes, SCRIPT, SETTINGS, seeds, Listener(progress, cancelled))


def test_each_stretch_follows_its_words_up_to_the_seam():
    (result,) = filled(TWO_STRETCHES)
    np.testing.assert_allclose(result[:10], 2.0, atol=1e-5)
    np.testing.assert_allclose(result[10:], 5.0, atol=1e-5)


def test_latents_outside_of_the_fills_stay_and_the_argument_too():
    latents = np.random.default_rng(0).standard_normal((1, 20, WIDTH)).astype(np.float32)
    before = latents.copy()
    (result,) = filled([(Fill(2, 12, 4, 9),)], latents=latents)
    assert (latents == before).all()
    outside = [place for place in range(20) if not 4 <= place < 9]
    assert (result[outside] == before[0, outside]).all()
    np.testing.assert_allclose(result[4:9], 2.0, atol=1e-5)


def test_a_canvas_over_the_end_goes_on_at_the_beginning():
    latents = np.full((1, 20, WIDTH), 9.0, np.float32)
    (result,) = filled([(Fill(-6, 6, -2, 3),)], latents=latents)
    np.testing.assert_allclose(result[18:], 5.0, atol=1e-5)
    np.testing.assert_allclose(result[:3], 2.0, atol=1e-5)
    assert (result[3:18] == 9.0).all()


def test_rounds_of_all_passes_count_together():
    told = []
    filled(TWO_STRETCHES, progress=lambda *args: told.append(args))
    assert told == [(done, 7) for done in range(8)]


def test_many_seeds_and_fills_are_told_as_one_and_give_what_each_gives_alone():
    told = []
    together = filled(TWO_STRETCHES, range(11), MeanOfWords(False), lambda *args: told.append(args))
    assert told == [(done, told[0][1]) for done in range(told[0][1] + 1)]
    for seed in (0, 10):
        np.testing.assert_allclose(filled(TWO_STRETCHES, (seed,), MeanOfWords(False))[0], together[seed], atol=1e-6)
    assert (together[0] != together[1]).any()


@pytest.mark.parametrize("allowed", [0, 3, 6])
def test_cancelling_stops_before_the_next_call_of_the_model(allowed):
    model = MeanOfWords(straight=True)
    with pytest.raises(Cancelled):
        filled(TWO_STRETCHES, model=model, cancelled=lambda: len(model.flow_calls) >= allowed)
    assert len(model.flow_calls) == allowed
