"""From a sentence to a Motion with the toy bundle: the whole way, through ONNX Runtime."""

from pathlib import Path

import numpy as np
import pytest

from engine.bundle import Bundle
from engine.errors import UserError
from engine.generator import Engine
from engine.motion.motion import Motion
from engine.requests import GenerationRequest, Prompt, SamplingOptions
from engine.sampling.sampler import Cancelled

TOY = Path(__file__).parent.parent / "bundle" / "toy"


@pytest.fixture(scope="module")
def engine():
    return Engine(Bundle(TOY, "cpu", threads=1))


def generate(engine, text="a person walks forward", seconds=None, **options):
    return engine.generate(GenerationRequest((Prompt(text, seconds),), SamplingOptions(**{"seed": 3, **options})))


def test_a_request_becomes_a_motion_that_says_how_it_was_made(engine):
    (motion,) = generate(engine, seconds=1.1, guidance=3.0, flow_steps=5)
    assert isinstance(motion, Motion)
    assert (len(motion), motion.fps) == (33, 30.0)
    cleanup = {"foot_skate_before_cm_s", "foot_skate_after_cm_s", "penetration_before_cm", "penetration_after_cm"}
    assert set(motion.meta["cleanup"]) == cleanup
    assert {key: value for key, value in motion.meta.items() if key != "cleanup"} == {
        "prompts": [{"text": "a person walks forward", "start": 0, "end": 33}],
        "seed": 3,
        "preset": "standard",
        "guidance": 3.0,
        "flow_steps": 5,
        "rounds": 2,
        "loop": False,
        "in_place": False,
        "model": "toy",
        "model_version": "1",
        "license": "CC0-1.0",
        "provider": "cpu",
    }


def test_same_seed_same_motion_even_from_a_new_engine(engine):
    again = Engine(Bundle(TOY, "cpu", threads=1))
    first, second = generate(engine)[0], generate(again)[0]
    assert (first.local_rotations_wxyz == second.local_rotations_wxyz).all()
    assert (first.root_translation_m == second.root_translation_m).all()


def test_other_seeds_and_other_words_give_other_motions(engine):
    base = generate(engine)[0].local_rotations_wxyz
    assert (base != generate(engine, seed=4)[0].local_rotations_wxyz).any()
    assert (base != generate(engine, "a person waves slowly")[0].local_rotations_wxyz).any()


def test_variations_are_the_motions_of_the_seeds_that_follow(engine):
    motions = generate(engine, variations=3)
    assert [motion.meta["seed"] for motion in motions] == [3, 4, 5]
    alone = generate(engine, seed=5)[0]
    np.testing.assert_allclose(motions[2].positions_m, alone.positions_m, atol=1e-5)


def test_a_drawn_seed_is_recorded_and_gives_the_motion_again(engine):
    (motion,) = generate(engine, seed=None)
    (again,) = generate(engine, seed=motion.meta["seed"])
    assert (motion.local_rotations_wxyz == again.local_rotations_wxyz).all()


def test_one_frame_is_possible(engine):
    assert len(generate(engine, seconds=0.01)[0]) == 1


def test_cancelling_reaches_the_sampler(engine):
    with pytest.raises(Cancelled):
        engine.generate(GenerationRequest((Prompt("walk"),)), cancelled=lambda: True)


def test_numbers_that_are_not_finite_become_a_sentence(engine, monkeypatch):
    monkeypatch.setattr(engine.bundle, "decode", lambda latents: np.full((1, 60, 272), np.nan, np.float32))
    with pytest.raises(UserError, match="no finite numbers"):
        generate(engine)
