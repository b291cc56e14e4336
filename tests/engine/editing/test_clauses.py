"""Sentences of things done one after another, told apart; what is done at once stays together."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.editing.clauses import MOST_CLAUSES, clauses


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("an old man bows, then walks and turns left", ("an old man bows", "an old man walks and turns left")),
        ("a tired man walks, stops, and waves with his left hand",
         ("a tired man walks", "a tired man waves with his left hand")),
        ("a person walks forward, stops and waves", ("a person walks forward", "a person waves")),
        ("a person runs, then stops and bows", ("a person runs", "a person bows")),
        ("A woman walks forward. She bows. Then she runs", ("A woman walks forward", "A woman bows", "A woman runs")),
        ("a person walks, waves and bows", ("a person walks", "a person waves", "a person bows")),
        ("walk forward then turn left then wave", ("walk forward", "turn left", "wave")),
        ("he sits down before standing up again", ("he sits down", "he is standing up again")),
        ("after bowing, an old man walks away", ("an old man is bowing", "an old man walks away")),
        ("an old man bows after walking in", ("an old man is walking in", "an old man bows")),
        ("a man walks, turning right, and waves his hand", ("a man walks, turning right", "a man waves his hand")),
        ("a person bows after a turn to the left", ("a person does a turn to the left", "a person bows")),
        ("after a short walk, a man waves", ("a man does a short walk", "a man waves")),
        ("before she runs off, a woman bows", ("a woman bows", "a woman runs off")),
        ("once a child has waved both hands, she walks away", ("a child waved both hands", "a child walks away")),
        ("having raised a hand, a man walks backward", ("a man raised a hand", "a man walks backward")),
        ("an old woman bows, and after that she lifts an arm", ("an old woman bows", "an old woman lifts an arm")),
        ("a girl walks to the left, after which she bows", ("a girl walks to the left", "a girl bows")),
        ("an old man bows before he walks away", ("an old man bows", "an old man walks away")),
        ("first a woman raises both arms, later she bows", ("a woman raises both arms", "a woman bows")),
        ("a guy waves the left hand first, the right hand next",
         ("a guy waves the left hand", "a guy waves the right hand")),
        ("a girl walks backward, then forward", ("a girl walks backward", "a girl walks forward")),
        ("a man walks until he stops to bow", ("a man walks", "a man stops to bow")),
        ("a man walks ahead and ends with a bow", ("a man walks ahead", "a man does a bow")),
        ("a man bows, followed by a wave", ("a man bows", "a man does a wave")),
        ("a boy steps backward for a while before waving", ("a boy steps backward for a while", "a boy is waving")),
        ("a proud man turns left as he walks, and at the end he bows",
         ("a proud man turns left as he walks", "a proud man bows")),
        ("as he walks, an old man waves, then he bows", ("as he walks, an old man waves", "an old man bows")),
        ("a man jumps, and finally the man lies down", ("a man jumps", "the man lies down")),
    ],
)  # fmt: skip
def test_what_is_done_one_after_another_is_told_apart(text, told):
    assert clauses(text) == told


@pytest.mark.parametrize(
    "text",
    [
        "a person walks",
        "a person walks and turns left",
        "a person walks forward while waving the left hand, not the right one",
        "an old man walks slowly, waving the left hand",
        "a person raises both hands, palms up",
        "a zombie walks, arms out",
        "a person walks and then waves at the same time",
        "after work, a man walks home",
        "a person bends over before a table",
        "as a woman walks ahead, she waves her left hand",
        "a person steps next to a chair",
        "a person walks forward and stops",
        "un homme marche, puis il danse",
        "then he bows",
        "a person walks, then",
        "then then, and then.",
        "",
    ],
)
def test_what_is_done_at_once_and_what_is_no_such_sentence_stay_whole(text):
    assert clauses(text) == (text,)


def test_more_clauses_than_a_sentence_has_stay_whole():
    text = "a man jumps" + ", then bows" * MOST_CLAUSES
    assert clauses(text) == (text,)


_SPOKEN = ("he", "it", "walks", "bows", "waving", "then", "and", "before", "after", "while", "stops", "is", "hands")
_WORDS = st.sampled_from([*_SPOKEN, ",", ".", ";"])


@given(st.lists(_WORDS, max_size=30).map(" ".join) | st.text(max_size=60))
def test_any_text_gives_clauses_that_say_something(text):
    found = clauses(text)
    assert found == (text,) or (1 < len(found) <= MOST_CLAUSES and all(clause.strip() for clause in found))
