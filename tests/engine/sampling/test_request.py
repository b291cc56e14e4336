"""What a request may hold, and what it becomes for a model."""

import dataclasses
import math
from pathlib import Path

import pytest

from engine.bundle import read_manifest
from engine.errors import UserError
from engine.sampling.request import LARGEST_SEED, GenerationRequest

MANIFEST = read_manifest(Path(__file__).parent.parent / "bundle" / "toy")


@pytest.mark.parametrize(
    "wrong",
    [
        {"text": ""},
        {"text": " \t\n"},
        {"text": "a" * 1001},
        {"text": "walk \udcff"},
        {"seconds": 0.0},
        {"seconds": -1.0},
        {"seconds": math.nan},
        {"seconds": math.inf},
        {"seed": -1},
        {"seed": LARGEST_SEED + 1},
        {"variations": 0},
        {"variations": 17},
        {"guidance": -0.1},
        {"guidance": 20.1},
        {"guidance": math.nan},
        {"flow_steps": 0},
        {"flow_steps": 201},
    ],
)
def test_wrong_requests_are_refused_in_a_sentence(wrong):
    with pytest.raises(UserError, match=r"^[A-Z][^\n]*\.$"):
        GenerationRequest(**{"text": "walk", **wrong})


def test_more_than_the_model_can_is_refused():
    with pytest.raises(UserError, match="at most 10 seconds"):
        GenerationRequest("walk", seconds=10.1).resolved(MANIFEST)


def test_defaults_are_the_models():
    resolved = GenerationRequest("  walk \n forward ").resolved(MANIFEST)
    assert resolved.text == "walk forward"
    assert (resolved.frames, resolved.latents) == (60, 15)
    assert (resolved.guidance, resolved.flow_steps) == (2.0, 4)


@pytest.mark.parametrize(
    ("seconds", "frames", "latents"), [(1.0, 30, 8), (0.001, 1, 1), (4 / 30, 4, 1), (5 / 30, 5, 2), (10, 300, 75)]
)
def test_seconds_become_frames_and_latents(seconds, frames, latents):
    resolved = GenerationRequest("walk", seconds=seconds).resolved(MANIFEST)
    assert (resolved.frames, resolved.latents) == (frames, latents)


def test_variation_k_has_seed_s_plus_k():
    assert GenerationRequest("walk", seed=7, variations=3).resolved(MANIFEST).seeds == (7, 8, 9)


def test_a_missing_seed_is_drawn_anew():
    drawn = {GenerationRequest("walk").resolved(MANIFEST).seeds[0] for _ in range(8)}
    assert len(drawn) > 1
    assert max(drawn) < 2**31


def test_frame_rate_is_the_models():
    slow = dataclasses.replace(MANIFEST, fps=20.0)
    assert GenerationRequest("walk", seconds=1.0).resolved(slow).frames == 20
