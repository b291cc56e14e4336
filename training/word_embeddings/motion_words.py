"""Which words mean motion: those of the captions, by part of speech and frequency, less a list of others."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from pydantic import Field

from engine.errors import UserError
from training.config import Config
from training.word_embeddings.grammar import Grammar, Part, words_in

_PEOPLE = (
    "person", "human", "character", "figure", "someone", "somebody", "man", "men", "woman", "women", "guy", "lady",
    "girl", "boy", "child", "kid", "people", "dancer", "gangster", "thug", "monster",
)  # fmt: skip
_EMPTY = (
    "do", "make", "take", "give", "have", "go", "get", "use", "keep", "come", "perform", "practice", "way", "pace",
    "lot", "manner", "something", "start", "begin", "end", "towards",
)  # fmt: skip
STOP_LIST = frozenset(_PEOPLE + _EMPTY)
"""Who does it, and verbs that say nothing without what follows them."""


class MotionWordsConfig(Config):
    """parts: of speech that may mean motion. least_count: captions that a word must be in.

    also, never: words that are, or are not, of the list whatever else is said of them.
    """

    parts: tuple[Part, ...] = ("verb", "adverb", "adjective", "noun")
    least_count: int = Field(default=20, gt=0)
    also: tuple[str, ...] = ()
    never: tuple[str, ...] = ()


@dataclass(frozen=True)
class MotionWord:
    """lemma: of all its forms, which share one prototype. part: None for a word of grammar that the user added.

    count: captions that have any of the forms.
    """

    lemma: str
    part: Part | None
    forms: tuple[str, ...]
    count: int


@dataclass(frozen=True)
class MotionWords:
    """The list, most frequent first; and which of them stand in a caption."""

    words: tuple[MotionWord, ...]
    verbs: frozenset[str]

    @classmethod
    def of(cls, captions: Sequence[str], config: MotionWordsConfig) -> MotionWords:
        """The motion words of these captions."""
        grammar = Grammar.of(captions)
        never = STOP_LIST | set(config.never)
        forms: dict[str, list[str]] = {}
        for word in sorted(grammar.counts):
            forms.setdefault(grammar.lemma(word), []).append(word)
        if strangers := set(config.also) - set(grammar.counts):
            raise UserError(
                f"No caption has the word “{min(strangers)}”; take it out of `also` in the section [words]."
            )
        words = []
        for lemma, own in forms.items():
            most = max(own, key=lambda form: grammar.counts[form])
            part, count = grammar.part(most), sum(grammar.counts[form] for form in own)
            is_wanted = part in config.parts and count >= config.least_count and not never.intersection((lemma, *own))
            if is_wanted or set(config.also).intersection(own):
                words.append(MotionWord(lemma, part, tuple(own), count))
        words.sort(key=lambda word: (-word.count, word.lemma))
        return cls(tuple(words), frozenset(grammar.verbs))

    def places(self, caption: str) -> list[tuple[int, int, int]]:
        """(index of the motion word, start, end) of each that the caption has, in its order."""
        index = self._index_of_form
        return [(index[word], start, end) for word, start, end in words_in(caption) if word in index]

    @cached_property
    def _index_of_form(self) -> dict[str, int]:
        return {form: index for index, word in enumerate(self.words) for form in word.forms}
