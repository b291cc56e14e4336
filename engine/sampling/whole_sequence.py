"""Sampling of the flow family: all latents of a canvas at once, step by step from noise to data (MLA-Gen).

What is known is not made: at each step it is put onto the straight line between itself and its noise, as far as the
others have come, and where anything is known each step is taken more than once, going back in between, so that what is
made has time to agree with it (RePaint, Lugmayr et al. 2022).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Protocol

import numpy as np

from engine.sampling.canvas import Canvas, Flags, Heard
from engine.sampling.flow import Floats
from engine.sampling.prompt_rows import PromptRows, sink_ratio_of
from engine.sampling.sampler import Cancelled, Progress
from engine.sampling.sinking import SinkControl
from engine.sampling.solvers import SOLVERS, grid_times, noised_again

_HARMONIZED = 2
"""How often a step is taken where something is known."""


class VelocityModel(Protocol):
    """What this sampler needs of a model; shapes as in `engine.bundle.graphs`."""

    def velocity(
        self, latents: Floats, times: Floats, valid: Flags, words: Floats, words_mask: Flags
    ) -> tuple[Floats, Floats]: ...


@dataclass(frozen=True)
class StepSettings:
    """guidance: w. flow_steps: from noise to data. solver, time_grid: of `engine.sampling.solvers`."""

    guidance: float
    flow_steps: int
    solver: str = "euler"
    time_grid: str = "uniform"
    sink_control: SinkControl | None = None

    def rounds_for(self, masked: int) -> int:
        """How many steps `masked` latents take: as many as any other number of them."""
        return self.flow_steps if masked else 0


def sample_whole(
    model: VelocityModel,
    canvases: Sequence[Canvas],
    null_words: Floats,
    settings: StepSettings,
    *,
    progress: Progress = lambda _round, _rounds: None,
    cancelled: Callable[[], bool] = lambda: False,
    hear: Callable[[Heard], None] = lambda _heard: None,
) -> list[Floats]:
    """Fill the canvases, all in one batch, as `engine.sampling.sampler.sample` does for the masked family.

    `progress` and `hear` are told of steps instead of rounds; the weights that are heard are the mean over the steps
    so far, their SinkRatio is the step's own.
    """
    batch = _Batch(canvases)
    if not batch.unknown.any():
        return [canvas.latents.copy() for canvas in canvases]
    guided = _GuidedVelocity(model, canvases, null_words, settings, batch, cancelled)
    times, solver = grid_times(settings.time_grid, settings.flow_steps), SOLVERS[settings.solver]
    x_t = batch.noise
    progress(0, settings.flow_steps)
    for number, (t, t_next) in enumerate(pairwise(times), 1):
        x_next = batch.with_known(solver(guided, x_t, t, t_next, batch.drawn), t_next)
        for _ in range(_HARMONIZED - 1 if batch.edits.any() and t_next > 0 and number > 1 else 0):
            back = batch.with_known(noised_again(x_next, t_next, t, batch.drawn(batch.edits)), t)
            again = batch.with_known(solver(guided, back, t, t_next, lambda: batch.drawn(batch.edits)), t_next)
            x_next = np.where(batch.edits[:, None, None], again, x_next)
        x_t = x_next
        hear(guided.heard())
        progress(number, settings.flow_steps)
    return [x_t[i, : len(canvas.known)] for i, canvas in enumerate(canvases)]


class _Batch:
    """Canvases side by side, padded to the longest: (B, l, d) and (B, l) arrays; each draws from its own seed.

    unknown: what is made. edits: (B,) the canvases of which something is known and something is not.
    """

    def __init__(self, canvases: Sequence[Canvas]) -> None:
        longest, width = max(len(canvas.known) for canvas in canvases), canvases[0].latents.shape[1]
        self._lengths = [len(canvas.known) for canvas in canvases]
        self._random = [np.random.Generator(np.random.PCG64(canvas.seed)) for canvas in canvases]
        self._known = np.zeros((len(canvases), longest), np.bool_)
        self._latents = np.zeros((len(canvases), longest, width), np.float32)
        self.valid = np.zeros((len(canvases), longest), np.bool_)
        for i, canvas in enumerate(canvases):
            own = slice(0, self._lengths[i])
            self._known[i, own], self.valid[i, own] = canvas.known, True
            self._latents[i, own] = np.where(canvas.known[:, None], canvas.latents, 0.0)
        self.unknown = self.valid & ~self._known
        self.edits: Flags = np.any(self._known, axis=1) & np.any(self.unknown, axis=1)
        self.noise = self.drawn()

    def drawn(self, rows: Flags | None = None) -> Floats:
        """(B, l, d) fresh noise, of `rows` (B,) alone: the others draw none, or they would differ from what they are
        in another batch.
        """
        result = np.zeros_like(self._latents)
        for i, (random, length) in enumerate(zip(self._random, self._lengths, strict=True)):
            if rows is None or rows[i]:
                result[i, :length] = random.standard_normal((length, result.shape[2]), np.float32)
        return result

    def with_known(self, x_t: Floats, t: float) -> Floats:
        """x_t with x_t = (1 − t)·m + t·ε where m is known."""
        line = np.float32(1.0 - t) * self._latents + np.float32(t) * self.noise if t else self._latents
        return np.where(self._known[..., None], line, x_t)


class _GuidedVelocity:
    """v_null + w · (v − v_null), each latent after its own prompt; remembers what it has heard of the words."""

    def __init__(
        self,
        model: VelocityModel,
        canvases: Sequence[Canvas],
        null_words: Floats,
        settings: StepSettings,
        batch: _Batch,
        cancelled: Callable[[], bool],
    ) -> None:
        self._model, self._settings, self._batch, self._cancelled = model, settings, batch, cancelled
        self._rows = PromptRows(canvases, null_words, guided=settings.guidance != 1.0)
        self._sum: Floats = np.zeros((1, 1, 1), np.float32)
        self._count = 0
        self._sinks: list[Floats] = []

    def __call__(self, x_t: Floats, t: float) -> Floats:
        """(B, l, d) of x_t (B, l, d); Cancelled where somebody says so before a call of the model."""
        times, valid = np.full(len(x_t), t, np.float32), self._batch.valid
        found, attention = self._rows.ask(
            lambda row, words, mask: self._model.velocity(x_t[row], times[row], valid[row], words, mask),
            self._stop_if_cancelled,
        )
        v = self._rows.own(found)
        weights = self._rows.own(attention)
        sink = sink_ratio_of(weights, valid)
        self._count += 1
        self._sum = self._sum + weights
        self._sinks.append(sink)
        v_null = self._rows.without_prompt(found)
        if v_null is None:
            return v
        scale = np.full(len(x_t), self._settings.guidance, np.float32)
        if self._settings.sink_control is not None:
            scale = self._settings.sink_control.scale(scale, sink)
        return v_null + scale[:, None, None] * (v - v_null)

    def heard(self) -> Heard:
        """The mean weights so far, and the SinkRatio of the velocities since this was asked before."""
        canvas, place = np.nonzero(self._batch.unknown)
        made = self._batch.unknown.any(axis=1)
        sink = np.where(made, np.mean(self._sinks, axis=0), np.nan).astype(np.float32)
        self._sinks.clear()
        return Heard(canvas, place, self._sum[canvas, place] / np.float32(self._count), sink)

    def _stop_if_cancelled(self) -> None:
        if self._cancelled():
            raise Cancelled
