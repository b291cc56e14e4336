"""What a request may hold, and what it becomes for a model."""

import dataclasses
import math
from pathlib import Path

import pytest

from engine.bundle import read_manifest
from engine.errors import UserError
from engine.requests import (
    LARGEST_SEED,
    GenerationRequest,
    Prompt,
    RegenerationRequest,
    SamplingOptions,
)

MANIFEST = read_manifest(Path(__file__).parent / "bundle" / "toy")


def script(*prompts, **options):
    return GenerationRequest(tuple(Prompt(*prompt) for prompt in prompts), SamplingOptions(**options))


def resolved(*prompts, **options):
    return script(*prompts, **options).resolved(MANIFEST)


@pytest.mark.parametrize(
    "make",
    [
        *(lambda text=text: Prompt(text) for text in ("", " \t\n", "a" * 1001, "walk \udcff")),
        *(lambda length=length: Prompt("walk", length) for length in (0.0, -1.0, math.nan, math.inf)),
        *(
            lambda wrong=wrong: SamplingOptions(**wrong)
            for wrong in (
                {"seed": -1},
                {"seed": LARGEST_SEED + 1},
                {"variations": 0},
                {"variations": 17},
                {"guidance": -0.1},
                {"guidance": 20.1},
                {"guidance": math.nan},
                {"flow_steps": 0},
                {"flow_steps": 201},
                {"rounds": 0},
                {"rounds": 1001},
            )
        ),
        lambda: GenerationRequest(()),
        lambda: GenerationRequest((Prompt("walk"),) * 33),
        lambda: GenerationRequest((Prompt("walk", 61.0),) * 2),
        lambda: resolved(("a person walks for 30 seconds",), ("run for 30 seconds",), ("bow", 60.5)),
        lambda: resolved(("walk", 1.0), ("bow", 0.01), ("run", 1.0)),
        lambda: resolved(("walk",), preset="finest"),
        lambda: RegenerationRequest(5, 5),
        lambda: RegenerationRequest(-1, 5),
        lambda: RegenerationRequest(0, 5, prompt=" "),
        lambda: RegenerationRequest(0, 5, keep_joints=("left_thumb",)),
        lambda: RegenerationRequest(0, 5, keep_joints=("upper_body", "lower_body")),
    ],
)
def test_wrong_requests_are_refused_in_a_sentence(make):
    with pytest.raises(UserError, match=r"^[A-Z][^\n]*\.$"):
        make()


def test_defaults_are_the_models():
    request = resolved(("  walk \n forward ",))
    assert request.stretches[0].text == "walk forward"
    assert (request.frames, request.stretches[0].end) == (60, 15)
    options = request.options
    assert (options.guidance, options.flow_steps, options.tokens_per_round, options.rounds) == (2.0, 4, 5, None)


def test_a_preset_is_the_models_and_a_setting_beats_it():
    best = MANIFEST.presets["best"]
    options = resolved(("walk",), preset="best", rounds=3).options
    assert (options.flow_steps, options.tokens_per_round, options.rounds) == (
        best.flow_steps,
        best.tokens_per_round,
        3,
    )
    assert resolved(("walk",), preset="best", flow_steps=2).options.flow_steps == 2


@pytest.mark.parametrize(
    ("seconds", "frames", "latents"), [(1.0, 30, 8), (0.001, 1, 1), (4 / 30, 4, 1), (5 / 30, 5, 2), (100, 3000, 750)]
)
def test_seconds_become_frames_and_latents(seconds, frames, latents):
    request = resolved(("walk", seconds))
    assert (request.frames, request.stretches[-1].end) == (frames, latents)


def test_the_stretches_of_a_script_follow_each_other_without_a_gap():
    request = resolved(("walk", 1.0), ("bow", 1.1), ("run", 0.95))
    assert [(stretch.start, stretch.end) for stretch in request.stretches] == [(0, 8), (8, 16), (16, 23)]
    assert request.frames == round(3.05 * 30)


def test_a_sentence_of_several_deeds_is_a_script_as_long_as_was_asked():
    made = resolved(("an old man walks for 4 seconds, then waves for 2 seconds", 6.0), ("a man bows", 2.0))
    told = [(stretch.text, stretch.start, stretch.end) for stretch in made.stretches]
    assert told == [
        ("an old man walks for 4 seconds", 0, 30),
        ("an old man waves for 2 seconds", 30, 45),
        ("a man bows", 45, 60),
    ]
    assert made.frames == 240


def test_a_sentence_of_several_deeds_stays_whole_where_there_is_no_time_for_each():
    made = resolved(("a man jumps, then bows", 1.5))
    assert [stretch.text for stretch in made.stretches] == ["a man jumps, then bows"]


def test_variation_k_has_seed_s_plus_k():
    assert resolved(("walk",), seed=7, variations=3).options.seeds == (7, 8, 9)


def test_a_missing_seed_is_drawn_anew():
    drawn = {resolved(("walk",)).options.seeds[0] for _ in range(8)}
    assert len(drawn) > 1
    assert max(drawn) < 2**31


def test_frame_rate_is_the_models():
    slow = dataclasses.replace(MANIFEST, fps=20.0)
    assert script(("walk", 1.0)).resolved(slow).frames == 20
