"""Whole requests with the embedded model: seams that nobody sees, loops that go round, steps in place, any length."""

from __future__ import annotations

import tracemalloc

import numpy as np
import pytest

from engine.bundle import DEFAULT_BUNDLE, Bundle
from engine.generator import Engine
from engine.motion import rotations
from engine.motion.motion import Motion
from engine.requests import GenerationRequest, Prompt, SamplingOptions
from tests.engine.behavior.measures import raised_share, speed_m_s, travel_m

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def engine() -> Engine:
    return Engine(Bundle(DEFAULT_BUNDLE))


def make(
    engine: Engine, *prompts: tuple[str, float], seed=0, variations=1, preset="standard", **wishes
) -> list[Motion]:
    options = SamplingOptions(preset, seed=seed, variations=variations)
    return engine.generate(GenerationRequest(tuple(Prompt(*prompt) for prompt in prompts), options, **wishes))


def speeds(motion: Motion) -> np.ndarray:
    """(N − 1,) of the fastest joint, in meters a frame."""
    return np.linalg.norm(np.diff(motion.positions_m, axis=0), axis=-1).max(axis=1)


def poses(motion: Motion) -> np.ndarray:
    """(N, 22, 3) joint positions over the root's place on the ground, seen along the heading."""
    centered = motion.positions_m - motion.root_translation_m[:, None] * np.array([1.0, 0.0, 1.0])
    return rotations.rotate(rotations.inverse(rotations.heading(motion.local_rotations_wxyz[:, 0]))[:, None], centered)


def test_a_script_is_one_motion_whose_seams_are_no_faster_than_the_rest(engine):
    script = [("a person walks forward", 4.0), ("a person waves the left hand", 4.0), ("a person runs", 3.0)]
    for motion in make(engine, *script, variations=4):
        assert len(motion) == 330
        for prompt in motion.meta["prompts"][1:]:
            near = slice(prompt["start"] - 20, prompt["start"] + 20)
            step = speeds(motion)
            assert step[near].max() < 2.0 * np.percentile(step, 99)
            root = np.diff(motion.root_translation_m[near], n=2, axis=0)
            assert np.linalg.norm(root, axis=-1).max() < 0.04
        walk, wave, run = (motion.frames(prompt["start"] + 20, prompt["end"] - 20) for prompt in motion.meta["prompts"])
        assert speed_m_s(walk) > 0.7
        assert speed_m_s(wave) < 0.3
        assert raised_share(wave, "left") > 0.4
        assert speed_m_s(run) > 1.5 * speed_m_s(walk)


def test_a_motion_longer_than_the_model_knows_goes_on_at_its_pace(engine):
    for motion in make(engine, ("a person walks forward", 24.0), variations=2, preset="draft"):
        assert len(motion) == 720
        paces = [speed_m_s(motion.frames(at, at + 60)) for at in range(0, 720, 60)]
        assert min(paces) > 0.7
        assert max(paces) < 1.8
        step = speeds(motion)
        assert step.max() < 2.0 * np.percentile(step, 99)


@pytest.mark.parametrize("prompt", ["a person walks forward", "a person runs", "a person walks and turns left"])
def test_a_loop_goes_on_as_it_began(engine, prompt):
    for loop in make(engine, (prompt, 4.0), variations=2, loop=True):
        pose = poses(loop)
        around = np.concatenate([pose[-3:], pose[:3]])
        within = np.linalg.norm(np.diff(pose, axis=0), axis=-1).max(axis=1)
        assert np.linalg.norm(np.diff(around, axis=0), axis=-1).max() < 1.2 * within.max()
        change = np.linalg.norm(np.diff(pose, n=2, axis=0), axis=-1).max(axis=1)
        assert np.linalg.norm(np.diff(around, n=2, axis=0), axis=-1).max() < 1.2 * change.max()


def test_in_place_has_no_travel_and_the_same_poses(engine):
    (free,) = make(engine, ("a person walks forward", 4.0))
    (still,) = make(engine, ("a person walks forward", 4.0), in_place=True)
    assert travel_m(free)[0] > 2.0
    assert np.ptp(still.root_translation_m[:, [0, 2]]) == 0.0
    assert np.array_equal(free.local_rotations_wxyz, still.local_rotations_wxyz)
    assert not still.foot_contacts.any()


def test_cleanup_holds_the_feet_and_says_how_much(engine):
    for motion in make(engine, ("a person kicks", 4.0), variations=3):
        figures = motion.meta["cleanup"]
        assert figures["foot_skate_after_cm_s"] < 0.5 * figures["foot_skate_before_cm_s"]
        assert figures["penetration_after_cm"] < 0.01
    (raw,) = make(engine, ("a person kicks", 4.0), cleanup=False)
    assert "cleanup" not in raw.meta


def test_a_script_of_two_minutes_stays_small_in_memory(engine):
    tracemalloc.start()
    try:
        (motion,) = make(engine, *[("a person walks forward", 7.5)] * 16, preset="draft")
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert len(motion) == 3600
    assert peak < 200e6
