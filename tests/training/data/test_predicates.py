"""Predicates hold on motion that does what they state, and not on its opposite."""

from __future__ import annotations

import pytest

from tests.training.made_clips import moving
from training.data.predicates import KINDS, PREDICATES, stated


def holds(name, motion):
    return PREDICATES[name].holds(motion)


def test_every_kind_of_word_has_predicates():
    assert {predicate.kind for predicate in PREDICATES.values()} == set(KINDS)
    assert all(name == predicate.name for name, predicate in PREDICATES.items())


@pytest.mark.parametrize(("side", "other", "sign"), [("left", "right", 1.0), ("right", "left", -1.0)])
def test_turns(side, other, sign):
    turning = moving(90, turn_rad=sign * 1.2, turned=(20, 70))
    assert holds(f"turns {side}", turning)
    assert not holds(f"turns {other}", turning)
    assert not holds(f"turns {side}", moving(90, turn_rad=sign * 0.6, turned=(20, 70)))


@pytest.mark.parametrize(("side", "other"), [("left", "right"), ("right", "left")])
def test_the_hand_that_is_raised(side, other):
    raising = moving(90, raised=side)
    assert holds(f"raises the {side} hand, not the {other} one", raising)
    assert not holds(f"raises the {other} hand, not the {side} one", raising)
    assert holds("raises a hand", raising)
    assert not holds("raises both hands", raising)
    assert not holds("waves", raising)


def test_travel_and_speed():
    walking = moving(90)
    assert holds("moves forward", walking)
    assert holds("walks", walking)
    assert not holds("moves backward", walking)
    assert not holds("stays in place", walking)
    assert not holds("runs fast", walking)
    assert not holds("moves to the left", walking)


def test_what_is_mirrored_is_on_the_other_side():
    motion = moving(90, turn_rad=1.2, turned=(20, 70), raised="left")
    for name in ("turns left", "raises the left hand, not the right one"):
        swapped = name.replace("left", "?").replace("right", "left").replace("?", "right")
        assert holds(name, motion)
        assert holds(swapped, motion.mirrored())
        assert not holds(name, motion.mirrored())


def test_what_labels_state():
    names = {predicate.name for predicate in stated("walk-turn-right", "normal")}
    assert names == {"turns right", "moves forward", "walks"}
    assert {predicate.name for predicate in stated("walk", "elderly")} >= {"walks as the old do"}
    assert stated("juggling", "normal") == ()
