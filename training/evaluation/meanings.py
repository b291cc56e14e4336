"""Which captions say the same thing, so that a retrieval is never blamed for a motion that fits as well.

A caption of the captioner's tables says an action and perhaps a style. Two of them are alike where their actions share
a wording (“dance-short” and “dance-long”, waving and saying goodbye) and neither tells a style that the other denies.
Other captions are alike where they have the same words but for articles.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cache

import numpy as np
from numpy.typing import NDArray

from training.data.captions import actions, canonical_style, captions, mirrored_caption

_SMALL_WORDS = frozenset({"a", "an", "the", "is", "and", "then", "with", "to", "his", "her", "their"})
_PLAIN = "normal"

Label = tuple[str, bool, str]
"""Content, whether the clip was mirrored, and the style; the plain style is what a caption without style says too."""


class CaptionMeanings:
    """What every caption of some labels means."""

    def __init__(self, labels: Iterable[tuple[str, str]], captions_per_label: int) -> None:
        """labels: contents and styles of the clips, all known to the captioner; KeyError otherwise."""
        self._labels: dict[str, Label] = {}
        for content, style in sorted(set(labels)):
            for with_style in (True, False):
                told = canonical_style(style) if with_style else _PLAIN
                for caption in captions(content, style, captions_per_label, with_style):
                    self._labels.setdefault(caption, (content, False, told))
                    self._labels.setdefault(mirrored_caption(caption), (content, True, told))

    def alike(self, one: str, other: str) -> bool:
        """Whether a motion described by one caption may as well be described by the other."""
        first, second = self._labels.get(one), self._labels.get(other)
        if first is None or second is None:
            return _bare_words(one) == _bare_words(other)
        same_style = first[2] == second[2] or _PLAIN in (first[2], second[2])
        return same_style and not _wordings(*first).isdisjoint(_wordings(*second))

    def alike_matrix(self, sentences: Sequence[str]) -> NDArray[np.bool_]:
        """(B, B) of `alike`."""
        return np.array([[self.alike(one, other) for other in sentences] for one in sentences])


@cache
def _wordings(content: str, mirrored: bool, style: str) -> frozenset[str]:
    told = (action.replace("{the}", "the").replace("{their}", "the") for action in actions(content, style))
    return frozenset(mirrored_caption(action) if mirrored else action for action in told)


@cache
def _bare_words(caption: str) -> frozenset[str]:
    return frozenset(word.strip(".,").lower() for word in caption.split()) - _SMALL_WORDS
