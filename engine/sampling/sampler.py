"""Masked autoregressive sampling of latents: rounds outside, flow steps inside, guidance in both (MoLingo).

In every round the transformer reads the known latents and the words, and gives a condition for each latent; the flow
head then takes the latents whose turn it is from noise to data. What is known from the start is never changed, which
makes editing the same act as generating.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from engine.sampling.canvas import Canvas, Flags, Heard
from engine.sampling.flow import Floats, flow_times
from engine.sampling.prompt_rows import PromptRows, sink_ratio_of
from engine.sampling.schedules import guidance_scale, round_count, round_of_latents
from engine.sampling.sinking import SinkControl

_FLOW_ROW_STEPS = 1024
"""The model is called with at most so much at once: it bounds memory, and how long a call can outlive a cancel."""

Progress = Callable[[int, int], None]
"""Called with (round, rounds) when a round is done, and once with (0, rounds) before the first."""


class Cancelled(Exception):  # noqa: N818 - it reports what the caller asked for, not an error
    """Sampling was given up because `cancelled()` said so."""


class LatentModel(Protocol):
    """What the sampler needs of a model; shapes as in `engine.bundle.graphs`."""

    def transformer(
        self, latents: Floats, known: Flags, valid: Flags, words: Floats, words_mask: Flags
    ) -> tuple[Floats, Floats]: ...

    def flow(
        self, noise: Floats, conditions: Floats, null_conditions: Floats, scale: Floats, times: Floats
    ) -> Floats: ...


@dataclass(frozen=True)
class SamplerSettings:
    """guidance: w of the last round. flow_steps: ODE steps of a round. tokens_per_round: the mean of latents.

    rounds: how many there are, whatever `tokens_per_round` says, but never more than latents to fill. sink_control: of
    guidance in each round.
    """

    guidance: float
    flow_steps: int
    tokens_per_round: float = 5
    rounds: int | None = None
    sink_control: SinkControl | None = None

    def rounds_for(self, masked: int) -> int:
        """How many rounds `masked` latents take."""
        return round_count(masked, self.tokens_per_round) if self.rounds is None else min(self.rounds, masked)


def sample(
    model: LatentModel,
    canvases: Sequence[Canvas],
    null_words: Floats,
    settings: SamplerSettings,
    *,
    progress: Progress = lambda _round, _rounds: None,
    cancelled: Callable[[], bool] = lambda: False,
    hear: Callable[[Heard], None] = lambda _heard: None,
) -> list[Floats]:
    """Fill the canvases, all in one batch; their lengths and prompts may differ.

    null_words: (L, W), the prompt of guidance's other branch. `cancelled` is asked before every call of the model,
    which is given a bounded number of rows and steps; Cancelled is raised where it says yes. `hear` is told in every
    round where the attention was. Returns (l, d) for each canvas. What a seed gives does not depend on its batch, up
    to the rounding of the model's own batched arithmetic.
    """
    batch = _Batch(canvases, settings)
    rows = PromptRows(canvases, null_words, guided=settings.guidance != 1.0)

    def stop_if_cancelled() -> None:
        if cancelled():
            raise Cancelled

    times = flow_times(settings.flow_steps)
    progress(0, batch.rounds)
    for round_number in range(1, batch.rounds + 1):
        stop_if_cancelled()
        chosen = batch.round_of_latent == round_number
        scale = guidance_scale(settings.guidance, np.array(round_number), batch.rounds_of_sequence)
        conditions, heard = _conditions(model, rows, batch, chosen, stop_if_cancelled)
        hear(heard)
        if settings.sink_control is not None:
            scale = settings.sink_control.scale(scale, heard.sink_ratio)
        scale = scale[np.nonzero(chosen)[0]]
        batch.latents[chosen] = _flown(model, batch.noise[chosen], conditions, scale, times, stop_if_cancelled)
        batch.known |= chosen
        progress(round_number, batch.rounds)
    return [batch.latents[i, : len(canvas.known)] for i, canvas in enumerate(canvases)]


def _conditions(
    model: LatentModel, rows: PromptRows, batch: _Batch, chosen: Flags, stop_if_cancelled: Callable[[], None]
) -> tuple[tuple[Floats, Floats], Heard]:
    """(M, D) for the M `chosen` (B, l) with their own prompts, and without; the same where nothing is guided."""
    found, attention = rows.ask(
        lambda row, words, mask: model.transformer(batch.latents[row], batch.known[row], batch.valid[row], words, mask),
        stop_if_cancelled,
    )
    canvas, place = np.nonzero(chosen)
    weights, conditions, null_conditions = rows.own(attention), rows.own(found)[chosen], rows.without_prompt(found)
    sink_ratio = sink_ratio_of(weights, batch.valid)
    heard = Heard(canvas, place, weights[chosen], np.where(chosen.any(axis=1), sink_ratio, np.float32(np.nan)))
    return (conditions, conditions if null_conditions is None else null_conditions[chosen]), heard


def _flown(
    model: LatentModel,
    noise: Floats,
    conditions: tuple[Floats, Floats],
    scale: Floats,
    times: Floats,
    stop_if_cancelled: Callable[[], None],
) -> Floats:
    """Latents (M, d) from `noise` (M, d), some rows and some of the S steps at a time."""
    result = noise.copy()
    for row in range(0, len(noise), _FLOW_ROW_STEPS):
        rows = slice(row, row + _FLOW_ROW_STEPS)
        steps = max(1, _FLOW_ROW_STEPS // len(result[rows]))
        for step in range(0, len(times) - 1, steps):
            stop_if_cancelled()
            some = times[step : step + steps + 1]
            result[rows] = model.flow(result[rows], conditions[0][rows], conditions[1][rows], scale[rows], some)
    return result


class _Batch:
    """Canvases side by side, padded to the longest: (B, l, d) and (B, l) arrays.

    Each sequence has its own generator, which first gives the order of filling and then the noise of all its latents.
    """

    def __init__(self, canvases: Sequence[Canvas], settings: SamplerSettings) -> None:
        count, width = len(canvases), canvases[0].latents.shape[1]
        longest = max(len(canvas.known) for canvas in canvases)
        self.latents = np.zeros((count, longest, width), np.float32)
        self.noise = np.zeros((count, longest, width), np.float32)
        self.known = np.zeros((count, longest), np.bool_)
        self.valid = np.zeros((count, longest), np.bool_)
        self.round_of_latent = np.zeros((count, longest), np.int64)
        for i, canvas in enumerate(canvases):
            length = len(canvas.known)
            random = np.random.Generator(np.random.PCG64(canvas.seed))
            rounds = settings.rounds_for(int((~canvas.known).sum()))
            self.round_of_latent[i, :length] = round_of_latents(~canvas.known, rounds, random)
            self.noise[i, :length] = random.standard_normal((length, width), np.float32)
            self.latents[i, :length] = np.where(canvas.known[:, None], canvas.latents, 0.0)
            self.known[i, :length] = canvas.known
            self.valid[i, :length] = True
        self.rounds_of_sequence = self.round_of_latent.max(axis=1)
        self.rounds = int(self.rounds_of_sequence.max())
