"""Layers: the owned joints do what their clip does while the event lasts; nothing else changes."""

from __future__ import annotations

import numpy as np
import pytest

from engine.motion import ms272
from engine.motion.skeleton import BODY
from tests.training.made_clips import moving
from training.data.composition.layering import OWNED_JOINTS, layered
from training.data.composition.strand import Strand

EVENT = (30, 60)
START = 10


@pytest.fixture(scope="module")
def strands():
    body, arms = moving(120, turn_rad=1.0, turned=(20, 60)), moving(90, raised="left")
    return [Strand.from_features(ms272.encode(motion)) for motion in (body, arms)]


@pytest.fixture(scope="module")
def mixed(strands):
    return layered(*strands, OWNED_JOINTS["raise-up-left-hand"], START, EVENT)


def owned():
    return [BODY.index(name) for name in OWNED_JOINTS["raise-up-left-hand"]]


def alike(a, b):
    return np.abs(np.sum(a * b, axis=-1)) > 1.0 - 1e-9


def test_the_arm_is_that_of_its_clip_throughout_the_event(strands, mixed):
    _, arms = strands
    during = slice(START + EVENT[0], START + EVENT[1])
    assert alike(mixed.rotations_wxyz[during][:, owned()], arms.rotations_wxyz[slice(*EVENT)][:, owned()]).all()


def test_before_and_after_it_is_the_body_s_own(strands, mixed):
    body, _ = strands
    for frames in (slice(0, START + EVENT[0] - 14), slice(START + EVENT[1] + 14, None)):
        assert alike(mixed.rotations_wxyz[frames], body.rotations_wxyz[frames]).all()


def test_way_and_all_other_joints_stay(strands, mixed):
    body, _ = strands
    others = [joint for joint in range(len(BODY.joint_names)) if joint not in owned()]
    assert alike(mixed.rotations_wxyz[:, others], body.rotations_wxyz[:, others]).all()
    assert np.array_equal(mixed.step_m, body.step_m)
    assert np.array_equal(mixed.turn_rad, body.turn_rad)
    assert np.array_equal(mixed.height_m, body.height_m)


def test_it_may_have_begun_before_the_first_frame(strands):
    body, arms = strands
    mixed = layered(body, arms, OWNED_JOINTS["raise-up-left-hand"], -40, EVENT)
    assert alike(mixed.rotations_wxyz[0][owned()], arms.rotations_wxyz[40][owned()]).all()


def test_owners_are_joints_and_come_in_pairs():
    for content, joints in OWNED_JOINTS.items():
        assert set(joints) <= set(BODY.joint_names)
        twin = content.replace("left", "?").replace("right", "left").replace("?", "right")
        if twin in OWNED_JOINTS and "left" in content:
            mirrored = {BODY.joint_names[BODY.mirror_indices[BODY.index(name)]] for name in joints}
            assert mirrored == set(OWNED_JOINTS[twin])
