"""Every operator, in real Blenders without a window, against a real engine."""

import numpy as np
import pytest

IN_EVERY_BLENDER = [
    "test_generating_makes_one_action_and_the_same_again",
    "test_regenerating_a_range_of_hand_keyed_animation_leaves_every_key_outside",
    "test_every_operator_says_what_it_does_and_goes_without_a_trace",
    "test_undo_and_saving_while_an_animation_is_read",
]
IN_ONE_BLENDER = [
    "test_lengths_are_those_asked_for_at_the_scenes_own_frame_rate",
    "test_a_range_is_the_preview_range_the_selected_keys_or_two_markers",
    "test_what_cannot_be_done_is_said_in_a_sentence",
    "test_whatever_happens_to_the_character_while_its_motion_is_made",
    "test_a_bone_map_is_corrected_mirrored_kept_and_shared",
    "test_each_of_several_characters_gets_its_own_motion",
    "test_what_carries_the_travel_is_a_choice",
    "test_a_strip_shows_the_motion_and_keeps_the_hand_keyed_action",
    "test_limbs_are_keyed_bone_by_bone_or_by_their_ends",
    "test_a_linked_character_is_refused_and_its_override_keyed",
]


def test_generating_makes_one_action_and_the_same_again(scene):
    report = scene("generate")
    assert report["answer"] == ["FINISHED"]
    assert report["name"] == "a person walks forward"
    assert report["more"] == {"actions": 1} == report["more_after_twice"]
    assert report["same_again"] and report["curves"] > 60
    assert report["range"] == [1.0, 48.0]
    assert report["history"] == [["a person walks forward", 3, 2.0]] * 2
    assert [prompt["text"] for prompt in report["mark"]] == ["a person walks forward"]


def test_lengths_are_those_asked_for_at_the_scenes_own_frame_rate(scene):
    report = scene("lengths")
    assert report["seconds"][0] == 1 and abs(report["seconds"][1] - 48) <= 1
    assert report["frames"] == [11.0, 70.0]
    assert report["timeline"] == [31.0, 78.0]
    assert report["estimated"][0] == 7 and report["estimated"][1] > 30
    assert report["scene_end"] == report["beyond"][1] > 60


@pytest.mark.parametrize(
    ("rig", "by_hand", "target"),
    [
        ("kenney", False, "NEW_ACTION"),
        ("kenney", True, "CURRENT_ACTION"),
        pytest.param("rigify", True, "NEW_ACTION", marks=pytest.mark.slow),
    ],
)
def test_takes_are_shown_one_after_another_and_leave_nothing_behind(scene, rig, by_hand, target):
    report = scene("takes", rig, by_hand=by_hand, target=target)
    assert report["differ"] and report["round"]
    assert report["actions"] == [1, 1, 1, 1]
    assert "Keep or discard the takes" in report["refused"]
    assert report["changed_by_discarding"] == []
    assert "no takes" in report["no_more"]
    assert report["kept_is_shown"]
    assert report["more"] == ({} if target == "CURRENT_ACTION" else {"actions": 1})
    assert report["history"] == [4]
    assert report["pending"] == 0 and report["previous"] == "None"
    if target == "CURRENT_ACTION":
        assert report["actions_after"] == ["By hand"]


def test_a_script_is_one_motion_of_all_its_sentences(scene):
    report = scene("script")
    assert report["parts"] == [["a person walks forward", 2.0], ["a person runs", 1.0]]
    assert report["prompts"] == ["a person walks forward", "a person runs"]
    assert report["range"] == [1.0, 72.0]


@pytest.mark.parametrize("body_part", ["WHOLE", "LEFT_ARM"])
def test_regenerating_a_range_of_hand_keyed_animation_leaves_every_key_outside(scene, body_part):
    report = scene("regenerate", body_part=body_part)
    assert report["answer"] == ["FINISHED"]
    assert report["actions"] == ["By hand"]
    for path, before in report["before"].items():
        outside = [key for key in before if not 60 <= key[0] <= 90]
        now = [key for key in report["after"][path] if not 60 <= key[0] <= 90]
        # The range cuts the curves after frame 40 and before 120: a key beside those keeps their handles as they are.
        assert [key for key in now if key[0] not in (41.0, 119.0)] == outside, path
    changes = [changed(before, after) for before, after in zip(report["poses_before"], report["poses"], strict=True)]
    assert max(changes[:59] + changes[90:]) < 1e-3
    before, after = report["poses_before"], report["poses"]
    joins = [changed(after[i], after[i + 1]) for i in (58, 59, 89, 90)]
    assert max(joins) < 2.0 + max(changed(before[i], before[i + 1]) for i in (58, 59, 89, 90))
    assert max(changes[60:90]) > 5.0


