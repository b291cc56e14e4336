"""The sampler with closed-form models: where it must land, what it may not touch, and what it asks of the model."""

import itertools

import numpy as np
import pytest

from engine.sampling.canvas import Canvas
from engine.sampling.sampler import Cancelled, SamplerSettings, sample
from engine.sampling.schedules import latents_per_round, round_count, round_of_latents

WIDTH = 3
WORDS = np.full((4, WIDTH), 2.0, np.float32)
NULL = np.full((2, WIDTH), -1.0, np.float32)


class MeanOfWords:
    """conditions = mean word; the velocity is the condition itself, or leads straight to it.

    The attention on word j of L is (j + 1) / (1 + … + L), in every row.
    """

    def __init__(self, straight: bool) -> None:
        self.straight = straight
        self.transformer_calls, self.flow_calls = [], []

    def transformer(self, latents, known, valid, words, words_mask):
        self.transformer_calls.append((latents.copy(), known.copy(), valid.copy(), words_mask.copy()))
        mean = (words * words_mask[..., None]).sum(1) / words_mask.sum(1, keepdims=True)
        attention = np.cumsum(words_mask, axis=1) * words_mask
        attention = attention / attention.sum(1, keepdims=True)
        length = latents.shape[1]
        return tuple(np.repeat(x[:, None], length, axis=1).astype(np.float32) for x in (mean, attention))

    def flow(self, noise, conditions, null_conditions, scale, times):
        assert {x.dtype for x in (noise, conditions, null_conditions, scale, times)} == {np.dtype(np.float32)}
        self.flow_calls.append((len(noise), len(times) - 1))
        guided = null_conditions + scale[:, None] * (conditions - null_conditions)
        x_t = noise
        for t, t_next in itertools.pairwise(times):
            x_t = x_t - (t - t_next) * ((x_t - guided) / t if self.straight else guided)
        return x_t


def noise_of(seed, length):
    random = np.random.Generator(np.random.PCG64(seed))
    order = round_of_latents(np.ones(length, bool), round_count(length, 5), random)
    return random.standard_normal((length, WIDTH), np.float32), order


def empty(length, seed=0, words=WORDS):
    return Canvas.empty(length, WIDTH, words, seed)


@pytest.mark.parametrize("steps", [1, 5])
def test_a_straight_flow_lands_on_its_target(steps):
    result = sample(MeanOfWords(straight=True), [empty(23)], NULL, SamplerSettings(1.0, steps))[0]
    np.testing.assert_allclose(result, 2.0, atol=1e-5)


def test_a_large_request_asks_the_model_for_little_at_a_time_and_gives_the_same(monkeypatch):
    model, canvases = MeanOfWords(straight=False), [empty(9, seed) for seed in range(5)]
    settings = SamplerSettings(3.0, 7, rounds=2)
    whole = sample(model, canvases, NULL, settings)
    monkeypatch.setattr("engine.sampling.prompt_rows._ROWS", 4)
    monkeypatch.setattr("engine.sampling.sampler._FLOW_ROW_STEPS", 16)
    model = MeanOfWords(straight=False)
    np.testing.assert_allclose(sample(model, canvases, NULL, settings), whole, atol=1e-6)
    assert max(rows * steps for rows, steps in model.flow_calls) <= 16
    assert [len(latents) for latents, *_ in model.transformer_calls] == [4, 4, 2] * 2


def test_guidance_adds_its_share_of_the_difference_in_each_round():
    """With constant velocities 2 (text) and −1 (null), x_0 = ε − (−1 + w_s · 3), w_s = 1 + (w − 1)·s/S."""
    result = sample(MeanOfWords(straight=False), [empty(23, seed=9)], NULL, SamplerSettings(4.0, 3))[0]
    noise, order = noise_of(9, 23)
    scale = 1 + 3.0 * order / order.max()
    np.testing.assert_allclose(result, noise - (-1 + 3 * scale[:, None]), atol=1e-5)


def test_guidance_of_one_needs_no_null_branch():
    model = MeanOfWords(straight=False)
    sample(model, [empty(10)], NULL, SamplerSettings(1.0, 2))
    assert {len(call[0]) for call in model.transformer_calls} == {1}


def test_one_call_of_the_transformer_and_one_of_the_flow_a_round_for_both_branches():
    model = MeanOfWords(straight=False)
    sample(model, [empty(20)], NULL, SamplerSettings(3.0, 4))
    assert len(model.transformer_calls) == 4
    assert model.flow_calls == [(filled, 4) for filled in latents_per_round(20, 4)]
    known = [int(call[1][0].sum()) for call in model.transformer_calls]
    assert known == [0, 2, 6, 13]
    assert all((call[0][~call[1]] == 0).all() for call in model.transformer_calls)


def test_known_latents_stay_bit_for_bit_and_guide_from_the_first_round():
    rng = np.random.default_rng(4)
    latents = rng.standard_normal((12, WIDTH)).astype(np.float32)
    known = np.arange(12) % 3 != 0
    latents[~known] = np.nan  # must never be read
    model = MeanOfWords(straight=True)
    result = sample(model, [Canvas(latents, known, (WORDS,), np.zeros(12, int), 0)], NULL, SamplerSettings(2.0, 2))[0]
    assert (result[known] == latents[known]).all()
    np.testing.assert_array_equal(model.transformer_calls[0][0][0][known], latents[known])
    np.testing.assert_allclose(result[~known], 2.0 * 2 - (-1.0) * (2 - 1), atol=1e-4)


def test_nothing_to_fill_gives_the_canvas_back():
    canvas = Canvas(np.ones((5, WIDTH), np.float32), np.ones(5, bool), (WORDS,), np.zeros(5, int), 0)
    model = MeanOfWords(straight=True)
    assert (sample(model, [canvas], NULL, SamplerSettings(2.0, 2))[0] == 1).all()
    assert model.transformer_calls == []


