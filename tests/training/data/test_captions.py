"""Captions: grammar spot by spot, many of each kind, the same everywhere, left and right swapped and nothing else."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from itertools import product

import pytest

from training.data import captions as tables
from training.data.captions import _conjugated, captions, mirrored_caption

OWN = [content for content in tables._ACTIONS if content not in tables.OTHER_ACTIONS]
LABELS = [*product(OWN, [*tables._STYLES, *tables._SAME_STYLE]), *product(tables.OTHER_ACTIONS, ["normal", "elderly"])]
ALL = sorted({caption for content, style in LABELS for caption in captions(content, style, 64)})
PLAIN_NOUNS = {"person", "man", "woman"}


@pytest.mark.parametrize("content", tables._ACTIONS)
def test_every_content_has_many_wordings_in_every_style(content):
    for style in (*tables._STYLES, *tables._SAME_STYLE) if content in OWN else ("normal", "elderly"):
        found = captions(content, style, 64)
        assert len(set(found)) == len(found) >= 10, style
        assert len(found) == 64 or len(tables._ACTIONS[content]) <= 6, style
        assert len(captions(content, style, 64, with_style=False)) >= 10


def test_no_more_than_asked_for_and_the_first_ones_stay():
    assert captions("walk", "elderly", 5) == captions("walk", "elderly", 64)[:5]


@pytest.mark.parametrize("labels", [("fly", "normal"), ("walk", "sleepy")])
def test_unknown_labels_are_an_error(labels):
    with pytest.raises(KeyError):
        captions(*labels, 8)


def test_two_names_of_one_style_share_its_words():
    assert {word for caption in captions("bow", "old", 64) for word in caption.split()} == {
        word for caption in captions("bow", "elderly", 64) for word in caption.split()
    }


def test_they_are_the_same_in_every_process():
    """Python's own hash of a string differs from process to process; captions may not."""
    program = (
        "import hashlib; from training.data.captions import captions\n"
        "text = '|'.join('|'.join(captions(c, s, 64)) for c in ('walk', 'bow') for s in ('old', 'happy', 'normal'))\n"
        "print(hashlib.sha256(text.encode()).hexdigest())"
    )
    digests = {
        subprocess.run(
            [sys.executable, "-c", program],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("0", "1", "4242")
    }
    assert len(digests) == 1


@pytest.mark.parametrize(
    ("action", "third_person", "ing"),
    [
        ("walk", "walks", "walking"),
        ("jog ahead", "jogs ahead", "jogging ahead"),
        ("run very fast", "runs very fast", "running very fast"),
        ("walk and turn left", "walks and turns left", "walking and turning left"),
        ("walk, then turn left", "walks, then turns left", "walking, then turning left"),
        ("walk straight, then go left", "walks straight, then goes left", "walking straight, then going left"),
        ("walk and veer right", "walks and veers right", "walking and veering right"),
        ("walk, turning left", "walks, turning left", "walking, turning left"),
        ("stand and wave both hands", "stands and waves both hands", "standing and waving both hands"),
        ("raise the left hand and lower it again", "raises the left hand and lowers it again",
         "raising the left hand and lowering it again"),
        ("gesture to the side with the right hand", "gestures to the side with the right hand",
         "gesturing to the side with the right hand"),
        ("go for a run", "goes for a run", "going for a run"),
        ("go running", "goes running", "going running"),
        ("punch", "punches", "punching"),
        ("put both hands up", "puts both hands up", "putting both hands up"),
        ("box", "boxes", "boxing"),
        ("race forward", "races forward", "racing forward"),
        ("lie down on the floor", "lies down on the floor", "lying down on the floor"),
        ("crouch", "crouches", "crouching"),
        ("squat down and stand up again", "squats down and stands up again", "squatting down and standing up again"),
        ("get up from the floor", "gets up from the floor", "getting up from the floor"),
        ("do a squat", "does a squat", "doing a squat"),
        ("hurry", "hurries", "hurrying"),
        ("hop once on both legs", "hops once on both legs", "hopping once on both legs"),
    ],
)  # fmt: skip
def test_conjugation(action, third_person, ing):
    assert _conjugated(action, 0) == third_person
    assert _conjugated(action, 1) == ing


def test_no_verb_is_conjugated_against_the_rules():
    wrong = re.compile(r"\b\w+(?:(?:[cs]h|x|ss|z)s|[^aeiou]ys|eing|ieing)\b")
    assert [caption for caption in ALL if wrong.search(caption.replace("being", ""))] == []


def test_verbs_of_one_sentence_agree():
    """Where "and" or "then" joins two verbs, the second has the form of the first."""
    second = re.compile(r"\b(?:and|then) (\w+)")
    for actions in tables._ACTIONS.values():
        for action in actions:
            for form, ending in ((0, "s"), (1, "ing")):
                assert all(verb.endswith(ending) for verb in second.findall(_conjugated(action, form))), action


def test_no_placeholder_is_left_and_no_space_is_doubled():
    for caption in ALL:
        assert not set(caption) & set("{}"), caption
        assert caption == " ".join(caption.split())


def test_articles_fit():
    assert [caption for caption in ALL if re.search(r"\ba [aeiou]|\ban [^aeiou]", caption)] == []


def test_without_style_nothing_speaks_of_a_style():
    for style, (adjectives, manners, nouns) in tables._STYLES.items():
        telling = {*adjectives, *manners, *(set(nouns) - PLAIN_NOUNS)}
        for content in OWN:
            for caption in captions(content, style, 64, with_style=False):
                assert not any(re.search(rf"\b{words}\b", caption) for words in telling), (style, caption)


def test_with_style_every_sentence_speaks_of_it():
    for style, (adjectives, manners, nouns) in tables._STYLES.items():
        if style == "normal":
            continue
        speeds = [speed for (of, _), words in tables._SPEEDS.items() if of == style for speed in words]
        telling = [*adjectives, *manners, *speeds, *(set(nouns) - PLAIN_NOUNS)]
        for content in OWN:
            for caption in captions(content, style, 64):
                assert any(re.search(rf"\b{words}\b", caption) for words in telling), (style, caption)


@pytest.mark.parametrize(
    ("caption", "mirrored"),
    [
        ("a man waves his left hand.", "a man waves his right hand."),
        ("walk, then turn right", "walk, then turn left"),
        ("walk to the left, then right, now", "walk to the right, then left, now"),
        ("a lefty is bright upright", "a lefty is bright upright"),
        ("", ""),
    ],
)
def test_mirroring_swaps_left_and_right_and_nothing_else(caption, mirrored):
    assert mirrored_caption(caption) == mirrored


def test_mirroring_all_captions():
    sides = re.compile(r"\b(left|right)\b")
    swapped = {"left": "right", "right": "left"}
    for caption in ALL:
        mirrored = mirrored_caption(caption)
        assert mirrored_caption(mirrored) == caption
        assert mirrored == sides.sub(lambda match: swapped[match[1]], caption)


@pytest.mark.parametrize("content", ["walk-{}", "walk-turn-{}", "wave-{}-hand", "raise-up-{}-hand"])
def test_a_side_of_the_label_is_in_every_caption_and_the_other_in_none(content):
    for side, other in (("left", "right"), ("right", "left")):
        for caption in captions(content.format(side), "happy", 64):
            assert side in caption
            assert other not in caption
