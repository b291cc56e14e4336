"""The sampler with closed-form models: where it must land, what it may not touch, and what it asks of the model."""

import numpy as np
import pytest

from engine.sampling.sampler import Cancelled, Canvas, SamplerSettings, sample
from engine.sampling.schedules import latents_per_round, round_count, round_of_latents

WIDTH = 3
WORDS = np.full((4, WIDTH), 2.0, np.float32)
NULL = np.full((2, WIDTH), -1.0, np.float32)


class MeanOfWords:
    """conditions = mean word; the velocity is the condition itself, or leads straight to it."""

    def __init__(self, straight: bool) -> None:
        self.straight = straight
        self.transformer_calls, self.head_calls = [], []

    def transformer(self, latents, known, valid, words, words_mask):
        self.transformer_calls.append((latents.copy(), known.copy(), valid.copy(), words_mask.copy()))
        mean = (words * words_mask[..., None]).sum(1) / words_mask.sum(1, keepdims=True)
        return np.repeat(mean[:, None], latents.shape[1], axis=1).astype(np.float32)

    def flow_head(self, noisy, time, conditions):
        assert noisy.dtype == time.dtype == conditions.dtype == np.float32
        self.head_calls.append(len(noisy))
        return (noisy - conditions) / time[:, None] if self.straight else conditions


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


def test_one_transformer_call_a_round_and_one_head_call_a_step_for_both_branches():
    model = MeanOfWords(straight=False)
    sample(model, [empty(20)], NULL, SamplerSettings(3.0, 4))
    assert len(model.transformer_calls) == 4
    assert model.head_calls == [2 * filled for filled in latents_per_round(20, 4) for _ in range(4)]
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


@pytest.mark.parametrize("allowed_steps", [0, 1, 3])
def test_cancelling_stops_before_the_next_flow_step(allowed_steps):
    model = MeanOfWords(straight=False)
    with pytest.raises(Cancelled):
        sample(
            model,
            [empty(20)],
            NULL,
            SamplerSettings(2.0, 8),
            cancelled=lambda: len(model.head_calls) >= allowed_steps,
        )
    assert len(model.head_calls) == allowed_steps
