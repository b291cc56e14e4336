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

TOY = Path(__file__).parent.parent / "bundle" / "toy"
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


@pytest.fixture(scope="module")
def toy() -> Engine:
    return Engine(Bundle(TOY, "cpu", threads=1))


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


@pytest.mark.slow
class TestWithTheEmbeddedModel:
    """Joins that an animator would not see."""

    @pytest.mark.parametrize("fps", [30.0, 24.0, 23.976, 60.0])
    @pytest.mark.parametrize(
        ("start", "end", "prompt"),
        [
            (3.0, 4.0, None),
            (3.0, 5.5, "a person waves the right hand"),
            (2.0, 6.0, "a person bows"),
            (0.0, 1.5, None),
            (7.0, None, "a person runs"),
            (0.5, 9.5, "an old man walks"),
        ],
    )
    def test_both_ends_continue(self, engine, walk, fps, start, end, prompt):
        motion = resampled(walk, fps)
        first, last = round(start * fps), len(motion) if end is None else round(end * fps)
        (result,) = engine.regenerate(motion, request(first, last, prompt))
        assert_same_outside(motion, result, first, last)
        borders = [border for border in (first, last) if 0 < border < len(motion)]
        for border in borders:
            self.assert_smooth(motion, result, border)

    def assert_smooth(self, motion: Motion, result: Motion, border: int) -> None:
        """Where constant velocity would lead, within 1 cm and 2° at 30 fps, and no spike in any joint's speed."""
        around = slice(border - 2, border + 2)
        scale = (30.0 / motion.fps) ** 2
        root = result.root_translation_m[around]
        assert 100.0 * np.linalg.norm(np.diff(root, n=2, axis=0), axis=-1).max() < max(1.0, 1.5 * scale)
        turned = rotations.angle_between(
            result.local_rotations_wxyz[around][1:, 0], result.local_rotations_wxyz[around][:-1, 0]
        )
        assert np.abs(np.diff(np.degrees(turned))).max() < max(2.0, 2.0 * scale)
        speeds = [np.linalg.norm(np.diff(each.positions_m, axis=0), axis=-1).max(axis=1) for each in (motion, result)]
        near = speeds[1][max(0, border - 5) : border + 5]
        assert near.max() < 2.0 * max(np.percentile(each, 99) for each in speeds)

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
