"""Paces: who is made slow or quick, how fast what is called so then goes, and gaits that go on."""

from __future__ import annotations

from dataclasses import replace
from random import Random

import numpy as np
import pytest

from engine.motion import ms272
from tests.training.made_clips import moving
from training.data.composition.casting import Take, retimed
from training.data.composition.composer import _going_on, _tempo
from training.data.composition.roles import Role
from training.data.composition.strand import Strand

WALK = Role("walk", "walk", (0, 0), (), ("walk",))


def walking(speed_m_s: float, role: Role = WALK) -> Take:
    strand = Strand.from_features(ms272.encode(moving(90)))
    return Take(role, replace(strand, step_m=strand.step_m * speed_m_s / strand.speed_m_s))


def speeds(speed_m_s: float, style: str, role: Role = WALK) -> np.ndarray:
    """How fast such a walk goes after it was given a pace, for many draws; nothing for those that were left alone."""
    take, random = walking(speed_m_s, role), Random(0)
    tempos = [_tempo(take, style, random) for _ in range(200)]
    return np.array([retimed(take, tempo).strand.speed_m_s for tempo in tempos if tempo != 1.0])


@pytest.mark.parametrize("style", ["normal", "angry", "happy", "proud", "giant"])
def test_an_ordinary_walk_becomes_slow_or_quick_whatever_its_style(style):
    made = speeds(1.1, style)
    slow, quick = made < 1.0, made > 1.3
    assert (slow | quick).all() and 60 < slow.sum() < 140


@pytest.mark.parametrize("style", ["elderly", "old", "active"])
def test_a_style_with_a_pace_of_its_own_is_left_alone(style):
    assert not len(speeds(1.1, style))


@pytest.mark.parametrize("style", ["exhausted", "tired", "sad"])
def test_the_tired_and_the_sad_are_never_quick(style):
    assert (speeds(1.1, style) < 1.0).all()


def test_a_walk_that_is_slow_anyway_is_never_called_quick_nor_the_other_way_round():
    assert (speeds(0.7, "proud") < 0.7).all() and len(speeds(0.7, "proud"))
    assert (speeds(1.7, "happy") > 1.7).all() and len(speeds(1.7, "happy"))


def test_other_gaits_are_slow_and_quick_against_themselves():
    made = speeds(0.6, "normal", replace(WALK, content="walk-left"))
    assert made.min() < 0.55 and made.max() > 0.65


@pytest.mark.parametrize("seed", range(8))
def test_a_walk_that_goes_on_keeps_its_pace(seed):
    strand = _going_on(walking(1.2), 360, Random(seed))
    assert strand is not None and len(strand) == 360
    third = len(strand) // 3
    speeds = [strand.frames(at, at + third).speed_m_s for at in (0, third, 2 * third)]
    assert max(speeds) - min(speeds) < 0.15


def test_what_is_done_once_does_not_go_on():
    bow = Role("bow", "gesture", (20, 60), (), ("bow",))
    assert _going_on(walking(1.2, bow), 360, Random(0)) is None
