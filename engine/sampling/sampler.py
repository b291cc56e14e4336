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
from numpy.typing import NDArray

from engine.sampling.flow import Floats, Solver, integrate
from engine.sampling.schedules import guidance_scale, round_of_latents

Flags = NDArray[np.bool_]
Progress = Callable[[int, int], None]
"""Called with (round, rounds) when a round is done, and once with (0, rounds) before the first."""


class Cancelled(Exception):  # noqa: N818 - it reports what the caller asked for, not an error
    """Sampling was given up because `cancelled()` said so."""


class LatentModel(Protocol):
    """What the sampler needs of a model; shapes as in `engine.bundle.graphs`."""

    def transformer(self, latents: Floats, known: Flags, valid: Flags, words: Floats, words_mask: Flags) -> Floats: ...

    def flow_head(self, noisy: Floats, time: Floats, conditions: Floats) -> Floats: ...


@dataclass(frozen=True)
class SamplerSettings:
    """guidance: w of the last round. flow_steps: ODE steps of a round. tokens_per_round: the mean of latents."""

    guidance: float
    flow_steps: int
    tokens_per_round: int = 5
    solver: Solver = "euler"


@dataclass(frozen=True, eq=False)
class Canvas:
    """One sequence to fill. latents: (l, d), read where `known` (l,) is true. words: (L, D) of its prompt."""

    latents: Floats
    known: Flags
    words: Floats
    seed: int

    @classmethod
    def empty(cls, length: int, width: int, words: Floats, seed: int) -> Canvas:
        """A canvas of `length` latents of `width`, none of them known."""
        return cls(np.zeros((length, width), np.float32), np.zeros(length, np.bool_), words, seed)


def sample(
    model: LatentModel,
    canvases: Sequence[Canvas],
    null_words: Floats,
    settings: SamplerSettings,
    *,
    progress: Progress = lambda _round, _rounds: None,
    cancelled: Callable[[], bool] = lambda: False,
) -> list[Floats]:
    """Fill the canvases, all in one batch; their lengths and prompts may differ.

    null_words: (L, D), the prompt of guidance's other branch. `cancelled` is asked before every flow step; Cancelled is
    raised where it says yes. Returns (l, d) for each canvas. What a seed gives does not depend on its batch, up to the
    rounding of the model's own batched arithmetic.
    """
    batch = _Batch(canvases, settings.tokens_per_round)
    text = _Text([canvas.words for canvas in canvases], null_words, guided=settings.guidance != 1.0)

    def stop_if_cancelled() -> None:
        if cancelled():
            raise Cancelled

    progress(0, batch.rounds)
    for round_number in range(1, batch.rounds + 1):
        stop_if_cancelled()
        chosen = batch.round_of_latent == round_number
        scale = guidance_scale(settings.guidance, np.array(round_number), batch.rounds_of_sequence)
        conditions = text.conditions(model, batch.latents, batch.known, batch.valid)
        velocity = _guided_velocity(model, conditions[:, chosen], scale[np.nonzero(chosen)[0]])
        noise = batch.noise[chosen]
        batch.latents[chosen] = integrate(velocity, noise, settings.flow_steps, settings.solver, stop_if_cancelled)
        batch.known |= chosen
        progress(round_number, batch.rounds)
    return [batch.latents[i, : len(canvas.known)] for i, canvas in enumerate(canvases)]


class _Batch:
    """Canvases side by side, padded to the longest: (B, l, d) and (B, l) arrays.

    Each sequence has its own generator, which first gives the order of filling and then the noise of all its latents.
    """

    def __init__(self, canvases: Sequence[Canvas], tokens_per_round: int) -> None:
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
            self.round_of_latent[i, :length] = round_of_latents(~canvas.known, tokens_per_round, random)
            self.noise[i, :length] = random.standard_normal((length, width), np.float32)
            self.latents[i, :length] = np.where(canvas.known[:, None], canvas.latents, 0.0)
            self.known[i, :length] = canvas.known
            self.valid[i, :length] = True
        self.rounds_of_sequence = self.round_of_latent.max(axis=1)
        self.rounds = int(self.rounds_of_sequence.max())


class _Text:
    """Words of every sequence and, where guided, the null prompt once more for each: (G·B, L, D), G = 2 or 1."""

    def __init__(self, words: Sequence[Floats], null_words: Floats, guided: bool) -> None:
        self._branches = 2 if guided else 1
        rows = [*words, *[null_words] * len(words)] if guided else list(words)
        longest = max(len(row) for row in rows)
        self._words = np.zeros((len(rows), longest, null_words.shape[1]), np.float32)
        self._mask = np.zeros((len(rows), longest), np.bool_)
        for i, row in enumerate(rows):
            self._words[i, : len(row)] = row
            self._mask[i, : len(row)] = True

    def conditions(self, model: LatentModel, latents: Floats, known: Flags, valid: Flags) -> Floats:
        """(G, B, l, D): with the prompt and, where guided, without; both in one batch."""
        twice = np.tile(known, (self._branches, 1)), np.tile(valid, (self._branches, 1))
        result = model.transformer(np.tile(latents, (self._branches, 1, 1)), *twice, self._words, self._mask)
        return result.reshape(self._branches, *known.shape, -1)


def _guided_velocity(model: LatentModel, conditions: Floats, scale: Floats) -> Callable[[Floats, float], Floats]:
    """v = v_null + w_s · (v_text − v_null) for `conditions` (G, M, D) and w_s = `scale` (M,); both in one batch."""
    branches, count, _ = conditions.shape
    flat = conditions.reshape(branches * count, -1)

    def velocity(x_t: Floats, t: float) -> Floats:
        time = np.full(branches * count, t, np.float32)
        v = model.flow_head(np.tile(x_t, (branches, 1)), time, flat)
        if branches == 1:
            return v
        v_text, v_null = v[:count], v[count:]
        return v_null + scale[:, None] * (v_text - v_null)

    return velocity
