"""The split of a clip: from its name alone, for ever."""

from __future__ import annotations

from collections import Counter

import pytest

from training.data.clip import split_of


@pytest.mark.parametrize(
    ("name", "split"),
    [
        ("dataset-1_walk_normal_001", "train"),
        ("dataset-1_walk_normal_020", "validation"),
        ("dataset-1_walk_normal_032", "test"),
        ("dataset-2_wave-right-hand_feminine_007", "test"),
        ("dataset-2_wave-right-hand_feminine_012", "validation"),
        ("dataset-2_walk-turn-left_elderly_002", "train"),
        ("dataset-2_walk-turn-left_elderly_028", "validation"),
        ("dataset-2_walk-turn-left_elderly_039", "test"),
        ("", "train"),
        ("человек идёт", "train"),
    ],
)
def test_it_never_changes(name, split):
    assert split_of(name) == split


@pytest.mark.parametrize("part", ["~0", "~12", "#1", "#1~3"])
def test_parts_of_a_recording_are_in_its_split(part):
    for number in range(40):
        assert split_of(f"babel_{number}{part}") == split_of(f"babel_{number}")


def test_about_90_5_and_5_in_a_hundred():
    share = Counter(split_of(f"clip-{number}") for number in range(20_000))
    assert share["train"] / 20_000 == pytest.approx(0.90, abs=0.01)
    assert share["validation"] / 20_000 == pytest.approx(0.05, abs=0.006)
    assert share["test"] / 20_000 == pytest.approx(0.05, abs=0.006)
