"""Joins: found where two strands are alike, smooth, and with the standing foot where it stood."""

from __future__ import annotations

import numpy as np
import pytest

from engine.motion import ms272
from engine.motion.skeleton import FOOT_JOINTS
from tests.training.made_clips import moving
from training.data.composition.joining import FADES, Join, Part, best_join, joined
from training.data.composition.strand import Strand


def strand_of(motion):
    return Strand.from_features(ms272.encode(motion))


@pytest.fixture(scope="module")
def walk():
    return strand_of(moving(120))


@pytest.fixture(scope="module")
def standing(walk):
    """One of its poses, held."""
    return walk.sampled(np.full(41, 40.0))


def test_a_strand_joined_to_its_own_later_part_goes_on_as_it_was(walk):
    later = walk.frames(30, 120)
    join = best_join(Part(walk, (0, 0), (40, 70)), Part(later, (5, 35), (80, 80)))
    assert join.leave == join.enter + 30
    whole = joined(walk, later, join)
    assert len(whole) == 120
    assert whole.joints_m == pytest.approx(walk.joints_m, abs=1e-6)


def test_the_ends_of_both_are_kept_and_the_transition_is_between(walk, standing):
    whole = joined(walk, standing, Join(50, 3, 13, 0.0))
    assert len(whole) == 50 + len(standing) - 3
    assert np.array_equal(whole.rotations_wxyz[:50], walk.rotations_wxyz[:50])
    assert np.array_equal(whole.rotations_wxyz[63:], standing.rotations_wxyz[16:])


def test_nothing_jumps_in_the_transition(walk, standing):
    whole = joined(walk, standing, Join(50, 3, 13, 0.0)).motion().positions_m
    steps = np.linalg.norm(np.diff(whole, axis=0), axis=-1).max(axis=1)
    usual = np.linalg.norm(np.diff(walk.motion().positions_m, axis=0), axis=-1).max()
    assert steps[45:70].max() < 1.6 * usual


def test_the_way_keeps_the_standing_feet_where_they_are():
    """From one stance to another: the feet may part, but their middle stays, and the root goes where it must."""
    still = strand_of(moving(60, bend_rad=0.0)).sampled(np.full(60, 0.0))
    leaning = strand_of(moving(60, bend_rad=0.08)).sampled(np.full(60, 20.0))
    assert still.contacts.all()
    assert leaning.contacts.all()
    positions = joined(still, leaning, Join(20, 5, 16, 0.0)).motion().positions_m
    middle = positions[:, FOOT_JOINTS].mean(axis=1)[:, [0, 2]]
    assert middle == pytest.approx(np.repeat(middle[:1], len(middle), axis=0), abs=1e-4)
    assert not np.allclose(positions[-1, 0], positions[0, 0], atol=1e-3)


def test_the_lowest_foot_stays_on_its_height(walk, standing):
    low = joined(walk, standing, Join(50, 3, 13, 0.0)).feet_m[..., 1].min(axis=1)
    bounds = np.concatenate([walk.feet_m[50:63, :, 1].min(axis=1), standing.feet_m[3:16, :, 1].min(axis=1)])
    assert low[50:63].min() >= bounds.min() - 1e-9
    assert low[50:63].max() <= bounds.max() + 1e-9


def test_too_short_a_strand_offers_no_join(walk):
    short = walk.frames(0, min(FADES) - 1)
    assert best_join(Part(walk, (0, 0), (40, 70)), Part(short, (0, 5), (0, 0))) is None
