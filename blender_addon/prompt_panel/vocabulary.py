"""The words that a model has learnt: what completes a word, and which words it can make nothing of."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

_WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")
_ENDINGS = ("s", "es", "ed", "d", "ing", "ly", "er", "ers")
_SHORTEST_TO_COMPLETE = 2


@dataclass(frozen=True)
class Vocabulary:
    """counts: how often each word, in lower case, stood in the captions of the training. Empty where nothing is known.

    examples: sentences that the model knows well.
    """

    counts: Mapping[str, int] = field(default_factory=dict)
    examples: tuple[str, ...] = ()

    def completion(self, beginning: str) -> str:
        """What is missing of the commonest word that begins so; empty where nothing does."""
        start = beginning.lower()
        if len(start) < _SHORTEST_TO_COMPLETE or start in self.counts:
            return ""
        return next((word[len(start) :] for word in self._by_count if word.startswith(start)), "")

    def strange_words(self, text: str, unfinished_at: int | None = None) -> list[tuple[int, str]]:
        """Words of `text`, each with its place, that the model has not learnt; not the one that is being typed."""
        if not self.counts:
            return []
        return [
            (found.start(), found.group())
            for found in _WORD.finditer(text)
            if found.end() != unfinished_at and not self._knows(found.group().lower())
        ]

    def _knows(self, word: str) -> bool:
        """Whether a word, or another form of it, was in a caption."""
        return word in self.counts or bool(_stems(word) & self._stems)

    @cached_property
    def _by_count(self) -> tuple[str, ...]:
        return tuple(sorted(self.counts, key=lambda word: (-self.counts[word], word)))

    @cached_property
    def _stems(self) -> frozenset[str]:
        return frozenset(stem for word in self.counts for stem in _stems(word))


def word_before(text: str, position: int) -> str:
    """The word that ends at `position`; empty where a letter follows or none comes before."""
    if position < len(text) and (text[position].isalnum() or text[position] in "'’-"):
        return ""
    found = re.search(r"[^\W\d_]+$", text[:position])
    return found.group() if found else ""


def _stems(word: str) -> frozenset[str]:
    """The word and what is left without an ending of English, as its plain form may be: waving, happily, running."""
    stems = {word}
    for ending in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            stem = word[: -len(ending)]
            stems |= {stem, f"{stem}e", stem[:-1] if stem[-1] == stem[-2] else stem}
            stems |= {f"{stem[:-1]}y"} if stem.endswith("i") else set()
    return frozenset(stems)
