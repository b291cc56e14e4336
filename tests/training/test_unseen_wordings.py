"""The behavior test speaks in wordings that training never saw; this holds it to that."""

from __future__ import annotations

from itertools import product
from pathlib import Path

from tests.engine.behavior.test_obedience import UNSEEN_TURN, UNSEEN_WAVE
from training.config import GeneratorTraining
from training.data import captions as tables

CONFIG = Path(__file__).parents[2] / "training" / "configs" / "generator-small.toml"


def test_unseen_wordings_are_unseen():
    count = GeneratorTraining.read(CONFIG).data.captions_per_label
    seen = {
        caption
        for content, style in product(tables._ACTIONS, tables._STYLES)
        for own in tables.captions(content, style, count)
        for caption in (own, tables.mirrored_caption(own))
    }
    assert len(seen) > 5000
    for wording in (UNSEEN_WAVE, UNSEEN_TURN):
        for side in ("left", "right"):
            assert wording.format(side=side) not in seen
    words = {word.strip(",.") for caption in seen for word in caption.split()}
    assert {"neighbor", "greets", "towards", "strolls"} - words, "new words stand in the unseen wordings"
