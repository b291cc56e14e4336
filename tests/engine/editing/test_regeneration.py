"""A range made anew: what is outside stays to the last bit, what is inside joins it, whatever range and frame rate."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.bundle import DEFAULT_BUNDLE, Bundle
from engine.editing.body_parts import GROUPS, kept_joints
from engine.errors import UserError
from engine.generator import Engine
from engine.motion import rotations
from engine.motion.motion import Motion
from engine.motion.resampling import resampled
from engine.motion.skeleton import BODY, Skeleton
from engine.requests import GenerationRequest, Prompt, RegenerationRequest, SamplingOptions
from engine.sampling.sampler import Cancelled

BUNDLES = Path(__file__).parent.parent / "bundle"
ARRAYS = ("local_rotations_wxyz", "root_translation_m", "foot_contacts")


def generated(engine: Engine, *prompts: tuple[str, float], seed: int = 0) -> Motion:
    script = tuple(Prompt(*prompt) for prompt in prompts)
    return engine.generate(GenerationRequest(script, SamplingOptions(seed=seed)))[0]


def request(start, end, prompt=None, keep=(), cleanup=True, **options) -> RegenerationRequest:
    return RegenerationRequest(start, end, prompt, tuple(keep), SamplingOptions(**{"seed": 1, **options}), cleanup)


def assert_same_outside(before: Motion, after: Motion, start: int, end: int) -> None:
    for name in ARRAYS:
        old, new = getattr(before, name), getattr(after, name)
        assert old.dtype == new.dtype
        assert np.array_equal(old[:start], new[:start])
        assert np.array_equal(old[end:], new[end:])


@pytest.fixture(scope="module", params=["toy", "toy_flow"])
def toy(request: pytest.FixtureRequest) -> Engine:
    """Of either family: their guarantees are the same."""
    return Engine(Bundle(BUNDLES / request.param, "cpu", threads=1))


@pytest.fixture(scope="module")
def toy_walk(toy: Engine) -> Motion:
    return generated(toy, ("a person walks forward", 6.0), ("a person waves slowly", 9.0))


@settings(max_examples=30, deadline=None)
@given(st.data(), st.sampled_from([30.0, 24.0, 23.976, 60.0, 120.0]), st.booleans())
def test_any_range_at_any_rate_leaves_the_rest_alone(toy, toy_walk, data, fps, cleanup):
    motion = resampled(toy_walk, fps)
    start = data.draw(st.integers(0, len(motion) - 1))
    end = data.draw(st.integers(start + 1, len(motion)))
    prompt = data.draw(st.sampled_from([None, "a person waves"]))
    (result,) = toy.regenerate(motion, request(start, end, prompt, cleanup=cleanup, preset="draft"))
    assert_same_outside(motion, result, start, end)
    assert not np.array_equal(motion.local_rotations_wxyz[start:end], result.local_rotations_wxyz[start:end])
    assert (len(result), result.fps) == (len(motion), fps)
    np.testing.assert_allclose(np.linalg.norm(result.local_rotations_wxyz, axis=-1), 1.0, atol=1e-6)


@pytest.mark.parametrize("keep", [["left_wrist"], *([group] for group in GROUPS), ["torso", "right_arm", "pelvis"]])
def test_kept_joints_stay_to_the_last_bit(toy, toy_walk, keep):
    (result,) = toy.regenerate(toy_walk, request(50, 90, "a person waves", keep))
    joints = sorted(kept_joints(keep))
    others = [joint for joint in range(22) if joint not in joints]
    old, new = toy_walk.local_rotations_wxyz, result.local_rotations_wxyz
    assert np.array_equal(old[:, joints], new[:, joints])
    assert not np.array_equal(old[:, others], new[:, others])
    assert np.array_equal(toy_walk.root_translation_m, result.root_translation_m) == (0 in joints)


def test_every_edit_is_recorded_and_the_words_follow(toy, toy_walk):
    (result,) = toy.regenerate(toy_walk, request(60, 120, "  a person  waves ", variations=1))
    (again,) = toy.regenerate(result, request(100, 110, keep=["head"], seed=9, cleanup=False))
    first, second = again.meta["edits"]
    assert (first["start"], first["end"], first["seed"], first["keep_joints"]) == (60, 120, 1, [])
    assert (second["prompt"], second["seed"], second["keep_joints"]) == (None, 9, ["head"])
    assert "cleanup" in first
    assert "cleanup" not in second
    assert [(each["text"], each["start"], each["end"]) for each in again.meta["prompts"]] == [
        ("a person walks forward", 0, 60),
        ("a person waves", 60, 120),
        ("a person walks forward", 120, 180),
        ("a person waves slowly", 180, 450),
    ]
    assert toy_walk.meta.get("edits") is None


def test_variations_are_those_of_the_seeds_that_follow(toy, toy_walk):
    three = toy.regenerate(toy_walk, request(50, 90, seed=4, variations=3))
    (alone,) = toy.regenerate(toy_walk, request(50, 90, seed=6))
    assert [motion.meta["edits"][0]["seed"] for motion in three] == [4, 5, 6]
    np.testing.assert_allclose(three[2].positions_m, alone.positions_m, atol=1e-5)
    assert not np.allclose(three[0].positions_m, three[1].positions_m, atol=1e-3)


def test_a_motion_of_other_proportions_keeps_them(toy, toy_walk):
    tall = Skeleton(BODY.joint_names, BODY.parents, BODY.rest_offsets * 1.3)
    motion = replace(toy_walk, skeleton=tall, root_translation_m=toy_walk.root_translation_m * 1.3, meta={})
    (result,) = toy.regenerate(motion, request(50, 90))
    assert result.skeleton is tall
    assert_same_outside(motion, result, 50, 90)
    (same,) = toy.regenerate(replace(toy_walk, meta={}), request(50, 90))
    np.testing.assert_allclose(result.positions_m, same.positions_m * 1.3, atol=0.02)


def test_what_can_not_be_changed_is_refused(toy, toy_walk):
    with pytest.raises(UserError, match="450"):
        toy.regenerate(toy_walk, request(440, 451))
    names = ("hips", *BODY.joint_names[1:])
    foreign = replace(toy_walk, skeleton=Skeleton(names, BODY.parents, BODY.rest_offsets))
    with pytest.raises(UserError, match="22-joint body"):
        toy.regenerate(foreign, request(0, 9))


def test_progress_and_cancel_reach_the_sampler(toy, toy_walk):
    told = []
    toy.regenerate(toy_walk, request(0, 450, "a person waves"), progress=lambda *args: told.append(args))
    rounds = told[0][1]
    assert told == [(done, rounds) for done in range(rounds + 1)]
    with pytest.raises(Cancelled):
        toy.regenerate(toy_walk, request(50, 90), cancelled=lambda: True)


@pytest.fixture(scope="module")
def engine() -> Engine:
    return Engine(Bundle(DEFAULT_BUNDLE))


@pytest.fixture(scope="module")
def walk(engine: Engine) -> Motion:
    return generated(engine, ("a person walks forward", 10.0))


BASES = {
    "walk": ("a person walks forward", 10.0),
    "run": ("a person runs", 8.0),
    "wave": ("a person waves the right hand", 8.0),
    "kick": ("a person kicks with the right foot", 8.0),
}


@pytest.fixture(scope="module")
def bases(engine: Engine) -> dict[str, Motion]:
    return {name: generated(engine, prompt, seed=2) for name, prompt in BASES.items()}


def root_jumps_cm(motion: Motion) -> np.ndarray:
    """(N − 2,) how far the root of each frame is from where the two before it lead at constant velocity."""
    return 100.0 * np.linalg.norm(np.diff(motion.root_translation_m, n=2, axis=0), axis=-1)


def root_jumps_degrees(motion: Motion) -> np.ndarray:
    """(N − 2,) how far the root of each frame is turned from where the two before it lead."""
    before, here, after = (motion.local_rotations_wxyz[i : len(motion) - 2 + i, 0] for i in range(3))
    foretold = rotations.multiply(rotations.multiply(here, rotations.inverse(before)), here)
    return np.degrees(rotations.angle_between(foretold, after))


def speeds_m_s(motion: Motion) -> np.ndarray:
    """(N − 1,) the speed of the fastest joint."""
    return np.linalg.norm(np.diff(motion.positions_m, axis=0), axis=-1).max(axis=1) * motion.fps


@pytest.mark.slow
class TestWithTheEmbeddedModel:
    """Joins that an animator would not see."""

    @pytest.mark.parametrize("fps", [30.0, 24.0, 23.976, 60.0])
    @pytest.mark.parametrize("base", BASES)
    @pytest.mark.parametrize(
        ("start", "end", "prompt"),
        [
            (3.0, 4.0, None),
            (5.03, 5.29, None),
            (2.0, 6.0, "a person waves the left hand"),
            (2.1, 5.3, "a person runs"),
            (6.0, None, "a person kicks with the left foot"),
            (0.0, 3.0, "a person bows"),
            (0.5, 7.3, "an old man walks"),
        ],
    )
    def test_both_ends_continue(self, engine, bases, base, fps, start, end, prompt):
        """The root jumps by less than 1 cm and 2°, or else by less than the motion's own accelerations let it.

        A body in the air leaves its course by 1.1 cm from frame to frame at 30 fps, and by 1.7 cm at 24: it falls. In
        the middle of a kick, a range of a quarter second has to bend as much as the kick did there, and a tenth more:
        other frames of it are kept at the same time.
        """
        motion = resampled(bases[base], fps)
        first, last = round(start * fps), len(motion) if end is None else round(end * fps)
        (result,) = engine.regenerate(motion, request(first, last, prompt))
        assert_same_outside(motion, result, first, last)
        for border in (border for border in (first, last) if 0 < border < len(motion)):
            around = slice(max(0, border - 2), border)
            for jumps, most in ((root_jumps_cm, 1.0), (root_jumps_degrees, 2.0)):
                there = 1.1 * jumps(motion)[max(0, first - 2) : last].max() if last - first < 0.3 * fps else 0.0
                assert jumps(result)[around].max() < max(most, np.percentile(jumps(motion), 99), there)
        usual = max(np.percentile(speeds_m_s(each), 99) for each in (motion, result))
        assert speeds_m_s(result)[max(0, first - 1) : last].max() < 2.0 * usual

    def test_a_calm_body_joins_within_a_centimeter_and_two_degrees(self, engine, bases):
        """Whatever it is to do in the range, at the frame rate that is hardest."""
        motion = resampled(bases["wave"], 23.976)
        prompts = ["a person runs", "a person kicks with the left foot", "a person dances", "a person punches"]
        for prompt in prompts:
            for result in engine.regenerate(motion, request(50, 140, prompt, variations=2)):
                for border in (50, 140):
                    assert root_jumps_cm(result)[border - 2 : border].max() < 1.0
                    assert root_jumps_degrees(result)[border - 2 : border].max() < 2.0

    def test_new_words_are_obeyed_in_the_middle_of_others(self, engine, walk):
        for result in engine.regenerate(walk, request(90, 165, "a person waves the left hand", variations=4)):
            wrist, elbow = (result.positions_m[105:150, BODY.index(f"left_{joint}"), 1] for joint in ("wrist", "elbow"))
            assert (wrist > elbow).mean() > 0.3

    def test_the_walk_goes_on_while_the_kept_legs_walk(self, engine, walk):
        (result,) = engine.regenerate(walk, request(90, 165, "a person waves the left hand", ["lower_body"]))
        legs = [BODY.index(name) for name in GROUPS["lower_body"]]
        assert np.array_equal(result.positions_m[:, legs], walk.positions_m[:, legs])
        wrist, elbow = (result.positions_m[105:150, BODY.index(f"left_{joint}"), 1] for joint in ("wrist", "elbow"))
        assert (wrist > elbow).mean() > 0.3
