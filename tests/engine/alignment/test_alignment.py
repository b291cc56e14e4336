"""The map that is kept and sent: what was written is read, and nothing else is."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.alignment import Alignment
from engine.errors import UserError

MAP = Alignment(("walks", "slowly"), (0, 4, 8), ((0.5, 0.25, 0.125), (0.1, 0.2, 0.3)), 0.25, (0.3, 0.2))


def test_its_json_has_the_keys_of_the_interface():
    assert MAP.to_json() == {
        "words": ["walks", "slowly"],
        "frame_starts": [0, 4, 8],
        "weights": [[0.5, 0.25, 0.125], [0.1, 0.2, 0.3]],
        "sink_ratio": 0.25,
        "sink_ratio_by_round": [0.3, 0.2],
    }


def test_what_was_written_is_read():
    assert Alignment.from_text(MAP.to_text()) == MAP


def test_a_map_without_words_is_one():
    empty = Alignment((), (0,), (), 1.0, ())
    assert Alignment.from_text(empty.to_text()) == empty


def test_rows_must_be_as_many_as_words():
    with pytest.raises(UserError, match="a row of weights for each word"):
        Alignment(("walks",), (0,), (), 0.0, ())
    with pytest.raises(UserError, match="a value for each column"):
        Alignment(("walks",), (0, 4), ((0.5,),), 0.0, ())


@pytest.mark.parametrize(
    "change",
    [
        {"words": "walks"},
        {"words": [1, 2]},
        {"frame_starts": [0, 4, -8]},
        {"frame_starts": [0, 4, True]},
        {"weights": [[0.5, 0.25, 2.0], [0, 0, 0]]},
        {"weights": [0.5, 0.25]},
        {"weights": [[0.5, 0.25, float("nan")], [0, 0, 0]]},
        {"sink_ratio": "high"},
        {"sink_ratio_by_round": [-0.1]},
        {"note": 1},
    ],
)
def test_what_does_not_fit_is_refused(change):
    with pytest.raises(UserError, match="alignment"):
        Alignment.from_text(json.dumps(MAP.to_json() | change))


@given(st.text())
def test_any_other_text_is_refused(text):
    with pytest.raises(UserError):
        Alignment.from_text(text)
