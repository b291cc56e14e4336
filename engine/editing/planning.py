"""Which canvases make a sequence of latents: measured on the embedded model, in latents of four frames.

A prompt's stretch is sampled as the model has learned motions, from its beginning to its end: what went before would
speak louder than the words. Then the seams between stretches are masked and sampled with both sides known.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise, zip_longest

from engine.editing.filling import Fill, Pass

Span = tuple[int, int]

_SEAM = 4
"""On either side of a seam so many latents are made anew, about half a second."""
CONTEXT = 15
"""So many known latents, two seconds, lie on either side of what is made anew."""
_CONTEXT_OF_NEW_WORDS = 4
"""So many where a short range gets other words: more would speak louder than they."""
_SHORTEST_STRETCH = 12
"""From so many latents on, the shortest motion that the model has learned, new words get a canvas of their own."""
_OVERLAP_SHARE = 1 / 3
"""The share of a window that repeats what the window before it has made."""
_DROPPED_SHARE = 1 / 8
"""The share at a window's end that the next one makes again: there the motion comes to its end, as clips do."""


def script_passes(stretches: Sequence[Span], window: int, loop: bool) -> list[Pass]:
    """Passes that fill all latents of gapless `stretches` with canvases of at most `window` latents.

    loop: one more seam joins the end to the beginning.
    """
    each = [_windows(start, end, window) for start, end in stretches]
    passes = [tuple(fill for fill in column if fill) for column in zip_longest(*each)]
    seams = [_seam(left, right) for left, right in pairwise(stretches)]
    # Neighbors may read each other's latents; between two stretches of one latent there is nothing to make
    halves = (tuple(seam for seam in half if seam.masked) for half in (seams[::2], seams[1::2]))
    passes += [half for half in halves if half]
    if loop:
        passes.append((_wrap(stretches[-1][1], window),))
    return passes


def seam_borders(stretches: Sequence[Span]) -> list[int]:
    """Where a body may leap between stretches: where a seam begins, where the words change, and where the seam ends."""
    seams = [(_seam(left, right), right[0]) for left, right in pairwise(stretches)]
    return sorted({border for seam, at in seams for border in (seam.masked_start, at, seam.masked_end)})


def range_passes(start: int, end: int, length: int, window: int, new_words: bool) -> list[Pass]:
    """Passes that make the latents [start, end) of `length` anew, with the known ones on both sides as context.

    new_words: whether the range is to follow other words than its surroundings.
    """
    if new_words and min(end - start, window) >= _SHORTEST_STRETCH:
        return [(fill,) for fill in _windows(start, end, window)] + _inner_seams(start, end, length, window)
    context = min(_CONTEXT_OF_NEW_WORDS if new_words else CONTEXT, window // 4)
    overlap, dropped = _overlaps(window)
    first, done, fills = max(0, start - context), start, []
    while first + window < min(length, end + context):
        fills.append(Fill(first, first + window, done, min(first + window, end)))
        done = min(max(fills[-1].masked_end - dropped, done + 1), end - 1)
        first = done - overlap
    fills.append(Fill(first, min(length, end + context), done, end))
    return [(fill,) for fill in fills]


def _inner_seams(start: int, end: int, length: int, window: int) -> list[Pass]:
    """The first and the last latents of a range once more, now that both their sides are known."""
    fills, context = [], min(CONTEXT, (window - _SEAM) // 2)
    if start > 0:
        fills.append(Fill(max(0, start - context), min(end, start + _SEAM + context), start, start + _SEAM))
    if end < length:
        fills.append(Fill(max(start, end - _SEAM - context), min(length, end + context), end - _SEAM, end))
    return [(fill,) for fill in fills]


def _windows(start: int, end: int, window: int) -> list[Fill]:
    """Canvases that fill [start, end) one after the other, each going on from the one before."""
    overlap, dropped = _overlaps(window)
    fills, done = [], start
    while done < end:
        first = max(start, done - overlap)
        last = min(first + window, end)
        fills.append(Fill(first, last, done, last))
        done = last if last == end else max(last - dropped, done + 1)
    return fills


def _overlaps(window: int) -> tuple[int, int]:
    """How many latents a window repeats of the one before, and how many of its own the next one makes again."""
    return round(window * _OVERLAP_SHARE), round(window * _DROPPED_SHARE)


def _seam(left: Span, right: Span) -> Fill:
    """The end of `left` and the beginning of `right`, at most half of either, in the context of no more than both."""
    at = right[0]
    start, end = at - min(_SEAM, (at - left[0]) // 2), at + min(_SEAM, (right[1] - at) // 2)
    return Fill(max(left[0], start - CONTEXT), min(right[1], end + CONTEXT), start, end)


def _wrap(length: int, window: int) -> Fill:
    """The last and the first of `length` latents; the index −1 is the last."""
    half = min(_SEAM, length // 4)
    reach = min(half + CONTEXT, length // 2, window // 2)
    return Fill(-reach, reach, -half, half)