def changed(pose, other):
    """The largest turn of a bone between two poses, in degrees."""
    return max(angle(turn, other[bone]) for bone, turn in pose.items())


def angle(a, b):
    """Degrees between two quaternions."""
    a, b = np.asarray(a) / np.linalg.norm(a), np.asarray(b) / np.linalg.norm(b)
    return float(np.degrees(4.0 * np.arcsin(min(1.0, min(np.linalg.norm(a - b), np.linalg.norm(a + b)) / 2.0))))


def product(a, b):
    """The turn b, then the turn a, as quaternions."""
    (w, x, y, z), (p, q, r, s) = a, b
    scalar, vector = w * p - np.dot([x, y, z], [q, r, s]), np.cross([x, y, z], [q, r, s])
    return [scalar, *(w * np.array([q, r, s]) + p * np.array([x, y, z]) + vector)]


def test_a_range_is_the_preview_range_the_selected_keys_or_two_markers(scene):
    report = scene("ranges")
    assert report["PREVIEW"] == [60, 90]
    assert report["KEYS"] == [40, 80]
    assert report["MARKERS"] == [33, 66]
    preview, keys, markers = report["refusals"]
    assert "preview range" in preview and "No keys are selected" in keys and "two markers" in markers


def test_history_gives_a_motion_back_without_the_engine(scene):
    report = scene("history")
    assert report["same"]
    assert report["used"] == ["a person walks forward", 3, True, 2.0, "draft"]
    assert report["left"] == ["a person waves"]
    assert report["from_saved_file"] == "a person waves"
    assert "does not answer" in report["offline"]


def test_what_cannot_be_done_is_said_in_a_sentence(scene):
    report = scene("refusals", mesh="characterMedium")
    expected = {
        "nothing selected": "Select a character",
        "an instance": "“Somebody” is an instance of a collection; make it real",
        "no sentence": "type a sentence",
        "empty script": "Add a sentence",
        "no history": "history is empty",
        "no takes": "no takes",
        "nothing to cancel": "No motion is being made",
        "edit mode": "Edit Mode",
        "pose mode": "",
        "too long": "120",
        "no bones": "no bones",
        "no humanoid": "no humanoid rig",
        "no humanoid, again": "no humanoid rig",
        "in the sidebar": "no humanoid rig",
        "its mesh": "",
    }
    for case, words in expected.items():
        assert words in report[case] and (words or not report[case]), (case, report[case])


def test_whatever_happens_to_the_character_while_its_motion_is_made(scene):
    report = scene("interruptions")
    assert "being made already" in report["second job"]
    assert report["cancelled"] == ["Cancelled.", True, True]
    assert report["renamed"] == [False, True]
    failed, sentence, kept = report["deleted"]
    assert failed and "no longer in this file" in sentence and kept == 2
    assert report["other file"] == ["Cancelled.", True, 0]
    assert report["switched off"] == ["Cancelled.", True]


def test_a_bone_map_is_corrected_mirrored_kept_and_shared(scene):
    report = scene("bone_maps")
    assert not report["cleared"] and report["mirrored"]
    assert report["assigned"][1] is None
    assert "no bone “nothing”" in report["no such bone"]
    assert "Left thigh" in report["needed"] and "Left thigh" in report["refused"]
    assert report["detected again"]
    assert not report["preset used"] and report["preset gone"] and not report["imported"]
    assert "no bone map" in report["no map"]


def test_animation_is_mirrored_retimed_and_kept_in_place(scene):
    report = scene("edits")
    assert "no animation yet" in report["nothing yet"]
    walk, mirrored, fast, still = (np.array(report[name]) for name in ("walk", "mirror", "retime", "keep_in_place"))
    travel = np.ptp(walk, axis=0)
    size = np.linalg.norm(travel)
    np.testing.assert_allclose(np.ptp(mirrored, axis=0), travel, atol=0.08 * size)
    assert len(mirrored) == len(walk) == len(still)
    assert abs(len(fast) - len(walk) / 2) <= 1
    np.testing.assert_allclose(fast[-1], walk[2 * (len(fast) - 1)], atol=0.08 * size)
    assert np.linalg.norm(np.ptp(still, axis=0)) < 0.25 * size
    turned = walk[-1, 0] - walk[0, 0], mirrored[-1, 0] - mirrored[0, 0]
    assert np.sign(turned[0]) == -np.sign(turned[1])
    begin, end = report["loop ends"]
    assert len(report["loop"]) <= len(walk)
    turned = np.subtract(*(np.arctan2(left[1], left[0]) for left in report["loop turns"][::-1]))
    turn = [np.cos(turned / 2.0), 0.0, 0.0, np.sin(turned / 2.0)]
    assert max(angle(product(turn, begin[bone]), end[bone]) for bone in begin) < 3.0
    assert report["mirror called"] == "a person walks forward and turns left mirrored"


