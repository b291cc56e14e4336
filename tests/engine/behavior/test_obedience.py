"""The embedded model does what it is told: ten seeds a prompt, read off the motion by measures of the body."""

from __future__ import annotations

import pytest

from tests.engine.behavior.measures import speed_m_s, travel_m, turn_degrees, waves

pytestmark = pytest.mark.slow

ENOUGH = 9
"""Of ten seeds."""

# Wordings that no training caption has; `test_unseen_wordings_are_unseen` of the training room holds them to it.
UNSEEN_WAVE = "the guy greets his neighbor, waving with his {side} arm"
UNSEEN_TURN = "someone strolls ahead and then makes a turn towards the {side}"


def _count(prompt: str, results: list[bool], figures: list[str]) -> None:
    print(f"{prompt}: {sum(results)}/10  {' '.join(figures)}")
    assert sum(results) >= ENOUGH, prompt


def test_walking_forward(motions):
    ways = [travel_m(motion) for motion in motions("a person walks forward")]
    good = [ahead >= 1.5 and angle <= 45.0 for ahead, angle in ways]
    _count("a person walks forward", good, [f"{ahead:.1f} m at {angle:.0f}°" for ahead, angle in ways])


def test_running_is_faster_than_walking(motions):
    pairs = zip(motions("a person runs"), motions("a person walks forward"), strict=True)
    speeds = [(speed_m_s(run), speed_m_s(walk)) for run, walk in pairs]
    _count("runs > walks", [run > walk for run, walk in speeds], [f"{run:.1f}>{walk:.1f}" for run, walk in speeds])


def test_the_old_walk_slower_than_the_active(motions):
    pairs = zip(motions("an old man walks"), motions("an active person walks"), strict=True)
    speeds = [(speed_m_s(old), speed_m_s(active)) for old, active in pairs]
    _count("old < active", [old < active for old, active in speeds], [f"{o:.1f}<{a:.1f}" for o, a in speeds])


@pytest.mark.parametrize("side", ["left", "right"])
@pytest.mark.parametrize("prompt", ["a person waves the {side} hand", UNSEEN_WAVE])
def test_waving_with_the_right_hand_of_two(motions, prompt, side):
    prompt = prompt.format(side=side)
    good = [waves(motion, side) for motion in motions(prompt)]
    _count(prompt, good, [])


@pytest.mark.parametrize("side", ["left", "right"])
@pytest.mark.parametrize("prompt", ["a person walks and turns {side}", UNSEEN_TURN])
def test_turning_to_the_right_of_two_sides(motions, prompt, side):
    prompt = prompt.format(side=side)
    turns = [turn_degrees(motion) * (1 if side == "left" else -1) for motion in motions(prompt)]
    _count(prompt, [turn > 30.0 for turn in turns], [f"{turn:.0f}°" for turn in turns])


def test_a_sentence_keeps_its_order(motions):
    """“Bows, then walks” moves in its second half, “walks, then bows” in its first."""
    for prompt, walking in (("a man bows, then walks forward", 1), ("a man walks forward, then bows", 0)):
        halves = [[motion.frames(0, 60), motion.frames(60, 120)] for motion in motions(prompt)]
        ways = [[travel_m(half)[0] for half in both] for both in halves]
        good = [both[walking] > 2.0 * max(both[1 - walking], 0.2) for both in ways]
        _count(prompt, good, [f"{first:.1f}|{second:.1f}" for first, second in ways])
