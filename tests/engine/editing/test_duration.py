"""Lengths from words: those that are spoken, those that are counted, and the default."""

import pytest

from engine.editing.duration import estimated_seconds


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("a person walks forward", 4.0),
        ("someone bows politely", 4.0),
        ("walk", 4.0),
        ("идёт", 4.0),
        ("a person walks for five seconds", 5.0),
        ("a person walks forward for 2.5 s", 2.5),
        ("3s of waving", 3.0),
        ("a 12-second dance", 12.0),
        ("walks for half a minute", 30.0),
        ("walks for ten minutes", 30.0),
        ("waves for 0.2 seconds", 1.0),
        ("walks for 3 seconds, then bows for two seconds", 5.0),
        ("a person walks and then bows", 6.0),
        ("a person walks, bows and waves", 8.0),
        ("raises both hands and legs", 4.0),
        ("a person bows twice", 6.0),
        ("a person kicks three times", 8.0),
        ("walks forward, then bows twice", 7.0),
    ],
)
def test_seconds_of_a_sentence(text, seconds):
    assert estimated_seconds(text, 4.0) == pytest.approx(seconds)
