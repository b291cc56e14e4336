import pytest

from engine.errors import UserError
from training.word_embeddings.grammar import Grammar
from training.word_embeddings.motion_words import MotionWords, MotionWordsConfig

CAPTIONS = [
    "a person walks slowly", "a tired man is walking forward", "walk forwards", "someone waves the left hand",
    "a man is waving both hands", "a woman lies down", "she is lying on the floor", "a man stops and waves",
    "he is stopping", "a tired woman raises the left arm", "a man is raising his arms", "a man is dancing",
    "a kid dances", "an elderly person reaches up", "a man is reaching up high",
]  # fmt: skip


def lemmas(**settings):
    return {word.lemma: word for word in MotionWords.of(CAPTIONS, MotionWordsConfig(least_count=1, **settings)).words}


def test_parts_of_speech_follow_from_forms_and_places():
    grammar = Grammar.of(CAPTIONS)
    parts = {
        "walks": "verb", "lying": "verb", "slowly": "adverb", "left": "adverb", "tired": "adjective",
        "elderly": "adjective", "hand": "noun", "floor": "noun", "the": None, "someone": None, "flies": None,
    }  # fmt: skip
    assert {word: grammar.part(word) for word in parts} == parts


@pytest.mark.parametrize(
    ("base", "forms"),
    {
        "walk": ("walk", "walking", "walks"),
        "wave": ("waves", "waving"),
        "lie": ("lies", "lying"),
        "stop": ("stopping", "stops"),
        "raise": ("raises", "raising"),
        "dance": ("dances", "dancing"),
        "reach": ("reaches", "reaching"),
        "forward": ("forward", "forwards"),
        "hand": ("hand", "hands"),
    }.items(),
)
def test_forms_of_a_word_are_one_motion_word(base, forms):
    assert lemmas()[base].forms == forms


def test_who_does_it_is_no_motion():
    assert not {"person", "man", "woman", "kid", "someone"} & set(lemmas())


def test_the_user_adds_and_takes_away():
    assert "someone" in lemmas(also=("someone",))
    assert "walk" not in lemmas(never=("walking",))
    assert {word.part for word in lemmas(parts=("adverb",)).values()} == {"adverb"}
    with pytest.raises(UserError, match="No caption has the word “moonwalk”"):
        lemmas(also=("moonwalk",))


def test_rare_words_are_left_out():
    frequent = {word.lemma: word.count for word in MotionWords.of(CAPTIONS, MotionWordsConfig(least_count=3)).words}
    assert frequent == {"walk": 3, "wave": 3}


def test_words_are_found_in_a_caption_with_their_places():
    words = MotionWords.of(CAPTIONS, MotionWordsConfig(least_count=1))
    caption = "a man waves, Walking forwards"
    found = [(words.words[index].lemma, caption[start:end]) for index, start, end in words.places(caption)]
    assert found == [("wave", "waves"), ("walk", "Walking"), ("forward", "forwards")]
