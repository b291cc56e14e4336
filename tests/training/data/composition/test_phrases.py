"""Sentences of composites: grammar, one subject, nothing left to fill in."""

from __future__ import annotations

import re
from itertools import product
from random import Random

import pytest

from training.data.captions import mirrored_caption
from training.data.composition import phrases
from training.data.styles import HER, HIS, STYLES
from training.data.wordings import QUICK_ACTIONS, SLOW_ACTIONS

CONTENTS = ("walk", "run", "walk-turn-left", "wave-right-hand", "raise-up-both-hands", "bow", "guide")


def sentences():
    random = Random(0)
    for style, first, second in product(STYLES, CONTENTS, CONTENTS):
        one, other = (phrases.action_of(content, style, random, simple=True) for content in (first, second))
        subject = phrases.subject_of(style, random)
        yield phrases.in_a_row(subject, [one, other], stops=True, random=random)
        yield phrases.in_a_row(subject, [one, other, "walk forward"], stops=False, random=random)
        yield phrases.at_once(subject, one, other, random)
        yield phrases.in_a_row(subject, [phrases.at_once_as_action(one, other), "run"], stops=False, random=random)
        slow = one + phrases.duration_of(2.2, random)
        yield phrases.in_a_row(subject, [slow, "come to a stop", other], stops=False, random=random)
        yield phrases.alone(subject, one + phrases.pace_of(0.7, random), random)


ALL = sorted(set(sentences()))


def test_nothing_is_left_to_fill_in_and_no_space_is_doubled():
    for sentence in ALL:
        assert not set(sentence) & set("{}"), sentence
        assert sentence == " ".join(sentence.split())


def test_no_verb_is_conjugated_against_the_rules():
    wrong = re.compile(r"\b(?!being|seeing|fleeing|agreeing)\w+(?:(?:[cs]h|x|ss|z)s|[^aeiou]ys|eing|ieing)\b")
    assert [sentence for sentence in ALL if wrong.search(sentence)] == []


def test_he_and_she_go_with_the_subject():
    for sentence in ALL:
        if re.search(r"\b(?:he|his)\b", sentence):
            assert any(word in HIS or word.endswith("man") for word in re.findall(r"[\w-]+", sentence)), sentence
        if re.search(r"\b(?:she|her)\b", sentence):
            assert any(word in HER or word.endswith(("woman", "girl")) for word in re.findall(r"[\w-]+", sentence)), (
                sentence
            )


def test_they_do_and_he_does():
    assert not [sentence for sentence in ALL if re.search(r"\bthey (?:walks|runs|waves|raises|bows)\b", sentence)]
    assert not [sentence for sentence in ALL if re.search(r"\b(?:he|she) (?:walk|run|wave|raise|bow)\b", sentence)]


def test_mirroring_twice_gives_the_sentence_back():
    for sentence in ALL:
        assert mirrored_caption(mirrored_caption(sentence)) == sentence


@pytest.mark.parametrize(
    ("tempo", "words"), [(0.75, phrases._SLOWLY), (1.3, phrases._QUICKLY), (1.0, ("",)), (0.9, ("",))]
)
def test_the_pace_is_told_where_it_is_clear(tempo, words):
    assert phrases.pace_of(tempo, Random(1)).strip() in words


def test_a_simple_action_has_one_verb():
    random = Random(0)
    for content, _ in product(("walk-turn-left", "wave-left-hand", "raise-up-left-hand"), range(50)):
        action = phrases.action_of(content, "normal", random, simple=True)
        assert not re.search(r"(?<!-)\b(?:and|then|while|stand)\b(?!-)|,", action)


def test_sentences_of_two_actions():
    assert (
        phrases.at_once_as_action("walk forward", "wave {the} left hand") == "walk forward while waving their left hand"
    )
    told = {phrases.in_a_row("an old man", ["walk", "bow"], stops=True, random=Random(seed)) for seed in range(2000)}
    assert {"an old man walks, then bows", "an old man walks, stops and bows", "after walking, an old man bows"} <= told


def test_orders_of_three_are_told_in_several_ways():
    random = Random(0)
    told = {phrases.in_a_row("a man", ["walk", "stop", "wave"], stops=False, random=random) for _ in range(2000)}
    assert "a man walks, then stops and then waves" in told
    assert "after walking, a man stops and then waves" in told
    assert "before waving, a man walks, then stops" in told
    assert len(told) >= 25


def test_a_duration_is_in_whole_seconds_that_have_a_name():
    random = Random(0)
    told = {phrases.duration_of(2.4, random) for _ in range(50)}
    assert told == {" for two seconds", " for about two seconds", " for around two seconds"}
    assert {phrases.duration_of(1.1, random) for _ in range(50)} >= {" for one second"}
    assert phrases.duration_of(0.3, random) == phrases.duration_of(11.0, random) == ""


@pytest.mark.parametrize("content", ["walk", "walk-turn-left", "walk-back", "run", "walks forward", "runs"])
@pytest.mark.parametrize(
    ("tempo", "table", "words"), [(0.75, SLOW_ACTIONS, phrases._SLOWLY), (1.3, QUICK_ACTIONS, phrases._QUICKLY)]
)
def test_half_of_the_paced_actions_tell_the_pace_by_their_verb(content, tempo, table, words):
    random, actions = Random(0), ["go there"]
    told = [phrases.paced_action(content, actions, tempo, random) for _ in range(400)]
    by_verb = [action for action in told if action in table[content]]
    assert 0.4 < len(by_verb) / len(told) < 0.6
    assert all(action.endswith(words) for action in told if action not in table[content])


def test_an_ordinary_pace_and_a_content_without_such_verbs_are_told_as_before():
    random = Random(0)
    assert {phrases.paced_action("walk", ["walk"], 1.0, random) for _ in range(50)} == {"walk"}
    assert all(
        phrases.paced_action("bow", ["bow"], 0.7, random).removeprefix("bow ") in phrases._SLOWLY for _ in range(50)
    )


def test_what_they_do_agrees_in_every_template():
    for shape in (*phrases._IN_A_ROW, *phrases._STOPPING, *phrases._AT_ONCE, *phrases._THREE_IN_A_ROW):
        one, they = (
            phrases._filled(shape, subject, "walk", "wave {the} left hand", "bow") for subject in ("a woman", "someone")
        )
        assert not re.search(r"\b(?:he|she|they) (?:have|finish|walk|wave|bow)\b", one), one
        assert not re.search(r"\bthey (?:has|finishes|walks|waves|bows)\b", they), they
