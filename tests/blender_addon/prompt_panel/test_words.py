"""Requests without each word, and how far two motions are apart."""

import pytest

from blender_addon.prompt_panel.words import effect_between, prompts_without_each_word, same_settings


def meta(*rows):
    return {"prompts": [{"text": text, "start": start, "end": end} for text, start, end in rows]}


def test_each_word_is_left_out_once():
    found = prompts_without_each_word(meta(("a person walks", 0, 60)), 30.0, ("a", "person", "walks"))
    assert found == [
        (0, [{"text": "person walks", "seconds": 2.0}]),
        (1, [{"text": "a walks", "seconds": 2.0}]),
        (2, [{"text": "a person", "seconds": 2.0}]),
    ]


def test_a_word_that_comes_twice_is_left_out_where_it_stands():
    found = prompts_without_each_word(meta(("he waves, he bows", 0, 30)), 30.0, ("he", "waves", ",", "he", "bows"))
    assert [(index, rows[0]["text"]) for index, rows in found] == [
        (0, "waves, he bows"),
        (1, "he , he bows"),
        (3, "he waves, bows"),
        (4, "he waves, he"),
    ]


def test_words_of_several_sentences_stay_in_their_own():
    rows = ("he walks", 0, 30), ("he bows", 30, 90)
    found = prompts_without_each_word(meta(*rows), 30.0, ("he", "walks", "he", "bows"))
    assert [[row["text"] for row in rows] for _, rows in found] == [
        ["walks", "he bows"],
        ["he", "he bows"],
        ["he walks", "bows"],
        ["he walks", "he"],
    ]
    assert [row["seconds"] for row in found[0][1]] == [1.0, 2.0]


def test_the_only_word_can_not_be_left_out():
    assert prompts_without_each_word(meta(("walk", 0, 30)), 30.0, ("walk",)) == []


def test_nothing_apart_is_nothing(make_figure):
    effect = effect_between(make_figure(), make_figure())
    assert (effect.pose_cm, effect.path_m) == (0.0, 0.0)


def test_a_longer_way_is_a_path_and_not_a_pose(make_figure):
    effect = effect_between(make_figure(frames=11, step_m=0.02), make_figure(frames=11, step_m=0.05))
    assert effect.pose_cm == pytest.approx(0.0, abs=1e-9)
    assert effect.path_m == pytest.approx(0.3)


def test_an_arm_that_moves_is_a_pose_and_not_a_path(make_figure):
    effect = effect_between(make_figure(), make_figure(arm_turns=0.05))
    assert effect.pose_cm > 1.0
    assert effect.path_m == 0.0


def test_settings_are_taken_from_what_the_motion_says():
    made = {"seed": 9, "guidance": 2.5, "flow_steps": 4, "preset": "draft", "loop": True, "cleanup": {"lift": 1}}
    assert same_settings(made) == {
        **{"seed": 9, "guidance": 2.5, "flow_steps": 4, "preset": "draft"},
        **{"loop": True, "in_place": False, "cleanup": True, "variations": 1},
    }
    assert same_settings({})["cleanup"] is False
