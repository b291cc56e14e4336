"""Strands: to features and back, re-timed over the same way, held where they stand."""

from __future__ import annotations

import numpy as np
import pytest

from engine.motion import ms272
from tests.training.made_clips import moving
from training.data.composition.strand import Strand, chained


@pytest.fixture(scope="module")
def features():
    return ms272.encode(moving(80, turn_rad=1.5, turned=(20, 60)))


@pytest.fixture(scope="module")
def strand(features):
    return Strand.from_features(features)


def way_m(strand):
    root = strand.motion().root_translation_m
    return np.linalg.norm(np.diff(root, axis=0)[:, [0, 2]], axis=1).sum(), root[-1] - root[0]


def test_its_motion_has_the_features_it_came_from(strand, features):
    assert ms272.encode(strand.motion()) == pytest.approx(features, abs=1e-6)


def test_its_joints_are_those_of_the_features(strand, features):
    assert strand.joints_m.reshape(80, -1) == pytest.approx(features[:, ms272.SLICES["joint_positions"]], abs=1e-6)


def test_sampled_at_its_own_frames_it_is_itself(strand):
    again = strand.sampled(np.arange(80.0))
    assert again.turn_rad[1:] == pytest.approx(strand.turn_rad[1:], abs=1e-9)
    assert again.step_m[1:] == pytest.approx(strand.step_m[1:], abs=1e-9)
    assert again.joints_m == pytest.approx(strand.joints_m, abs=1e-9)


@pytest.mark.parametrize(("tempo", "frames"), [(2.0, 40), (0.5, 159), (1.4, 57)])
def test_another_tempo_takes_other_time_over_the_same_way(strand, tempo, frames):
    faster = strand.faster(tempo)
    assert len(faster) == frames
    whole = strand.frames(0, int((frames - 1) * tempo) + 1)
    assert way_m(faster)[1] == pytest.approx(way_m(whole)[1], abs=0.08)
    assert np.abs(faster.turn_rad[1:]).sum() == pytest.approx(np.abs(whole.turn_rad[1:]).sum(), abs=0.05)


def test_to_and_fro_comes_back(strand):
    there_and_back = strand.sampled(np.concatenate([np.arange(30.0), np.arange(28.0, -1.0, -1.0)]))
    assert way_m(there_and_back)[1] == pytest.approx(np.zeros(3), abs=1e-9)


def test_held_it_stands_still_before_and_after(strand):
    held = strand.held(5, 7)
    assert len(held) == 92
    joints = held.motion().positions_m
    assert joints[:5] == pytest.approx(np.repeat(joints[:1], 5, axis=0), abs=1e-9)
    assert joints[-8:] == pytest.approx(np.repeat(joints[-1:], 8, axis=0), abs=1e-9)


def test_a_strand_cut_and_chained_is_the_same(strand):
    again = chained([strand.frames(0, 33), strand.frames(33, 80)])
    assert again.motion().positions_m == pytest.approx(strand.motion().positions_m, abs=1e-9)
