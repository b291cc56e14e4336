import pytest

from training.word_embeddings.sub_texts import ClauseSplitter

VERBS = frozenset({
    "walk", "walks", "walking", "turn", "turns", "turning", "wave", "waves", "waving", "bow", "bows", "bowing", "raise",
    "raises", "raising", "lower", "lowers", "lowering", "stop", "stops", "stand", "stands", "standing", "run", "runs",
    "running", "step", "steps", "stepping", "wait", "waits", "go", "goes", "going",
})  # fmt: skip
SPLIT = ClauseSplitter(VERBS)

CASES = {
    "a man bows": ["a man bows"],
    "a man bows, then walks away": ["a man bows", "a man walks away"],
    "a man bows and then walks away": ["a man bows", "a man walks away"],
    "a shy woman walks, stops and waves the left hand": [
        "a shy woman walks",
        "a shy woman stops",
        "a shy woman waves the left hand",
    ],
    "a man bows before walking forward": ["a man bows", "a man is walking forward"],
    "a man walks after bowing": ["a man is bowing", "a man walks"],
    "after raising the left hand and lowering it again, a girl walks ahead": [
        "a girl is raising the left hand and lowering it again",
        "a girl walks ahead",
    ],
    "before bowing, a man waves": ["a man waves", "a man is bowing"],
    "a man walks. then he waits": ["a man walks", "a man waits"],
    "a man first walks, then bows": ["a man first walks", "a man bows"],
    "walk and turn left": ["walk", "turn left"],
    "a man walks while waving": ["a man walks while waving"],
    "a man walks as he waves": ["a man walks as he waves"],
    "while walking, a man waves both hands, then bows": ["a man waves both hands while walking", "a man bows"],
    "a man walks and waves at the same time": ["a man walks and waves at the same time"],
    "a man walks forward, turning to the right": ["a man walks forward, turning to the right"],
    "a man raises the left and the right hand": ["a man raises the left and the right hand"],
    "a man is walking and waving": ["a man is walking and waving"],
    "a man runs, then steps back, and finally bows": ["a man runs", "a man steps back", "a man bows"],
}


@pytest.mark.parametrize("caption", CASES)
def test_a_caption_splits_where_something_else_is_done(caption):
    assert [part.text for part in SPLIT(caption)] == CASES[caption]


@pytest.mark.parametrize("caption", CASES)
def test_every_verb_of_a_caption_stands_in_exactly_one_sub_text(caption):
    for word in (word for word in caption.replace(",", " ").replace(".", " ").split() if word in VERBS):
        at = caption.index(word)
        assert sum(part.start <= at < part.end for part in SPLIT(caption)) == 1
