"""Tests and suites speak in wordings that training never saw; this holds them to it."""

from __future__ import annotations

from itertools import pairwise, product

import pytest

from tests.engine.behavior.test_obedience import UNSEEN_TURN, UNSEEN_WAVE
from training.config import DataConfig
from training.data import captions as tables
from training.data.styles import STYLES
from training.evaluation.suites.prompts import HELD_OUT_SUITE, SUITE

COUNT = DataConfig.model_fields["captions_per_label"].default


@pytest.fixture(scope="module")
def seen() -> set[str]:
    """All captions that a training may take by default, and their mirror images."""
    return {
        caption
        for content, style in product(tables._ACTIONS, STYLES)
        for own in tables.captions(content, style, COUNT)
        for caption in (own, tables.mirrored_caption(own))
    }


def words_of(text: str) -> list[str]:
    return [word.strip(",.“”") for word in text.lower().split()]


def unseen_of(suite) -> list[str]:
    return [order.prompt for order in suite if order.suite == "unseen"]


@pytest.fixture(scope="module")
def seen_pairs(seen) -> set[tuple[str, str]]:
    """Every word of a caption with the one after it."""
    return {pair for caption in seen for pair in pairwise(words_of(caption))}


@pytest.mark.parametrize("suite", [SUITE, HELD_OUT_SUITE], ids=["development", "held out"])
def test_unseen_wordings_are_unseen(suite, seen):
    assert len(seen) > 100_000
    assert seen.isdisjoint(unseen_of(suite))


def test_held_out_wordings_say_something_in_a_way_that_no_caption_does(seen_pairs):
    sided = [wording.format(side=side) for wording in (UNSEEN_WAVE, UNSEEN_TURN) for side in ("left", "right")]
    for prompt in (*unseen_of(HELD_OUT_SUITE), *sided):
        assert set(pairwise(words_of(prompt))) - seen_pairs, prompt


def test_a_third_of_what_held_out_wordings_say_is_new(seen, seen_pairs):
    """A third of them have a word that no caption has, and of all pairs of words nearly a third are in no caption."""
    words = {word for caption in seen for word in words_of(caption)}
    prompts = unseen_of(HELD_OUT_SUITE)
    assert sum(bool(set(words_of(prompt)) - words) for prompt in prompts) > 0.33 * len(prompts)
    pairs = [pair for prompt in prompts for pair in pairwise(words_of(prompt))]
    assert sum(pair not in seen_pairs for pair in pairs) > 0.3 * len(pairs)
