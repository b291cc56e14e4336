"""Parts of speech in captions of motion, from the captions themselves: verbs are what they inflect as verbs.

Captions of motion are plain present-tense sentences, so a small grammar is right about nearly all of their words; a
tagger of the whole language would bring a model of its own.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

Part = Literal["verb", "adverb", "adjective", "noun"]

_WORD = re.compile(r"[a-z]+(?:-[a-z]+)*")
_ARTICLES = frozenset({"a", "an", "the", "his", "her", "their", "its"})
_CLOSED = _ARTICLES | {
    "and", "or", "but", "then", "while", "before", "after", "as", "if", "than", "he", "she", "they", "it", "them",
    "him", "who", "that", "this", "someone", "something", "somebody", "with", "without", "in", "on", "at", "of", "for",
    "from", "to", "into", "onto", "over", "by", "off", "like", "is", "are", "be", "where", "there", "not", "no",
    "first", "finally", "same", "time", "also", "very",
}  # fmt: skip
"""Words of grammar, which mean no motion."""

_ADVERBS = frozenset({
    "left", "right", "forward", "backward", "back", "up", "down", "upward", "downward", "ahead", "away", "around",
    "along", "aside", "sideways", "straight", "clockwise", "counterclockwise", "anticlockwise", "fast", "slow",
    "diagonally", "high", "low", "far", "above", "below", "again", "together", "once", "twice", "both", "across",
    "apart", "behind", "inward", "outward",
})  # fmt: skip
_ADVERB_ENDINGS = ("ly", "ward", "wards", "wise")
_NO_ADVERBS = frozenset({"elderly", "lively"})


def words_in(caption: str) -> list[tuple[str, int, int]]:
    """The words in lower case, with where they start and end in the caption."""
    return [(match.group(), match.start(), match.end()) for match in _WORD.finditer(caption.lower())]


@dataclass(frozen=True)
class Grammar:
    """verbs: form → base form. counts: in how many captions a word is. described: how often before a noun."""

    verbs: Mapping[str, str]
    counts: Mapping[str, int]
    described: Mapping[str, int]

    @classmethod
    def of(cls, captions: Iterable[str]) -> Grammar:
        """What the captions show of their words."""
        counts: Counter[str] = Counter()
        described: Counter[str] = Counter()
        for caption in captions:
            words = [word for word, _, _ in words_in(caption)]
            counts.update(set(words))
            for article, first, second in zip(words, words[1:], words[2:], strict=False):
                if article in _ARTICLES and first not in _CLOSED and second not in _CLOSED:
                    described[first] += 1
        return cls(_verbs(counts), counts, described)

    def part(self, word: str) -> Part | None:
        """The word's part of speech; None for a word of grammar, and for one that no caption has."""
        if word in _CLOSED or word not in self.counts:
            return None
        if word in _ADVERBS or (word.endswith(_ADVERB_ENDINGS) and word not in _NO_ADVERBS):
            return "adverb"
        if word in self.verbs:
            return "verb"
        return "adjective" if 2 * self.described.get(word, 0) > self.counts[word] else "noun"

    def lemma(self, word: str) -> str:
        """The word that its forms share: a verb's base form; without the s of a plural, where both are said."""
        if word in self.verbs and word not in _ADVERBS:
            return self.verbs[word]
        singular = word.removesuffix("s")
        return singular if singular in self.counts and len(singular) > 2 else word


def _verbs(counts: Mapping[str, int]) -> dict[str, str]:
    """Forms of verbs → base form: what is said with -ing and also without is one."""
    verbs: dict[str, str] = {}
    for word in sorted(counts):
        stem = word.removesuffix("ing")
        if stem == word or len(stem) < 2:
            continue
        said = {base: counts.get(base, 0) + counts.get(_third_person(base), 0) for base in _bases(stem)}
        base = max(said, key=lambda base: said[base])
        if said[base]:
            verbs |= {form: base for form in (base, _third_person(base), word) if form in counts}
    return verbs


def _bases(stem: str) -> list[str]:
    """What -ing may have been put to, likeliest first: "wave" for "wav", "stop" for "stopp", "lie" for "ly"."""
    with_e = f"{stem}e"
    if stem[-1] == "y":
        return [f"{stem[:-1]}ie", stem]
    if stem.endswith(("ss", "sh", "ch", "x", "zz")):
        return [stem, with_e]
    return [with_e, stem, stem[:-1]] if stem[-1] == stem[-2] else [with_e, stem]


def _third_person(base: str) -> str:
    if base.endswith("y") and base[-2] not in "aeiou":
        return f"{base[:-1]}ies"
    return f"{base}es" if base.endswith(("s", "x", "z", "ch", "sh", "o")) else f"{base}s"
