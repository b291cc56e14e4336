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


@pytest.mark.parametrize("suite", [SUITE, HELD_OUT_SUITE], ids=["development", "held out"])
def test_unseen_wordings_are_unseen(suite, seen):
    assert len(seen) > 100_000
    pairs = {pair for caption in seen for pair in pairwise(words_of(caption))}
    sided = [wording.format(side=side) for wording in (UNSEEN_WAVE, UNSEEN_TURN) for side in ("left", "right")]
    for prompt in (*unseen_of(suite), *sided):
        assert prompt not in seen
        assert set(pairwise(words_of(prompt))) - pairs, f"“{prompt}” says nothing in a way that no caption does"


def test_most_held_out_wordings_have_a_word_that_no_caption_has(seen):
    words = {word for caption in seen for word in words_of(caption)}
    prompts = unseen_of(HELD_OUT_SUITE)
    assert sum(bool(set(words_of(prompt)) - words) for prompt in prompts) > 0.9 * len(prompts)
