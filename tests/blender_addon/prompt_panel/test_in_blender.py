"""The extension's side of the prompt window: in real Blenders without a screen, with a real window process."""

import sys
from pathlib import Path

import pytest
from processes import in_blender

SCENE = Path(__file__).with_name("blender_scene.py")


@pytest.fixture(scope="module")
def report(blender, rigs, motion, tmp_path_factory):
    folder = tmp_path_factory.mktemp("prompt-window")
    return in_blender(
        blender,
        SCENE,
        file=str(rigs("synthetic").file),
        window_python=sys.executable,
        folder=str(folder / "extension"),
        motion=str(motion),
        out=str(folder / "out.blend"),
    )


def test_what_blender_shows_is_told_and_the_frame_goes_both_ways(report):
    orders = report["orders"]
    assert orders["scene"]["map_state"] == "ready"
    assert orders["scene"]["rig"] == "synthetic"
    assert (orders["scene"]["start"], orders["scene"]["end"], orders["scene"]["fps"]) == (1, 30, 24.0)
    assert orders["frame"] == 12
    assert orders["silent"] == [], "what the window has set is not told back to it"
    assert orders["told"] == {"v": 1, "type": "set_frame", "frame": 20.0}


def test_a_playhead_that_is_taken_in_blender_is_not_taken_away_by_a_window_that_plays(report):
    led = report["orders"]["led"]
    assert led["frames"] == [25, 25, 15], "for a moment the user leads, then the window may again"
    assert led["told"] == [{"v": 1, "type": "set_frame", "frame": 25.0}]


def test_a_motion_is_previewed_discarded_and_baked(report):
    orders = report["orders"]
    answers = {
        key: [each for each in orders[key] if each["type"] == "answer"] for key in ("preview", "discard", "bake")
    }
    assert all(answer["done"] for (answer,) in answers.values())
    assert (orders["previewed"], orders["discarded"]) == (1, 0)
    assert [scene["takes"] for scene in orders["preview"] + orders["discard"] if scene["type"] == "scene"] == [1, 0]
    assert "Baked “walk” onto synthetic" in answers["bake"][0]["sentence"]
    assert orders["action"] == "walk"
    assert orders["range"][0] == 1.0
    assert orders["range"][1] > 20.0
    assert orders["history"] == ["walk"]


def test_what_can_not_be_done_is_answered_in_a_sentence(report):
    orders = report["orders"]
    for key, sentence in (
        ("nothing", "“synthetic” shows no preview."),
        ("missing", "The motion's file can't be read (No such file or directory); generate it again."),
        ("no rig", "Select a character in Blender: an armature, or a mesh that one moves."),
    ):
        answer = next(each for each in orders[key] if each["type"] == "answer")
        assert (answer["done"], answer["sentence"]) == (False, sentence)
    assert report["background"], "there is no window where there is no screen"


def test_lines_that_are_none_are_refused_and_the_next_order_is_heard(report):
    refused = report["orders"]["refused"]
    assert [each["type"] for each in refused["said"]] == ["refused"] * 3
    assert [each["sentence"] for each in refused["said"]] == [
        *("The line is no JSON.", "The line is no JSON.", "The line is longer than 65536 bytes."),
    ]
    assert refused["frame"] == 9


def test_the_project_is_in_the_blend_through_undo_saving_and_opening(report):
    keeping = report["keeping"]
    assert keeping["kept"] and keeping["after undo"] and keeping["elsewhere"]
    (saved,) = [each for each in keeping["saved"] if each["type"] == "saved"]
    assert saved["stamp"] == keeping["stamp"]
    assert saved["document"].endswith("out.blend")
    assert keeping["opened"], "what was saved is what is opened"
    assert keeping["motion"], "its motions come along"
    assert "is damaged" in keeping["damaged"]


def test_the_window_ends_with_the_extension(report):
    assert report["ends"]["status"] == 0
    assert report["ends"]["seconds"] < 5.0
    assert not Path(f"/proc/{report['ends']['pid']}").exists()


def test_a_python_without_the_window_is_said_with_what_mends_it(report):
    sentence, remedy, left = report["broken"]
    assert sentence.startswith('The chosen Python has no prompt window; run pip install "motionwright[panel]" there')
    assert (remedy, left) == ("preferences", 0)