def test_a_walk_follows_a_curve_and_its_standing_feet_stand(scene):
    report = scene("follow")
    assert "Choose the curve" in report["none"]
    assert report["more"] == {"actions": 1}
    straight, bent = (
        {name: np.array(places) for name, places in report[kind].items()} for kind in ("straight", "bent")
    )
    center, radius = np.array([-report["radius"], 0.0]), report["radius"]
    hips = bent["Hips"][:, :2]
    walked = np.linalg.norm(straight["Hips"][-1, :2] - straight["Hips"][0, :2])
    on_arc = np.linalg.norm(hips - center, axis=-1)[: int(len(hips) * min(1.0, 0.5 * np.pi * radius / walked))]
    assert np.abs(on_arc - radius).max() < 0.15 * radius
    assert np.linalg.norm(np.diff(hips, axis=0), axis=-1).sum() > 0.8 * walked
    for foot in ("LeftFoot", "RightFoot"):
        slide = [
            np.percentile(np.linalg.norm(np.diff(each[foot][:, :2], axis=0), axis=-1), 25) for each in (straight, bent)
        ]
        assert slide[1] < slide[0] + 0.001, foot


def test_each_of_several_characters_gets_its_own_motion(scene):
    report = scene("several")
    assert report["two"] and report["differ"]
    assert report["history"] == [3, 4]


def test_every_operator_says_what_it_does_and_goes_without_a_trace(scene):
    report = scene("documentation")
    assert len(report["operators"]) > 20
    for name, label, description, silent in report["operators"]:
        assert label and description, name
        assert silent == [], name
    assert report["left"] == [False, False]
    assert report["handlers"] == []


def test_what_carries_the_travel_is_a_choice(scene):
    report = scene("carriers", "makehuman")
    pelvis, root = report["names"]
    found = report["found"]
    for name in ("root_bone", "object"):
        np.testing.assert_allclose(found[name]["head"], found["hips"]["head"], atol=2e-3)
    assert "location" in found["hips"]["moving"][pelvis] and not {root, ""} & found["hips"]["moving"].keys()
    assert "location" in found["root_bone"]["moving"][root] and "" not in found["root_bone"]["moving"]
    assert "location" in found["object"]["moving"][""] and root not in found["object"]["moving"]


def test_a_strip_shows_the_motion_and_keeps_the_hand_keyed_action(scene):
    report = scene("strip")
    assert report["kept"] and report["own"] == "By hand"
    assert [action for _, action, *_ in report["strips"]] == ["By hand", "a person walks forward"]
    assert report["strips"][-1][2:] == [51.0, 98.0]
    steps = [np.linalg.norm(np.diff(report[name], axis=0), axis=-1) for name in ("hips", "alone")]
    assert steps[0].min() > 0.1  # it walks, wherever it stood
    np.testing.assert_allclose(steps[0], steps[1], atol=2e-3)


@pytest.mark.slow
def test_limbs_are_keyed_bone_by_bone_or_by_their_ends(scene):
    report = scene("limbs", "rigify")
    bones = {
        "fk": {"thigh_fk.L", "shin_fk.L", "foot_fk.L", "upper_arm_fk.R", "forearm_fk.R", "hand_fk.R"},
        "ik": {"foot_ik.L", "thigh_ik_target.L", "hand_ik.R", "upper_arm_ik_target.R"},
    }
    assert bones["fk"] <= report["fk"]["moving"].keys() and not bones["ik"] & report["fk"]["moving"].keys()
    assert bones["ik"] <= report["ik"]["moving"].keys() and not bones["fk"] & report["ik"]["moving"].keys()
    np.testing.assert_allclose(report["ik"]["ends"], report["fk"]["ends"], atol=0.01)


def test_a_linked_character_is_refused_and_its_override_keyed(scene):
    report = scene("linked")
    assert "is linked; make a library override of it first" in report["linked"]
    assert "can't be edited; make it editable" in report["system"]
    assert report["override"] == "" == report["edited"]
    local, curves, name = report["keyed"]
    assert local and curves > 60 and name == "a person walks forward"
    assert np.linalg.norm(np.subtract(report["hips"][-1], report["hips"][0])) > 0.1
    np.testing.assert_allclose(report["hips_again"], report["hips"], atol=1e-5)


def test_undo_and_saving_while_an_animation_is_read(scene):
    report = scene("reading")
    before, during, *after = report["scenes"]
    assert during == before + 1 and set(after) == {before}
    assert report["saved"] == before
    assert report["after saving"] == ["Read.", 1, True]
    changed = "The file changed while the animation was read; try again."
    assert report["undone"] == [changed, True, True, changed]
    assert report["cancelled"] == "Cancelled."
    assert "no longer in this file" in report["deleted"][0] and report["deleted"][1]
    assert report["read"] == 1
