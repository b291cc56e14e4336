"""Suites beyond single captions: stretches in a row, scripts and their seams, nonsense, and variety."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest

from engine.errors import UserError
from engine.motion import ms272, rotations
from engine.motion.motion import Motion
from engine.motion.skeleton import BODY
from tests.training.evaluation.made_subject import MadeSubject
from tests.training.made_clips import moving
from training.data.clip import split_of
from training.data.shards import ClipRow, open_shards, write_shards
from training.evaluation.measurements import Ledger
from training.evaluation.sampling import sampling_options
from training.evaluation.subjects import Answer
from training.evaluation.suites.measuring import Suites
from training.evaluation.suites.orders import Order, orders
from training.evaluation.suites.scripts import judged, leaps_cm, leaps_degrees, scripts, smooth_at
from training.evaluation.suites.unusual import UNUSUAL, fastest_m_s, is_sound
from training.evaluation.suites.variety import middles, nearest_cm, prompts_with_clips, spread_cm

FPS = 30.0


def standing(frames, **turned):
    local = np.tile(rotations.IDENTITY_WXYZ, (frames, len(BODY.joint_names), 1))
    for joint, quaternions in turned.items():
        local[:, BODY.index(joint)] = quaternions
    return Motion(local, np.tile(BODY.rest_offsets[0], (frames, 1)), np.zeros((frames, 4)), FPS)


def walking_then_bowing(frames=180):
    """Two metres ahead in the first half; in the last third the trunk goes down by 60 degrees and up again."""
    time = np.linspace(0.0, 1.0, frames)
    bend = np.radians(60.0) * np.clip(1.0 - np.abs(time - 5 / 6) * 6.0, 0.0, 1.0)
    motion = standing(frames, pelvis=rotations.from_axis_angle(np.array([1.0, 0.0, 0.0]), bend))
    ahead = np.zeros((frames, 3))
    ahead[:, 2] = 2.0 * np.clip(2.0 * time, 0.0, 1.0)
    return replace(motion, root_translation_m=motion.root_translation_m + ahead)


def reversed_in_time(motion):
    return replace(
        motion,
        local_rotations_wxyz=motion.local_rotations_wxyz[::-1].copy(),
        root_translation_m=motion.root_translation_m[::-1] * np.array([1.0, 1.0, -1.0]),
    )


def test_what_comes_second_must_be_seen_after_what_comes_first():
    order = Order("walks, then bows", 6.0, ("moves forward", "walks"), "composed", ("bows",))
    assert order.names == ("moves forward", "walks", "bows")
    assert order.held(walking_then_bowing()) == (True, True, True)
    other = Order("bows, then walks", 6.0, ("bows",), "composed", ("moves forward",))
    assert other.held(walking_then_bowing()) == (True, False)
    assert other.held(reversed_in_time(walking_then_bowing())) == (True, True)
    at_once = Order("bows", 6.0, ("bows", "stays in place"), "composed")
    assert at_once.held(walking_then_bowing()) == (True, False)


def test_a_row_is_asked_of_both_sides():
    left, right = orders("seen", [("to the {side}, not {other}", 1.0, ("turns {side}",), ("turns {other}",))])
    assert (left.prompt, left.names) == ("to the left, not right", ("turns left", "turns right"))
    assert (right.prompt, right.names) == ("to the right, not left", ("turns right", "turns left"))
    with pytest.raises(ValueError, match="no such predicates"):
        orders("seen", [("flies", 1.0, ("flies",))])


def test_scripts_are_fifty_always_the_same_and_of_three_different_sentences():
    assert scripts() == scripts()
    assert len(set(scripts())) == 50
    assert {len(set(script.prompts)) for script in scripts()} == {3}


def test_a_script_is_judged_third_by_third():
    script = replace(
        scripts()[0],
        prompts=("walks", "walks", "bows"),
        predicates=(("moves forward",), ("moves forward", "walks"), ("bows",)),
    )
    verdict = judged(script, walking_then_bowing())
    assert verdict.obeyed == (True, False, True)  # it stops in the middle of the second third
    assert verdict.smooth == (True, True)


def test_a_leap_at_a_seam_is_seen_and_a_motion_that_leaps_everywhere_is_its_own_measure():
    calm = standing(90)
    leaping = calm.root_translation_m.copy()
    leaping[45:, 0] += 0.03
    assert leaps_cm(replace(calm, root_translation_m=leaping)).max() == pytest.approx(3.0)
    assert smooth_at(replace(calm, root_translation_m=leaping), [45, 60]) == (False, True)
    turn = np.where(np.arange(90) < 30, 0.0, np.radians(5.0))
    turned = standing(90, pelvis=rotations.from_axis_angle(np.array([0.0, 1.0, 0.0]), turn))
    assert leaps_degrees(turned).max() == pytest.approx(5.0, abs=1e-3)
    assert smooth_at(turned, [30, 60]) == (False, True)
    shaking = calm.root_translation_m.copy()
    shaking[::2, 0] += 0.03
    assert smooth_at(replace(calm, root_translation_m=shaking), [45]) == (False,)
    shaking[20, 0] += 0.05
    assert smooth_at(replace(calm, root_translation_m=shaking), [45]) == (True,)


def test_a_burst_is_not_sound():
    assert len(set(UNUSUAL)) == 20
    calm = standing(30)
    assert is_sound(calm)
    thrown = calm.root_translation_m.copy()
    thrown[15:, 1] += 0.6
    assert fastest_m_s(replace(calm, root_translation_m=thrown)) == pytest.approx(18.0)
    assert not is_sound(replace(calm, root_translation_m=thrown))


def test_motions_that_go_apart_are_as_far_apart_as_that():
    """Of bodies that stand still and one that goes 1 m/s for 3 s, two of three pairs are 1.5 m apart on average."""
    still = standing(91)
    path = np.zeros((91, 3))
    path[:, 2] = np.arange(91) / FPS
    going = replace(still, root_translation_m=still.root_translation_m + path)
    elsewhere = replace(still, root_translation_m=still.root_translation_m + np.array([4.0, 0.0, 1.0]))
    assert spread_cm([still, elsewhere]) == pytest.approx(0.0, abs=1e-3)
    assert spread_cm([still, going, elsewhere]) == pytest.approx(100.0, rel=1e-3)


@pytest.fixture(scope="module")
def long_shards(tmp_path_factory):
    """Two labels with three training clips each, of 96 frames and more."""
    folder = tmp_path_factory.mktemp("long-shards")

    def clips():
        for content in ("walk", "bow"):
            names = [f"{content}_normal_{n:03d}" for n in range(80)]
            for split, wanted in (("train", 3), ("test", 1), ("validation", 1)):
                for number, name in enumerate([name for name in names if split_of(name) == split][:wanted]):
                    motion = moving(96 + 4 * number, bend_rad=0.1 + 0.1 * number + 0.05 * (content == "bow"))
                    features = ms272.encode(motion)
                    yield ClipRow(name, content, "normal", 0, len(features), 0, 0), features

    write_shards(clips(), folder, "made")
    return open_shards(folder)


def test_a_copy_is_found_also_when_it_is_a_mirror_image(long_shards):
    row = long_shards.of("train")[1]
    clip = ms272.decode(long_shards.clip_features(row))
    other = moving(96, bend_rad=0.7)
    copies = [clip.frames(8, 94), clip.mirrored().frames(8, 94)]
    near = nearest_cm(middles([*copies, other]), long_shards)
    assert near[:2] == pytest.approx(0.0, abs=0.02)
    by_hand = []
    middle = ms272.encode(other)[:, ms272.SLICES["joint_positions"]].reshape(-1, 22, 3)[19 : 19 + 57 : 8]
    mirrored = ms272.encode(other.mirrored())[:, ms272.SLICES["joint_positions"]].reshape(-1, 22, 3)[19 : 19 + 57 : 8]
    for row in long_shards.of("train"):
        poses = long_shards.clip_features(row)[:, ms272.SLICES["joint_positions"]].reshape(-1, 22, 3)
        for start in range(0, row.frames - 56, 2):
            for query in (middle, mirrored):
                by_hand.append(np.sqrt(((query - poses[start : start + 57 : 8]) ** 2).sum(axis=-1).mean()))
    assert near[2] == pytest.approx(100.0 * min(by_hand), rel=1e-4)
    assert near[2] > 1.0


def test_variety_is_asked_for_in_words_of_clips_that_are_there(long_shards, split_shards):
    asked = prompts_with_clips(long_shards)
    assert {len(one.real) for one in asked} == {3}
    assert {len(motion) for one in asked for motion in one.real} == {90}
    assert prompts_with_clips(split_shards) == []


class Refusing(MadeSubject):
    """Refuses one prompt, and bursts at two others."""

    def answer(self, text, seconds, seed, sampling, variations=1):
        if text == UNUSUAL[3]:
            raise UserError("No.")
        answer = super().answer(text, seconds, seed, sampling, variations)
        if text in UNUSUAL[4:6]:
            motion = answer.motions[0]
            root = motion.root_translation_m.copy()
            root[5:] += 1.0
            return Answer([replace(motion, root_translation_m=root)])
        return answer


def suites(subject, shards, folder):
    ledgers = Ledger(folder, subject.fingerprint), Ledger(folder, "real")
    return Suites(subject, shards, sampling_options({}), *ledgers, lambda *_: None)


def test_all_suites_of_a_model_that_walks(long_shards, tmp_path):
    subject = Refusing("walker")
    found = suites(subject, long_shards, tmp_path).findings()
    # One is refused, two burst, and the arm that one asks for is thrown up from frame to frame.
    assert (found.unusual.count, found.unusual.total) == (16, 20)
    assert (found.thirds.total, found.seams.total, found.scripts.total) == (150, 100, 50)
    # It walks at a speed that is also a slow run's.
    ahead = {("moves forward", "walks"), ("moves forward", "runs")}
    assert found.thirds.count == sum(names in ahead for script in scripts() for names in script.predicates)
    assert found.seams.count == 100
    real = [[ms272.decode(long_shards.clip_features(row)[:90]).positions_m for row in long_shards.of("train")
             if row.content == content] for content in ("walk", "bow")]  # fmt: skip
    by_hand = [100 * np.mean([np.linalg.norm(a - b, axis=-1).mean() for a, b in combinations(of_label, 2)])
               for of_label in real]  # fmt: skip
    assert sorted(one.real_cm for one in found.variety.spreads) == pytest.approx(sorted(by_hand), rel=1e-3)
    assert found.variety.made.motions == 16
    assert found.variety.made.smallest_cm < 0.1  # its first variation is a training clip
    answered = subject.answered
    assert suites(subject, long_shards, tmp_path).findings() == found
    assert subject.answered == answered