def test_a_seed_gives_the_same_alone_and_in_a_batch_of_other_lengths_and_prompts():
    settings = SamplerSettings(3.0, 3)
    canvases = [empty(31, 5), empty(4, 6, WORDS[:1] * 3), empty(17, 7, -WORDS)]
    together = sample(MeanOfWords(straight=False), canvases, NULL, settings)
    for canvas, result in zip(canvases, together, strict=True):
        alone = sample(MeanOfWords(straight=False), [canvas], NULL, settings)[0]
        np.testing.assert_allclose(result, alone, atol=1e-6)


def test_each_latent_follows_the_prompt_of_its_stretch():
    """Straight flows to the mean word, without guidance: 2 where the first prompt rules, 5 where the second does."""
    prompts = np.array([0] * 6 + [1] * 9)
    latents, unknown = np.zeros((15, WIDTH), np.float32), np.zeros(15, bool)
    two = Canvas(latents, unknown, (WORDS, WORDS[:2] + 3), prompts, 4)
    result, other = sample(MeanOfWords(straight=True), [two, empty(4)], NULL, SamplerSettings(1.0, 2))
    np.testing.assert_allclose(result, np.where(prompts, 5.0, 2.0)[:, None] * np.ones(WIDTH), atol=1e-5)
    np.testing.assert_allclose(other, 2.0, atol=1e-5)


@pytest.mark.parametrize(("rounds", "expected"), [(1, 1), (7, 7), (50, 20)])
def test_a_number_of_rounds_beats_tokens_per_round(rounds, expected):
    model = MeanOfWords(straight=False)
    sample(model, [empty(20)], NULL, SamplerSettings(2.0, 1, rounds=rounds))
    assert len(model.transformer_calls) == expected


def test_padding_is_marked_invalid():
    model = MeanOfWords(straight=False)
    sample(model, [empty(8), empty(3)], NULL, SamplerSettings(2.0, 1))
    _, known, valid, words_mask = model.transformer_calls[-1]
    assert valid.sum(1).tolist() == [8, 3, 8, 3]
    assert not known[~valid].any()
    assert words_mask.sum(1).tolist() == [4, 4, 2, 2]


def test_same_seed_same_latents_other_seed_others():
    first, again, other = (
        sample(MeanOfWords(straight=False), [empty(16, seed)], NULL, SamplerSettings(2.0, 2))[0] for seed in (1, 1, 2)
    )
    assert (first == again).all()
    assert (first != other).any()


def test_progress_tells_each_round():
    told = []
    sample(
        MeanOfWords(straight=False),
        [empty(20)],
        NULL,
        SamplerSettings(2.0, 2),
        progress=lambda *args: told.append(args),
    )
    assert told == [(0, 4), (1, 4), (2, 4), (3, 4), (4, 4)]


@pytest.mark.parametrize("allowed_rounds", [0, 1, 3])
def test_cancelling_stops_before_the_next_flow(allowed_rounds):
    model = MeanOfWords(straight=False)
    with pytest.raises(Cancelled):
        sample(
            model,
            [empty(20)],
            NULL,
            SamplerSettings(2.0, 8),
            cancelled=lambda: len(model.flow_calls) >= allowed_rounds,
        )
    assert len(model.flow_calls) == len(model.transformer_calls) == allowed_rounds


def test_cancelling_between_transformer_and_flow_stops_there():
    model = MeanOfWords(straight=False)
    with pytest.raises(Cancelled):
        sample(model, [empty(20)], NULL, SamplerSettings(2.0, 8), cancelled=lambda: len(model.transformer_calls) == 2)
    assert (len(model.flow_calls), len(model.transformer_calls)) == (1, 2)


def test_every_round_tells_where_the_attention_of_the_filled_was():
    """Four words weigh 0.1, 0.2, 0.3, 0.4, three 1/6, 2/6, 3/6; a canvas that is done has no sink ratio."""
    heard = []
    canvases = [empty(20), empty(4, 1, WORDS[:3])]
    sample(MeanOfWords(straight=False), canvases, NULL, SamplerSettings(2.0, 2), hear=heard.append)
    assert len(heard) == 4
    for i, length in enumerate((20, 4)):
        assert sorted(np.concatenate([one.place[one.canvas == i] for one in heard]).tolist()) == list(range(length))
    np.testing.assert_allclose(heard[0].weights[heard[0].canvas == 0], [[0.1, 0.2, 0.3, 0.4]] * 2, atol=1e-6)
    np.testing.assert_allclose(heard[0].weights[heard[0].canvas == 1], [[1 / 6, 2 / 6, 3 / 6, 0]] * 4, atol=1e-6)
    np.testing.assert_allclose(heard[0].sink_ratio, [0.1, 1 / 6], atol=1e-6)
    np.testing.assert_allclose(heard[1].sink_ratio, [0.1, np.nan], atol=1e-6)


def test_attention_is_that_of_a_latents_own_prompt():
    prompts = np.array([0] * 6 + [1] * 9)
    two = Canvas(np.zeros((15, WIDTH), np.float32), np.zeros(15, bool), (WORDS, WORDS[:1]), prompts, 4)
    heard = []
    sample(MeanOfWords(straight=True), [two], NULL, SamplerSettings(2.0, 2, rounds=1), hear=heard.append)
    np.testing.assert_allclose(heard[0].weights[:, 0], np.where(prompts, 1.0, 0.1), atol=1e-6)
    np.testing.assert_allclose(heard[0].sink_ratio, [(6 * 0.1 + 9 * 1.0) / 15], atol=1e-6)
