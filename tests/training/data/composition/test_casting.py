"""Takes that are made to last, and layers that do what their captions say."""

from __future__ import annotations

import re

import numpy as np
import pytest

from engine.motion import ms272
from tests.training.made_clips import moving
from training.data.composition.casting import Take, sustained
from training.data.composition.composer import Composer
from training.data.composition.layering import arm_joints
from training.data.composition.roles import Role
from training.data.composition.strand import Strand
from training.data.predicates import PREDICATES

EVENT = (30, 60)
RAISES, GUIDES = re.compile("rais|lift|put|hold"), re.compile("show|direct|guest|way|where|wave|from")
RUNS, ONE_HAND = re.compile(r"\b(?:runs?|running|jogs?|jogging)\b"), re.compile(r"\b(?:left|right) (?:hand|arm)\b")


@pytest.fixture(scope="module")
def raise_of_a_hand():
    role = Role("raise-up-left-hand", "gesture", EVENT, arm_joints("left"), ("raise {the} left hand",))
    return Take(role, Strand.from_features(ms272.encode(moving(90, raised="left"))))


def test_a_raised_hand_stays_up_for_about_as_long_as_is_asked(raise_of_a_hand):
    lasting = sustained(raise_of_a_hand, 150)
    first, end = lasting.role.event
    assert end - first == pytest.approx(150, abs=20)
    assert len(lasting.strand) - len(raise_of_a_hand.strand) == (end - first) - (EVENT[1] - EVENT[0])
    rotations = lasting.strand.rotations_wxyz
    assert np.allclose(rotations[:first], raise_of_a_hand.strand.rotations_wxyz[:first])
    assert np.allclose(rotations[end:], raise_of_a_hand.strand.rotations_wxyz[EVENT[1] :])


def test_it_goes_on_without_a_jump(raise_of_a_hand):
    def fastest(take):
        steps = np.abs(np.diff(take.strand.rotations_wxyz, axis=0))
        return steps.max()

    assert fastest(sustained(raise_of_a_hand, 150)) <= 1.05 * fastest(raise_of_a_hand)


def test_what_is_as_long_already_stays(raise_of_a_hand):
    assert sustained(raise_of_a_hand, 35) is raise_of_a_hand


def test_layers_of_real_clips_do_what_their_captions_say(real_shards):
    composer = Composer(real_shards, real_shards.of("train"), 240, 4)
    layers = [made for seed in range(200) if (made := composer.composite(seed)) is not None and made.kind == "layer"]
    verdicts = [
        PREDICATES[f"raises the {side} hand, not the {other} one"].holds(ms272.decode(made.features))
        for made in layers
        for side, other in (("left", "right"), ("right", "left"))
        for caption in made.captions
        if RAISES.search(caption) and f" {side} hand" in caption
        if not GUIDES.search(caption) and not re.search(f"both|{other} (?:hand|arm)", caption)
    ]
    assert len(verdicts) >= 10
    assert all(verdicts)
    assert any(RUNS.search(caption) and ONE_HAND.search(caption) for made in layers for caption in made.captions)


def test_a_runner_s_arms_swing_and_raise_nothing(real_shards):
    clips = [row for row in real_shards.of("train") if (row.content, row.style) == ("run", "normal")]
    assert len(clips) >= 10
    for row in clips:
        motion = ms272.decode(real_shards.clip_features(row).astype(np.float64))
        assert not PREDICATES["raises a hand"].holds(motion) and not PREDICATES["waves"].holds(motion), row.name
