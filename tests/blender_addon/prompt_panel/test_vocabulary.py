"""Which words are completed, and which are unknown."""

import pytest

from blender_addon.prompt_panel.vocabulary import Vocabulary, word_before

KNOWN = Vocabulary({"walks": 40, "waves": 90, "walking": 5, "wave": 2, "dancing": 7, "happy": 3, "a": 100})


@pytest.mark.parametrize(
    ("beginning", "rest"), [("wa", "ves"), ("WAL", "ks"), ("walki", "ng"), ("w", ""), ("walks", ""), ("zz", "")]
)
def test_a_word_is_completed_to_the_commonest(beginning, rest):
    assert KNOWN.completion(beginning) == rest


def test_unknown_words_are_found_with_their_places():
    assert KNOWN.strange_words("a Cartwheel walks zzz") == [(2, "Cartwheel"), (18, "zzz")]


@pytest.mark.parametrize(
    "form", ["walk", "walked", "walks", "waving", "dance", "dances", "danced", "Happily", "WALKING"]
)
def test_another_form_of_a_known_word_is_known(form):
    assert KNOWN.strange_words(form) == []


def test_the_word_that_is_being_typed_is_not_judged():
    assert KNOWN.strange_words("a cart", unfinished_at=6) == []
    assert KNOWN.strange_words("a cart", unfinished_at=3) == [(2, "cart")]


def test_without_a_vocabulary_nothing_is_said():
    assert Vocabulary().strange_words("cartwheel") == []
    assert Vocabulary().completion("wal") == ""


@pytest.mark.parametrize(
    ("text", "position", "word"), [("a wal", 5, "wal"), ("a walk", 4, ""), ("a ", 2, ""), ("", 0, "")]
)
def test_the_word_before_the_cursor(text, position, word):
    assert word_before(text, position) == word
