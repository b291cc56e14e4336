"""Which captions say the same: never the one side for the other, nor one style for another."""

from __future__ import annotations

import numpy as np
import pytest

from training.data.captions import captions, mirrored_caption
from training.evaluation.meanings import CaptionMeanings

LABELS = [
    (content, style)
    for content in ("walk", "wave-left-hand", "wave-right-hand", "bye", "dance-short", "dance-long", "run")
    for style in ("normal", "elderly", "active", "old")
]


@pytest.fixture(scope="module")
def meanings():
    return CaptionMeanings(LABELS, 16)


def one(content, style, with_style=True):
    return captions(content, style, 16, with_style)[3]


@pytest.mark.parametrize(
    ("first", "second", "alike"),
    [
        (one("walk", "elderly"), captions("walk", "elderly", 16)[5], True),
        (one("walk", "elderly"), one("walk", "active"), False),
        (one("walk", "elderly"), one("walk", "old"), True),
        (one("walk", "elderly"), one("walk", "normal"), True),
        (one("walk", "elderly", with_style=False), one("walk", "active"), True),
        (one("walk", "elderly"), one("run", "elderly"), False),
        (one("dance-short", "active"), one("dance-long", "active"), True),
        (one("wave-left-hand", "normal"), one("wave-right-hand", "normal"), False),
        (one("wave-left-hand", "normal"), mirrored_caption(one("wave-right-hand", "normal")), True),
        (one("bye", "normal"), one("wave-right-hand", "normal"), True),
        (mirrored_caption(one("bye", "normal")), one("wave-left-hand", "normal"), True),
        ("a person walks slowly over the ice", "The person walks slowly, over the ice.", True),
        ("a person turns left", "a person turns right", False),
        ("a person turns left", one("walk", "normal"), False),
    ],
)
def test_alike(meanings, first, second, alike):
    assert meanings.alike(first, second) is alike
    assert meanings.alike(second, first) is alike


def test_the_matrix_is_symmetric_and_everybody_is_like_himself(meanings):
    sentences = [one(content, style) for content, style in LABELS]
    matrix = meanings.alike_matrix(sentences)
    assert (matrix == matrix.T).all()
    assert matrix.diagonal().all()
    assert 0.05 < np.mean(matrix) < 0.6
