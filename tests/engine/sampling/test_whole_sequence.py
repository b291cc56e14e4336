"""Filling all latents at once with closed-form models: where it lands, what stays, what is heard, who stops it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from engine.bundle import Bundle
from engine.errors import UserError
from engine.generator import Engine
from engine.requests import GenerationRequest, Prompt, SamplingOptions
from engine.sampling.canvas import Canvas
from engine.sampling.sampler import Cancelled
from engine.sampling.sinking import SinkControl
from engine.sampling.solvers import SOLVERS
from engine.sampling.whole_sequence import StepSettings, sample_whole

TOY_FLOW = Path(__file__).parent.parent / "bundle" / "toy_flow"
WIDTH = 3
WORDS = np.full((4, WIDTH), 2.0, np.float32)
NULL = np.full((2, WIDTH), -1.0, np.float32)


class Constant:
    """The velocity is the mean word, wherever and whenever; attention on word j of L is (j + 1) / (1 + … + L)."""

    def __init__(self):
        self.calls = []

    def velocity(self, latents, times, valid, words, words_mask):
        assert {x.dtype for x in (latents, times, words)} == {np.dtype(np.float32)}
        self.calls.append((latents.copy(), times.copy(), valid.copy()))
        mean = (words * words_mask[..., None]).sum(1) / words_mask.sum(1, keepdims=True)
        attention = np.cumsum(words_mask, axis=1) * words_mask
        attention = attention / attention.sum(1, keepdims=True)
        length = latents.shape[1]
        return tuple(np.repeat(x[:, None], length, axis=1).astype(np.float32) for x in (mean, attention))


class Straight(Constant):
    """The velocity leads straight to the mean word."""

    def velocity(self, latents, times, valid, words, words_mask):
        mean, attention = super().velocity(latents, times, valid, words, words_mask)
        return (latents - mean) / times[:, None, None], attention


def empty(length, seed=0, words=WORDS):
    return Canvas.empty(length, WIDTH, words, seed)


def noise_of(seed, length):
    return np.random.Generator(np.random.PCG64(seed)).standard_normal((length, WIDTH), np.float32)


def partly_known(length=12, seed=0, words=(WORDS,)):
    latents = np.random.default_rng(4).standard_normal((length, WIDTH)).astype(np.float32)
    known = np.arange(length) % 3 != 0
    latents[~known] = np.nan  # must never be read
    return Canvas(latents, known, words, np.zeros(length, int), seed)


@pytest.mark.parametrize("solver", ["euler", "midpoint", "stochastic"])
def test_a_straight_flow_lands_on_its_target_in_any_number_of_steps(solver):
    for steps in (1, 7):
        (result,) = sample_whole(Straight(), [empty(23)], NULL, StepSettings(1.0, steps, solver))
        np.testing.assert_allclose(result, 2.0, atol=1e-4)


def test_guidance_adds_its_share_of_the_difference():
    """With constant velocities 2 (text) and −1 (null), x_0 = ε − (−1 + w · 3)."""
    (result,) = sample_whole(Constant(), [empty(9, seed=5)], NULL, StepSettings(4.0, 6))
    np.testing.assert_allclose(result, noise_of(5, 9) - (-1 + 3 * 4.0), atol=1e-5)


def test_guidance_adapts_to_how_far_attention_sinks():
    """s = 0.1 of four words; w = 4 · (1 + 2 · (0.1 − 0.3)) = 2.4."""
    settings = StepSettings(4.0, 6, sink_control=SinkControl(2.0, 0.3))
    (result,) = sample_whole(Constant(), [empty(9, seed=5)], NULL, settings)
    np.testing.assert_allclose(result, noise_of(5, 9) - (-1 + 3 * 2.4), atol=1e-5)


def test_guidance_of_one_needs_no_null_branch_and_a_step_one_call():
    model = Constant()
    sample_whole(model, [empty(10)], NULL, StepSettings(1.0, 5))
    assert [len(latents) for latents, *_ in model.calls] == [1] * 5
    model = Constant()
    sample_whole(model, [empty(10)], NULL, StepSettings(3.0, 5, "heun"))
    assert [len(latents) for latents, *_ in model.calls] == [2] * 10


@pytest.mark.parametrize("solver", SOLVERS)
def test_known_latents_stay_bit_for_bit_and_are_seen_as_noisy_as_the_others(solver):
    canvas, model = partly_known(), Constant()
    (result,) = sample_whole(model, [canvas], NULL, StepSettings(2.0, 4, solver))
    assert (result[canvas.known] == canvas.latents[canvas.known]).all()
    assert np.isfinite(result).all()
    own_noise = noise_of(0, 12)
    at_steps = [(latents[0], times[0]) for latents, times, _ in model.calls if times[0] in (1.0, 0.75, 0.5, 0.25)]
    for seen, t in at_steps[:: 2 if solver in ("midpoint", "heun") else 1]:
        on_line = (1 - t) * canvas.latents + t * own_noise
        if solver != "heun":
            np.testing.assert_allclose(seen[canvas.known], on_line[canvas.known], atol=1e-5)


def test_steps_are_taken_again_only_where_something_is_known():
    plain, edited = Constant(), Constant()
    sample_whole(plain, [empty(12)], NULL, StepSettings(1.0, 4))
    sample_whole(edited, [partly_known()], NULL, StepSettings(1.0, 4))
    assert [float(times[0]) for _, times, _ in plain.calls] == [1.0, 0.75, 0.5, 0.25]
    assert [float(times[0]) for _, times, _ in edited.calls] == [1.0, 0.75, 0.75, 0.5, 0.5, 0.25]


def test_nothing_to_fill_gives_the_canvas_back():
    canvas, model = Canvas(np.ones((5, WIDTH), np.float32), np.ones(5, bool), (WORDS,), np.zeros(5, int), 0), Constant()
    assert (sample_whole(model, [canvas], NULL, StepSettings(2.0, 2))[0] == 1).all()
    assert model.calls == []


@pytest.mark.parametrize("solver", SOLVERS)
def test_a_seed_gives_the_same_alone_and_in_a_batch_of_other_lengths_prompts_and_edits(solver):
    settings = StepSettings(3.0, 3, solver)
    canvases = [empty(31, 5), partly_known(seed=6), empty(4, 7, WORDS[:1] * 3)]
    together = sample_whole(Constant(), canvases, NULL, settings)
    for canvas, result in zip(canvases, together, strict=True):
        np.testing.assert_allclose(sample_whole(Constant(), [canvas], NULL, settings)[0], result, atol=1e-5)


def test_each_latent_follows_the_prompt_of_its_stretch():
    prompts = np.array([0] * 6 + [1] * 9)
    two = Canvas(np.zeros((15, WIDTH), np.float32), np.zeros(15, bool), (WORDS, WORDS[:2] + 3), prompts, 4)
    (result,) = sample_whole(Straight(), [two], NULL, StepSettings(1.0, 2))
    np.testing.assert_allclose(result, np.where(prompts, 5.0, 2.0)[:, None] * np.ones(WIDTH), atol=1e-5)


def test_padding_is_marked_invalid():
    model = Constant()
    sample_whole(model, [empty(8), empty(3)], NULL, StepSettings(2.0, 1))
    assert model.calls[0][2].sum(1).tolist() == [8, 3, 8, 3]


def test_every_step_tells_where_attention_was_and_progress():
    heard, told = [], []
    canvases = [empty(20), empty(4, 1, WORDS[:3]), partly_known()]
    sample_whole(
        Constant(), canvases, NULL, StepSettings(2.0, 4), hear=heard.append, progress=lambda *args: told.append(args)
    )
    assert told == [(done, 4) for done in range(5)]
    assert len(heard) == 4
    for one in heard:
        assert [int((one.canvas == i).sum()) for i in range(3)] == [20, 4, 4]
        np.testing.assert_allclose(one.weights[one.canvas == 1], [[1 / 6, 2 / 6, 3 / 6, 0]] * 4, atol=1e-6)
        np.testing.assert_allclose(one.sink_ratio, [0.1, 1 / 6, 0.1], atol=1e-6)


@pytest.mark.parametrize("allowed", [0, 2, 5])
def test_cancelling_stops_before_the_next_call_of_the_model(allowed):
    model = Constant()
    with pytest.raises(Cancelled):
        sample_whole(model, [empty(20)], NULL, StepSettings(2.0, 8), cancelled=lambda: len(model.calls) >= allowed)
    assert len(model.calls) == allowed


@pytest.fixture(scope="module")
def engine():
    return Engine(Bundle(TOY_FLOW, "cpu", threads=1))


class TestEngine:
    """The toy bundle of the family, through ONNX Runtime."""

    @staticmethod
    def asked(text="a person walks forward", **options):
        return GenerationRequest((Prompt(text, 1.0),), SamplingOptions(**{"seed": 3, **options}))

    def test_noise_becomes_the_data_that_it_stands_for(self, engine):
        from tests.engine.bundle import toy_bundle as toy

        words = engine.bundle.encode_text("a person waves")
        canvas = Canvas.empty(9, toy.LATENT, words, 5)
        settings = StepSettings(1.0, 200, "midpoint")
        (result,) = sample_whole(engine.bundle, [canvas], engine.bundle.encode_text(""), settings)
        ids = [2, *(toy.VOCABULARY.index(word) for word in ("a", "person", "waves")), 3]
        noise = np.random.Generator(np.random.PCG64(5)).standard_normal((9, toy.LATENT), np.float32)
        expected = toy.EMBEDDINGS[ids].mean(0) @ toy.TO_MU + toy.SIGMA * noise
        np.testing.assert_allclose(result, expected, atol=2e-3)

    @pytest.mark.parametrize("preset", ["draft", "standard", "best"])
    def test_a_motion_says_how_it_was_made(self, engine, preset):
        (motion,) = engine.generate(self.asked(preset=preset))
        steps = {"draft": 4, "standard": 8, "best": 16}[preset]
        assert (len(motion), motion.meta["flow_steps"], motion.meta["rounds"]) == (30, steps, steps)
        assert motion.meta["solver"] == {"draft": "euler", "standard": "midpoint", "best": "heun"}[preset]

    def test_a_script_loops_and_its_words_are_heard(self, engine):
        heard = []
        request = GenerationRequest(
            (Prompt("a person walks", 2.0), Prompt("a person waves slowly", 2.0)), SamplingOptions(seed=3), loop=True
        )
        (motion,) = engine.generate(request, aligned=heard.extend)
        assert len(motion) == 120
        rows = np.array(heard[0].weights)
        np.testing.assert_allclose(rows[:3, :12], 0.2, atol=1e-6)
        np.testing.assert_allclose(rows[3:, 16:], 1 / 6, atol=1e-6)

    @pytest.mark.parametrize(
        ("options", "complaint"),
        [
            ({"rounds": 3}, "flow steps instead of rounds"),
            ({"solver": "dopri"}, "no solver “dopri”; choose euler"),
            ({"time_grid": "x"}, "no time grid “x”"),
            ({"sink_control": -1.0}, "Sink control must be"),
        ],
    )
    def test_mistakes(self, engine, options, complaint):
        with pytest.raises(UserError, match=complaint):
            engine.generate(self.asked(**options))

    def test_what_only_the_other_family_has(self):
        masked = Engine(Bundle(TOY_FLOW.parent / "toy", "cpu", threads=1))
        for options, complaint in (
            ({"solver": "heun"}, "in rounds; leave the solver"),
            ({"sink_control": 1.0}, "Nobody measured this model's SinkRatio"),
        ):
            with pytest.raises(UserError, match=complaint):
                masked.generate(self.asked(**options))

    def test_a_prompt_of_more_tokens_than_are_read_leaves_a_notice(self, engine):
        """64 tokens, the two special ones among them, are read whole; of 65 the last is cut."""
        whole, cut = " ".join(["walks"] * 62), " ".join(["walks"] * 63)
        assert "notices" not in engine.generate(self.asked(whole))[0].meta
        (notice,) = engine.generate(self.asked(cut))[0].meta["notices"]
        assert "64 tokens" in notice
        assert engine.bundle.encode_text(cut).shape == engine.bundle.encode_text(whole).shape

    def test_a_prompt_of_one_token_is_made(self, engine):
        assert len(engine.generate(self.asked("walks"))[0]) == 30
