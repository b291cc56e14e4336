"""The rows that a transformer is asked: every canvas with each of its prompts and, where guided, once without any."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from engine.sampling.canvas import Canvas, Flags
from engine.sampling.flow import Floats

_ROWS = 16
"""A model is asked so many at once: it bounds memory, and how long a call can outlive a cancel."""

Ask = Callable[[NDArray[np.int64], Floats, Flags], tuple[Floats, Floats]]
"""From the canvases (R,) of some rows, their words (R, L, W) and which of these there are (R, L), to an answer for each
latent and its attention (R, l, L).
"""


class PromptRows:
    """R rows in all, B canvases of l latents."""

    def __init__(self, canvases: Sequence[Canvas], null_words: Floats, guided: bool) -> None:
        rows = [(i, words) for i, canvas in enumerate(canvases) for words in canvas.words]
        self._prompted, self._guided = len(rows), guided
        if guided:
            rows += [(i, null_words) for i in range(len(canvases))]
        self._canvas_of_row = np.array([i for i, _ in rows])
        longest = max(len(words) for _, words in rows)
        self._words = np.zeros((len(rows), longest, null_words.shape[1]), np.float32)
        self._mask = np.zeros((len(rows), longest), np.bool_)
        for row, (_, words) in enumerate(rows):
            self._words[row, : len(words)] = words
            self._mask[row, : len(words)] = True
        self._row_of_latent = np.zeros((len(canvases), max(len(canvas.known) for canvas in canvases)), np.int64)
        first_row = 0
        for i, canvas in enumerate(canvases):
            self._row_of_latent[i, : len(canvas.known)] = first_row + canvas.prompt_of_latent
            first_row += len(canvas.words)

    def ask(self, model: Ask, stop_if_cancelled: Callable[[], None]) -> tuple[Floats, Floats]:
        """Answers (R, l, ...) and attention (R, l, L) of all rows, some at a time."""
        parts = []
        for first in range(0, len(self._canvas_of_row), _ROWS):
            stop_if_cancelled()
            rows = slice(first, first + _ROWS)
            parts.append(model(self._canvas_of_row[rows], self._words[rows], self._mask[rows]))
        found, attention = (np.concatenate(part) for part in zip(*parts, strict=True))
        return found, attention

    def own(self, answers: Floats) -> Floats:
        """(B, l, ...) what each latent's own prompt has answered, of (R, l, ...)."""
        own: Floats = answers[self._row_of_latent, np.arange(self._row_of_latent.shape[1])]
        return own

    def without_prompt(self, answers: Floats) -> Floats | None:
        """(B, l, ...) the answers to no prompt, of (R, l, ...); None where nothing is guided."""
        return answers[self._prompted :] if self._guided else None


def sink_ratio_of(weights: Floats, valid: Flags) -> Floats:
    """SinkRatio (B,) of MLA-Gen: the mean weight of a canvas's latents on the first word of their prompts."""
    mean = np.where(valid, weights[..., 0], 0.0).sum(axis=1) / valid.sum(axis=1)
    return np.asarray(mean, np.float32)
