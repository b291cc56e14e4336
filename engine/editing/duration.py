"""How long a prompt lasts when nobody says: from its own words, and where they are silent, the model's default.

The estimate is plain and can be foretold: a length in the words counts as it stands ("for five seconds"); otherwise
every action ("walks, then bows and waves") gets its share, one alone the model's default, and counts ("twice", "three
times") repeat the action they stand with.
"""

from __future__ import annotations

import re

from engine.editing.clauses import is_action

SHORTEST, LONGEST = 1.0, 30.0
"""Seconds between which an estimate lies."""

_FURTHER_ACTION = 0.5
"""The share of the default length of each action after the first: a script has no pause between its actions."""
_REPEAT = 0.5
"""The share of an action's length that doing it once more takes."""

_NUMBERS = {
    **{"half a": 0.5, "a": 1, "an": 1, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7},
    **{"eight": 8, "nine": 9, "ten": 10, "eleven": 11, "twelve": 12, "fifteen": 15, "twenty": 20, "thirty": 30},
}
_NUMBER = r"(\d+(?:\.\d+)?|" + "|".join(sorted(_NUMBERS, key=len, reverse=True)) + ")"
_LENGTH = re.compile(_NUMBER + r"(?: more)?[ -](second|sec|s|minute|min)s?\b")
_COMPACT_LENGTH = re.compile(r"\b(\d+(?:\.\d+)?)s\b")
_REPEATS = re.compile(r"\b(?:(once more|again|twice|thrice)|" + _NUMBER + r" times)\b")
_JOINTS_OF_SENTENCES = re.compile(r"\b(?:and then|then|after that|afterwards|before|and|finally)\b|[,;.]")
_FIXED_REPEATS = {"once more": 2.0, "again": 2.0, "twice": 2.0, "thrice": 3.0}


def estimated_seconds(text: str, default_seconds: float) -> float:
    """Seconds that a prompt asks for, from 1 to 30; `default_seconds` is the length of one plain action."""
    words = " ".join(text.lower().split())
    spoken = _spoken_seconds(words)
    if spoken is not None:
        return _limited(spoken)
    actions = [part for part in _JOINTS_OF_SENTENCES.split(words) if is_action(part)]
    shares = [_share(part) * (1.0 if i == 0 else _FURTHER_ACTION) for i, part in enumerate(actions)]
    return _limited(default_seconds * max(sum(shares), 1.0))


def _spoken_seconds(words: str) -> float | None:
    """The sum of the lengths that the words name, or None."""
    lengths = [
        _number(number) * (60.0 if unit.startswith("min") else 1.0) for number, unit in _LENGTH.findall(words)
    ] or [float(number) for number in _COMPACT_LENGTH.findall(words)]
    return sum(lengths) if lengths else None


def _share(part: str) -> float:
    repeats = _REPEATS.search(part)
    if not repeats:
        return 1.0
    fixed, number = repeats.groups()
    return 1.0 + _REPEAT * (max(_FIXED_REPEATS[fixed] if fixed else _number(number), 1.0) - 1.0)


def _number(word: str) -> float:
    return float(_NUMBERS[word]) if word in _NUMBERS else float(word)


def _limited(seconds: float) -> float:
    return min(max(seconds, SHORTEST), LONGEST)
