"""Cosines of antonyms and paraphrases, and that the wordings they are asked in were never trained on."""

import pytest
import torch

from training.data import captions as tables
from training.data.shards import ClipRow
from training.word_embeddings.held_out_wordings import GROUPS, all_wordings
from training.word_embeddings.meaning import cosine, measured_meaning, swapped


def by_words(**vectors):
    """An encoder that adds up a vector for each word it knows."""

    def encode(sentences):
        known = {word: torch.tensor(vector) for word, vector in vectors.items()}
        nothing = torch.tensor([1.0, 0.0, 0.0])
        return torch.stack([sum((known.get(word, 0 * nothing) for word in s.split()), nothing) for s in sentences])

    return encode


def test_a_cosine_is_of_the_vectors_of_a_pair():
    encode = by_words(left=[0.0, 1.0, 0.0], right=[0.0, -1.0, 0.0])
    assert cosine(encode, [("go left", "go right")]) == pytest.approx(0.0)
    assert cosine(encode, [("go left", "go right"), ("go left", "come left")]) == pytest.approx(0.5)


def test_a_fall_is_told_for_every_pair_of_words_and_all_of_them():
    before = by_words()
    after = by_words(left=[0.0, 1.0, 0.0], right=[0.0, -1.0, 0.0])
    meaning = measured_meaning(before, after, [], frozenset())
    falls = {change.name: change.fall for change in meaning.antonyms}
    assert falls.pop("left/right") == pytest.approx(1.0)
    total = falls.pop("all pairs of words")
    assert set(falls.values()) == {0.0}
    assert total == pytest.approx(1.0 / (1 + len(falls)))
    assert all(change.fall == pytest.approx(0.0, abs=1e-6) for change in meaning.paraphrases)


def test_captions_that_training_had_are_not_asked():
    row = ClipRow("one", "wave-left-hand", "normal", 0, 90, 0, 0)
    every = tables.captions("wave-left-hand", "normal", 256)
    encode = by_words()
    changes = measured_meaning(encode, encode, [row], frozenset(every[:-3])).antonyms
    assert changes[-1].name == "captions of held-out clips"
    assert changes[-1].pairs == 3
    assert measured_meaning(encode, encode, [row], frozenset(every)).antonyms[-1].name == "all pairs of words"


def test_every_word_is_swapped_for_its_antonym():
    assert swapped("a man walks forward, quickly, with the left hand up") == (
        "a man walks backward, slowly, with the right hand down"
    )
    assert swapped(swapped("sits and raises both hands")) == "sits and raises both hands"


def test_held_out_wordings_are_no_captions():
    own = (caption for content in tables._ACTIONS for caption in tables.captions(content, "normal", 64))
    seen = {spoken for caption in own for spoken in (caption, tables.mirrored_caption(caption))}
    assert len(seen) > 2000
    assert seen.isdisjoint(all_wordings())


def test_every_wording_has_one_place_for_its_word_and_is_told_once():
    wordings = [wording for group in GROUPS for wording in group.wordings]
    assert all(wording.count("{word}") == 1 for wording in wordings)
    assert len(all_wordings()) == 2 * len(wordings)
