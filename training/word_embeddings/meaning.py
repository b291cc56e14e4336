"""Does an encoder tell a sentence from its opposite, and know it in other words? Cosines, before and after."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations, groupby

import numpy as np
import torch
from torch import Tensor

from training.data.captions import captions as captions_of
from training.data.shards import ClipRow
from training.word_embeddings.held_out_wordings import GROUPS

SWAPPED = {
    "left": "right", "right": "left", "forward": "backward", "backward": "forward", "forwards": "backwards",
    "backwards": "forwards", "quickly": "slowly", "slowly": "quickly", "fast": "slow", "slow": "fast",
    "clockwise": "counterclockwise", "counterclockwise": "clockwise", "raises": "lowers", "lowers": "raises",
    "raising": "lowering", "lowering": "raising", "raise": "lower", "lower": "raise", "up": "down", "down": "up",
    "sits": "stands", "stands": "sits", "sit": "stand", "stand": "sit",
}  # fmt: skip
"""Words and their antonyms."""

_OF_LABEL = 6
"""Captions that are compared of each label of a clip."""


@dataclass(frozen=True)
class Change:
    """Mean cosine of pairs of sentences with the untrained encoder, and with the trained one."""

    name: str
    pairs: int
    before: float
    after: float

    @property
    def fall(self) -> float:
        return self.before - self.after

    def __str__(self) -> str:
        return f"{self.name}: {self.before:.3f} → {self.after:.3f}, falls by {self.fall:+.3f} ({self.pairs} pairs)"


@dataclass(frozen=True)
class Meaning:
    """antonyms, paraphrases: of hand-written wordings, by pair of words, the mean of the pairs last; then of captions
    of held-out clips that training didn't have."""

    antonyms: tuple[Change, ...]
    paraphrases: tuple[Change, ...]

    def lines(self) -> list[str]:
        """For people."""
        return ["Antonyms", *map(str, self.antonyms), "Paraphrases", *map(str, self.paraphrases)]


Pairs = Sequence[tuple[str, str]]
Encode = Callable[[Sequence[str]], Tensor]
"""Sentences to their vectors (S, D)."""


def measured_meaning(before: Encode, after: Encode, rows: Sequence[ClipRow], seen: frozenset[str]) -> Meaning:
    """rows: held-out clips, for whose labels captions are made. seen: the captions of training, which are left out."""
    pairs_of_words = {
        name: [pair for group in groups for pair in group.twins() if seen.isdisjoint(pair)]
        for name, groups in _by_name(GROUPS)
    }
    paraphrases = {
        name: [pair for group in groups for pair in group.paraphrases() if seen.isdisjoint(pair)]
        for name, groups in _by_name(GROUPS)
    }
    twins, told_anew = _of_clips(rows, seen)
    compare = _Comparison(before, after)
    return Meaning(
        compare.changes(pairs_of_words, "all pairs of words", twins),
        compare.changes(paraphrases, "all wordings", told_anew),
    )


class _Comparison:
    def __init__(self, before: Encode, after: Encode) -> None:
        self._before, self._after = before, after

    def changes(self, by_name: dict[str, Pairs], name_of_all: str, of_clips: Pairs) -> tuple[Change, ...]:
        rows = [self._change(name, pairs) for name, pairs in by_name.items() if pairs]
        rows.append(
            Change(
                name_of_all,
                sum(row.pairs for row in rows),
                float(np.mean([row.before for row in rows])),
                float(np.mean([row.after for row in rows])),
            )
        )
        return (*rows, self._change("captions of held-out clips", of_clips)) if of_clips else tuple(rows)

    def _change(self, name: str, pairs: Pairs) -> Change:
        return Change(name, len(pairs), cosine(self._before, pairs), cosine(self._after, pairs))


def cosine(encode: Encode, pairs: Pairs) -> float:
    """The mean cosine between the vectors of pairs of sentences."""
    first, second = (encode([pair[side] for pair in pairs]) for side in (0, 1))
    return float(torch.cosine_similarity(first, second, dim=-1).mean())


def swapped(sentence: str) -> str:
    """The sentence with every word that has an antonym swapped for it."""
    words = []
    for word in sentence.split(" "):
        bare = word.strip(",.")
        words.append(word.replace(bare, SWAPPED[bare]) if bare in SWAPPED else word)
    return " ".join(words)


def _of_clips(rows: Sequence[ClipRow], seen: frozenset[str]) -> tuple[Pairs, Pairs]:
    """Captions and their twins, and pairs of captions of one label, of wordings that are not among the seen."""
    twins: list[tuple[str, str]] = []
    told_anew: list[tuple[str, str]] = []
    for content, style in sorted({(row.content, row.style) for row in rows if not row.captions}):
        unseen = [caption for caption in captions_of(content, style, 256) if caption not in seen][:_OF_LABEL]
        twins += [(caption, swapped(caption)) for caption in unseen if swapped(caption) != caption]
        told_anew += list(combinations(unseen, 2))
    return twins, told_anew


def _by_name(groups: Iterable) -> list[tuple[str, list]]:  # type: ignore[type-arg]
    ordered = sorted(groups, key=lambda group: group.name)
    return [(name, list(own)) for name, own in groupby(ordered, key=lambda group: group.name)]
