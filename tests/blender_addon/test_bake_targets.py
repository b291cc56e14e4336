"""Ranges, strips, fewer keys, roots and refusals, in real Blenders."""

import numpy as np
import pytest

IN_EVERY_BLENDER = ["test_a_range_changes_and_nothing_else", "test_a_strip_lies_above_what_was_played"]
IN_ONE_BLENDER = [
    "test_a_range_of_a_control_rig",
    "test_fewer_keys_stay_within_the_tolerance",
    "test_whatever_carries_the_character_it_does_the_same",
    "test_bake_and_back_again",
    "test_it_stands_where_it_stood_whatever_carried_it_before",
    "test_limits_are_said_in_sentences",
    "test_keys_lie_where_the_scene_has_its_frames",
]
KEYED = {
    "makehuman": ["pelvis", "spine_01", "upperarm_l", "thigh_l", "calf_l", "lowerarm_r"],
    "rigify": ["torso", "spine_fk.002", "foot_ik.L", "foot_ik.R", "hand_ik.L"],
}


@pytest.fixture(params=["makehuman", "rigify"])
def name(request):
    return request.param


@pytest.mark.parametrize(("step", "reduce"), [(10, False), (13, True)])
def test_a_range_changes_and_nothing_else(step, reduce, rigs, check, motion):
    """Keys on the range's ends, and none near them."""
    _only_the_range(
        check("in_range", rigs("makehuman"), motion, keyed=KEYED["makehuman"], step=step, reduce=reduce), reduce
    )


@pytest.mark.slow
@pytest.mark.parametrize(("step", "reduce"), [(10, False), (13, True)])
def test_a_range_of_a_control_rig(step, reduce, rigs, check, motion):
    """Legs and an arm that are keyed by IK outside are keyed by FK inside."""
    _only_the_range(check("in_range", rigs("rigify"), motion, keyed=KEYED["rigify"], step=step, reduce=reduce), reduce)


def _only_the_range(report, reduce):
    assert report["baked"][:2] == [60, 90]
    # Every number of every key, its handles, their kinds, interpolation and easing; also once saved and opened again.
    assert report["same_keys"] and report["new_curves_inside"]
    # Where the range cuts a curve between two keys, a key a frame beside the outer one keeps that one's handle.
    assert set(report["more_outside"]) <= set(report["may_be_more"])
    assert len(report["more_outside"]) <= 2
    assert report["outside"] < 1e-4
    assert max(report["joins"]) < 0.2
    assert max(report["steps"]) < 2.0
    assert report["changed"] > 10.0
    assert (report["keys_inside"] < 31) if reduce else (report["keys_inside"] == 31)
    assert report["counts"][0] == report["counts"][1]


def test_a_strip_lies_above_what_was_played(rigs, check, motion):
    report = check("strip", rigs("makehuman"), motion, keyed=KEYED["makehuman"])
    pushed = [report["action"], [report["action"]]]
    assert report["tracks"] == [[pushed, ["Motionwright", ["walk"]]]] * 2
    assert report["counts"][0] == report["counts"][1]
    assert all(report["slots"])
    assert report["shown"] < 0.1


def test_fewer_keys_stay_within_the_tolerance(name, rigs, check, motion):
    report = check("sparse", rigs(name), motion)
    assert report["far"]["rotation"] <= 1.01
    assert report["sparse"] < 0.35 * report["dense"]
    assert report["far"]["location"] > 0.0


def test_whatever_carries_the_character_it_does_the_same(name, rigs, check, motion):
    report = check("carried", rigs(name), motion)
    heads = {root: np.array(each["head"]) for root, each in report.items()}
    for root in ("root_bone", "object"):
        np.testing.assert_allclose(heads[root], heads["hips"], atol=2e-3)
        np.testing.assert_allclose(report[root]["travel"], report["hips"]["travel"], atol=5e-3)
    assert len(report["hips"]["paths"]) == 1 and len(report["root_bone"]["paths"]) == 2
    assert "location" in report["object"]["paths"]
    # What carries it goes as far as the hips went, and the hips stay above it.
    assert abs(report["object"]["own"][1][1]) > 0.5 and abs(report["hips"]["own"][1][1]) < 1e-6


@pytest.mark.parametrize("character", ["makehuman", "kenney"])
def test_it_stands_where_it_stood_whatever_carried_it_before(character, rigs, check, motion):
    stood = np.array(check("one_after_another", rigs(character), motion))
    print(f"\n{character}: {1000 * np.linalg.norm(stood - stood[0], axis=-1).max():.1f} mm after ten bakes")
    np.testing.assert_allclose(stood, stood[:1].repeat(len(stood), axis=0), atol=1e-3)


def test_bake_and_back_again(name, rigs, check, motion):
    report = check("round_trip", rigs(name), motion)
    assert report["frames"][0] == report["frames"][1]
    # Read in slices, between which the window goes on, it is the same and leaves nothing behind.
    assert report["slices"] == report["frames"][1] + 2 and report["sliced"] < 0.005
    assert report["scenes"][0] == report["scenes"][1]
    assert np.mean(report["degrees"]) < 1.0
    assert report["meters"] < 0.01
    assert report["again_degrees"] < 0.5 and report["again_meters"] < 0.01


def test_limits_are_said_in_sentences(rigs, check, motion):
    said = check("refusals", rigs("kenney"), motion)
    assert [sentence.split("for its ")[1].split(",")[0] for sentence in said["limbs"][:2]] == ["feet", "hands"]
    assert "plays no Action" in said["no action"]
    assert len(said["locked"]) == 1 and "“Head”" in said["locked"][0]
    assert said["locked curves"] == []
    assert "last frame must come after" in said["empty"]
    assert "no frames in common" in said["elsewhere"]
    assert any("motion ends in frame" in sentence for sentence in said["short"])


@pytest.mark.parametrize(("fps", "base"), [(24, 1.001), (60, 1.0)])
def test_keys_lie_where_the_scene_has_its_frames(fps, base, rigs, check, motion):
    """At 23.976 frames a second the motion takes as long as it takes."""
    report = check("round_trip", rigs("kenney"), motion, fps=fps, fps_base=base)
    assert abs(report["frames"][0] - report["frames"][1]) <= 2
    assert np.mean(report["degrees"]) < 1.0
