"""A caption's sub-texts, one for each thing done after another (MATE, design 1; the paper asks ChatGPT, this is ours).

What is done at the same time ("while", "as", a participle after a comma) is one sub-text, since segments of a motion
follow one another. "before" and "after" tell the order.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

_LEADING = re.compile(r"(?P<order>after|before|while|as)\s+", re.IGNORECASE)
_BREAK = re.compile(
    r"\s*(?:[,.]\s*)?\b(?P<link>and then|and finally|then|finally|and|before|after)\s+|\s*(?P<mark>[,.])\s+"
)
_PRONOUNS = frozenset({"he", "she", "they", "it"})
_AT_ONCE = "at the same time"


@dataclass(frozen=True)
class SubText:
    """text: a sentence by itself. start, end: where its words stand in the caption, in characters."""

    text: str
    start: int
    end: int


Splitter = Callable[[str], tuple[SubText, ...]]
"""Sub-texts in the order in which they are done; at least one. A word between two belongs to neither."""


@dataclass(frozen=True)
class ClauseSplitter:
    """Splits where a new verb begins. verbs: all forms of all verbs that captions know, in lower case."""

    verbs: frozenset[str]

    def __repr__(self) -> str:
        return f"ClauseSplitter({sorted(self.verbs)})"

    def __call__(self, caption: str) -> tuple[SubText, ...]:
        leading, comma = _LEADING.match(caption), caption.find(",")
        if leading is None or comma < 0:
            return self._clauses(caption, 0, len(caption), self._subject(caption, 0))
        order, main = leading["order"].lower(), comma + 1
        subject = self._subject(caption, main)
        clauses = self._clauses(caption, main, len(caption), subject)
        if order in ("while", "as"):
            first = clauses[0]
            return (SubText(f"{first.text} while {caption[leading.end() : comma]}", 0, first.end), *clauses[1:])
        ahead = SubText(_sentence(subject, caption[leading.end() : comma]), leading.end(), comma)
        return (ahead, *clauses) if order == "after" else (*clauses, ahead)

    def _clauses(self, caption: str, start: int, end: int, subject: str) -> tuple[SubText, ...]:
        """The sub-texts of caption[start:end], a main clause and what follows it."""
        breaks = [match for match in _BREAK.finditer(caption, start, end) if self._begins_clause(match, caption)]
        starts = [start, *(match.end() for match in breaks)]
        ends = [*(match.start() for match in breaks), end]
        clauses: list[SubText] = []
        for number, (first, last) in enumerate(zip(starts, ends, strict=True)):
            said = caption[first:last].strip(" .,")
            text = said if number == 0 else _sentence(subject, said)
            is_earlier = number > 0 and breaks[number - 1]["link"] == "after"
            clauses.insert(len(clauses) - is_earlier, SubText(text, first, last))
        return tuple(clauses)

    def _begins_clause(self, found: re.Match[str], caption: str) -> bool:
        following = [word.strip(".,").lower() for word in caption[found.end() :].split()[:2]]
        if following and following[0] in (*_PRONOUNS, "then"):
            following = following[1:]
        if not following or following[0] not in self.verbs:
            return False
        is_participle = following[0].endswith("ing")
        if found["link"] in ("before", "after"):
            return is_participle
        is_at_once = found["link"] == "and" and _AT_ONCE in caption[found.end() :]
        return not is_participle and not is_at_once

    def _subject(self, caption: str, start: int) -> str:
        """The words before the first verb; none where the sentence is an order."""
        words = caption[start:].split()
        for place, word in enumerate(words):
            if word.strip(".,").lower() in self.verbs or word == "is":
                return " ".join(words[:place]).removesuffix(" first")
        return ""


def _sentence(subject: str, said: str) -> str:
    """What is said of the subject, as a sentence: "walking" becomes "a man is walking"."""
    said = said.strip(" .,")
    words = said.split(" ")
    if words[0] in _PRONOUNS:
        words = words[1:]
    link = "is " if words[0].endswith("ing") else ""
    return f"{subject} {link}{' '.join(words)}".strip()
