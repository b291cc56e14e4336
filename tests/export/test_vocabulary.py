"""Words are counted by captions, examples are plain and one for each thing that is done."""

from export.vocabulary import counted, examples_of
from training.data.shards import ClipRow


def row(content, *captions):
    return ClipRow("clip", content, "normal", 0, 30, 0, 30, captions)


def test_a_word_counts_once_a_caption_in_any_case():
    assert counted(["A person walks", "a walk, a-la-carte isn't 2 walks"]) == {
        **{"a": 2, "person": 1, "walks": 2, "walk": 1, "a-la-carte": 1, "isn't": 1}
    }


def test_the_commonest_thing_comes_first_with_its_plainest_sentence():
    rows = [row("bow", "bow"), row("walk", "a person walks slowly", "walk"), row("walk", "a person walks", "go")]
    assert examples_of(rows) == ("a person walks", "bow")
