"""Captions: grammar spot by spot, many of each kind, the same everywhere, left and right swapped and nothing else."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterable
from itertools import product

import pytest

from training.data import captions as tables
from training.data.captions import _conjugated, captions, described, mirrored_caption
from training.data.composition import phrases
from training.data.spoken import Wording
from training.data.styles import HER, HIS, PLAIN_SUBJECTS, SPEEDS, STYLES, UNFIT_VERBS
from training.data.wordings import QUICK_ACTIONS, SLOW_ACTIONS

OWN = [content for content in tables._ACTIONS if content not in tables.OTHER_ACTIONS]
LABELS = [*product(OWN, [*STYLES, *tables._SAME_STYLE]), *product(tables.OTHER_ACTIONS, ["normal", "elderly"])]
POSSESSIVES = ("the", "his", "her", "their", "your")
ALL = sorted({caption for content, style in LABELS for caption in captions(content, style, 64)})
PACED = [phrase for table in (SLOW_ACTIONS, QUICK_ACTIONS) for actions in table.values() for phrase in actions]
FREE = {wording.action for table in (tables.FREE, tables.SLOW_FREE, tables.QUICK_FREE) for told in table.values()
        for wording in told}  # fmt: skip
PHRASES = [
    *(phrase for actions in tables._ACTIONS.values() for phrase in actions), *PACED, *phrases.STAND, *phrases.STOP
]  # fmt: skip


@pytest.mark.parametrize("content", tables._ACTIONS)
def test_every_content_has_many_wordings_in_every_style(content):
    for style in (*STYLES, *tables._SAME_STYLE) if content in OWN else ("normal", "elderly"):
        found = captions(content, style, 64)
        assert len(set(found)) == len(found), style
        has_free = tables._free(content, tables.canonical_style(style))
        assert len(found) == (64 * tables._FREE_TIMES if has_free else 64), style
        assert len(captions(content, style, 64, with_style=False)) >= 10


def test_no_more_than_asked_for_and_the_first_ones_stay():
    assert captions("walk", "giant", 5) == captions("walk", "giant", 64)[: 5 * tables._FREE_TIMES]
    assert len(captions("squat1Reps", "normal", 5)) == 5


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


@pytest.mark.parametrize(
    ("verb", "third_person", "ing"),
    [
        ("be", "is", "being"), ("have", "has", "having"), ("whiz", "whizzes", "whizzing"), ("shoo", "shoos", "shooing"),
        ("frolic", "frolics", "frolicking"), ("dip", "dips", "dipping"), ("outrun", "outruns", "outrunning"),
        ("lean", "leans", "leaning"), ("enter", "enters", "entering"), ("slow", "slows", "slowing"),
        ("fix", "fixes", "fixing"), ("pad", "pads", "padding"),
    ],
)  # fmt: skip
def test_forms_of_verbs(verb, third_person, ing):
    assert (_conjugated(verb, 0), _conjugated(verb, 1)) == (third_person, ing)


def test_no_verb_is_conjugated_against_the_rules():
    wrong = re.compile(
        r"\b(?!being|seeing|fleeing|agreeing|bye-byeing|byeing)\w+(?:(?:[cs]h|x|ss|z)s|[^aeiou]ys|eing|ieing)\b"
    )
    assert [caption for caption in ALL if wrong.search(caption)] == []


def test_verbs_of_one_sentence_agree():
    """Where "and" or "then" joins two verbs, the second has the form of the first."""
    second = re.compile(r"\b(?:and|then) (\w+)")
    for action in {*PHRASES} - FREE:  # whose other verbs stay as they are
        for form, ending in ((0, "s"), (1, "ing")):
            assert all(verb.endswith(ending) for verb in second.findall(_conjugated(action, form))), action


@pytest.mark.parametrize(
    ("verb", "third_person", "ing"),
    [
        ("plod", "plods", "plodding"), ("trot", "trots", "trotting"), ("sidestep", "sidesteps", "sidestepping"),
        ("jab", "jabs", "jabbing"), ("zip", "zips", "zipping"), ("bid", "bids", "bidding"), ("tip", "tips", "tipping"),
        ("spar", "spars", "sparring"), ("stir", "stirs", "stirring"), ("flag", "flags", "flagging"),
        ("power-walk", "power-walks", "power-walking"), ("shadowbox", "shadowboxes", "shadowboxing"),
        ("signal", "signals", "signaling"), ("pummel", "pummels", "pummeling"), ("barrel", "barrels", "barreling"),
        ("mosey", "moseys", "moseying"), ("scurry", "scurries", "scurrying"), ("die", "dies", "dying"),
        ("pivot", "pivots", "pivoting"), ("sprint", "sprints", "sprinting"), ("veer", "veers", "veering"),
        ("inch", "inches", "inching"), ("ease", "eases", "easing"), ("drop", "drops", "dropping"),
    ],
)  # fmt: skip
def test_inflections(verb, third_person, ing):
    assert _conjugated(verb, 0) == third_person
    assert _conjugated(verb, 1) == ing
    assert _conjugated(verb, 2) == verb


def test_every_phrase_begins_with_a_verb_in_lower_case():
    no_verbs = re.compile(r"(?:a|an|the|to|in|at|with|by|on)|\w+(?:ly|ing)")
    not_adverbs = {"bring", "fling", "comply", "dally", "fly", "sing", "supply", "spring", "swing", "reply", "sting"}
    for phrase in PHRASES:
        verb = phrase.split(" ")[0].strip(",")
        assert re.fullmatch(r"[a-z]+(?:-[a-z]+)?", verb), phrase
        assert verb in not_adverbs or not no_verbs.fullmatch(verb), phrase
        assert verb in tables._VERB_WORDS or phrase in (*phrases.STAND, *phrases.STOP), phrase


def test_no_phrase_is_told_twice_of_one_label():
    for content, actions in tables._ACTIONS.items():
        assert len(set(actions)) == len(actions), content


def test_no_placeholder_is_left_and_no_space_is_doubled():
    for caption in ALL:
        assert not set(caption) & set("{}"), caption
        assert caption == " ".join(caption.split())


WRONG_ARTICLE = re.compile(r"\ba (?!uni|us[eu]|euro|ewe|one)[aeiou]|\ban (?!hour|hono|heir|npc|mma|x-ray|l\b)[^aeiou]")


def test_articles_fit():
    assert [caption for caption in ALL if WRONG_ARTICLE.search(caption)] == []


def _is_free(caption: str, wordings: Iterable[Wording]) -> bool:
    """Whether a caption says what one of the wordings does."""
    actions = (action.replace("{the}", possessive) for _, action in wordings for possessive in POSSESSIVES)
    return any(_conjugated(action, form) in caption for action in actions for form in (0, 1, 2))


def test_without_style_nothing_but_a_subject_of_free_wordings_speaks_of_a_style():
    for style, words in STYLES.items():
        telling = re.compile("|".join(rf"\b{word}\b" for word in (*words.adjectives, *words.manners, *words.nouns)))
        if style != "normal":
            for content in OWN:
                for caption in captions(content, style, 64, with_style=False):
                    assert not telling.search(caption) or _is_free(caption, tables.FREE[content]), (style, caption)


@pytest.mark.parametrize("style", [style for style in STYLES if style != "normal"])
def test_with_style_every_sentence_speaks_of_it(style):
    words = STYLES[style]
    speeds = [speed for (of, _), adverbs in SPEEDS.items() if of == style for speed in adverbs]
    told = (*words.adjectives, *words.manners, *words.nouns, *words.subjects, *speeds)
    telling = re.compile("|".join(rf"(?<!\w){re.escape(word)}(?!\w)".replace(r"\{the\}", r"\w+") for word in told))
    for content in OWN:
        free = tables._free(content, style)
        paced = {_conjugated(phrase, form) for phrase in tables._paced(content, style) for form in (0, 1, 2)}
        for caption in captions(content, style, 64):
            assert telling.search(caption) or any(phrase in caption for phrase in paced) or _is_free(caption, free), (
                caption
            )


def test_what_a_style_s_walk_is_told_by():
    """A share of whole free sentences, of the style or of its pace, beside those that are put together."""
    for style in ("elderly", "active", "giant"):
        told = captions("walk", style, 100)
        # Those of a few words, “walk slowly”, are found in sentences that are put together, too.
        free = [wording for wording in tables._free("walk", style) if len(wording.action.split(" ")) > 3]
        share = sum(_is_free(caption, free) for caption in told) / len(told)
        assert 0.2 < share < 0.7, style


def test_no_verb_speaks_against_its_style():
    for style, verbs in UNFIT_VERBS.items():
        for content in OWN:
            assert not {phrase.split(" ")[0] for phrase in tables.actions(content, style)} & verbs


def test_plain_subjects_tell_no_style_and_half_of_them_are_the_plainest():
    told = {subject for style in STYLES for subject in described(style)}
    assert not told & set(PLAIN_SUBJECTS)
    plainest = sum(subject in ("a person", "someone", "a man", "a woman") for subject in PLAIN_SUBJECTS)
    assert 0.4 < plainest / len(PLAIN_SUBJECTS) < 0.7


def test_his_and_her_nouns_are_apart():
    assert not HIS & HER


def test_frames_besides_the_plain_ones_are_few():
    told = captions("walk", "normal", 1000)
    framed = re.compile(r"^(?:a clip|an animation|a video|footage|a recording)|(?:can be|starts|begins|proceeds) ")
    assert 0.02 < sum(bool(framed.search(caption)) for caption in told) / len(told) < 0.12


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
    sides = re.compile(r"\b(left|right)(?=(?:ward)?\b)")
    swapped = {"left": "right", "right": "left"}
    for caption in ALL:
        mirrored = mirrored_caption(caption)
        assert mirrored_caption(mirrored) == caption
        assert mirrored == sides.sub(lambda match: swapped[match[1]], caption)


@pytest.mark.parametrize("content", ["walk-{}", "walk-turn-{}", "wave-{}-hand", "raise-up-{}-hand"])
def test_a_side_of_the_label_is_in_every_caption_and_the_other_only_where_it_rests(content):
    for side, other in (("left", "right"), ("right", "left")):
        label = content.format(side)
        resting = [wording for wording in tables.FREE[label] if re.search(rf"\b{other}\b", wording.action)]
        for caption in captions(label, "happy", 64):
            assert re.search(rf"\b{side}(?:ward)?\b", caption)
            assert not re.search(rf"\b{other}(?:ward)?\b", caption) or _is_free(caption, resting)


def test_no_phrase_stands_under_labels_of_different_sides():
    """Nor does a one-sided label speak of the other side or of both."""
    sides = {content: next((side for side in ("left", "right", "both") if side in content), "") for content in OWN}
    for one, other in product(OWN, OWN):
        if {sides[one], sides[other]} in ({"left", "right"}, {"left", "both"}, {"right", "both"}):
            assert not set(tables._ACTIONS[one]) & set(tables._ACTIONS[other]), (one, other)
    for content, side in sides.items():
        others = {"left", "right", "both"} - {side}
        for phrase in {*tables._ACTIONS[content]} - FREE if side else ():
            assert not others & set(re.findall(r"\w+", phrase)), phrase


def test_no_side_is_hidden_in_another_word():
    """Mirroring knows sides as words and in “leftward”: nothing else has one in it, and nothing is left over."""
    templates = (*phrases._IN_A_ROW, *phrases._STOPPING, *phrases._THREE_IN_A_ROW, *phrases._AT_ONCE)
    for text in (*PHRASES, *(word for style in STYLES.values() for word in (*style.adjectives, *style.nouns))):
        assert not re.search(r"[a-z]left|left(?!ward)[a-z]|\bright(?!ward)[a-z]", text), text
    for text in (*templates, *tables._FRAMES, *(word for style in STYLES.values() for word in style.manners)):
        assert not re.search(r"\b(?:left|right)\b", text), text


@pytest.mark.parametrize("content", ["walk-{}", "walk-turn-{}", "wave-{}-hand", "raise-up-{}-hand"])
def test_the_wordings_of_both_sides_are_mirror_images(content):
    left, right = (tables._ACTIONS[content.format(side)] for side in ("left", "right"))
    assert [mirrored_caption(phrase) for phrase in left] == right
