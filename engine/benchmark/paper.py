"""The sampler as the paper has it (MoLingo), on this model's weights, and what each departure from it gains."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.sampling.flow import Floats, flow_times
from engine.sampling.schedules import guidance_scale, round_of_latents


@dataclass(frozen=True)
class PaperSchedule:
    """padded: the canvas is as long as the longest that the model knows. everywhere: the flow is computed for every
    latent of it in every round, not only for those whose turn it is.
    """

    rounds: int = 30
    flow_steps: int = 32
    guidance: float = 2.5
    text_every_round: bool = True
    padded: bool = True
    everywhere: bool = True


def ladder(standard_steps: int) -> Mapping[str, PaperSchedule]:
    """The paper's schedule, and that with one measure more on each line, as the engine takes them."""
    paper = PaperSchedule()
    once = replace(paper, text_every_round=False)
    fitting = replace(once, padded=False)
    chosen = replace(fitting, everywhere=False)
    return {
        "paper's schedule": paper,
        "+ text once": once,
        "+ canvas as long as the motion": fitting,
        "+ flow only where it is asked for": chosen,
        f"+ {standard_steps} flow steps": replace(chosen, flow_steps=standard_steps),
    }


def paper_latents(model: Any, text: str, length: int, longest: int, schedule: PaperSchedule) -> Floats:
    """Latents (l, d) of `length`, on a canvas of `longest` where it is padded. model: as `Bundle`."""
    size = max(length, longest) if schedule.padded else length
    random = np.random.default_rng(0)
    valid = np.tile(np.arange(size) < length, (2, 1))
    rounds = min(schedule.rounds, length)
    turn = np.zeros(size, np.int64)
    turn[:length] = round_of_latents(np.ones(length, np.bool_), rounds, random)
    latents = np.zeros((size, model.manifest.latent_width), np.float32)
    times = flow_times(schedule.flow_steps)
    words, mask = _words(model, text)
    for round_number in range(1, rounds + 1):
        if schedule.text_every_round and round_number > 1:
            words, mask = _words(model, text)
        known = (turn > 0) & (turn < round_number)
        conditions, _ = model.transformer(np.stack([latents] * 2), np.stack([known] * 2), valid, words, mask)
        chosen = turn == round_number
        where = np.ones(size, np.bool_) if schedule.everywhere else chosen
        scale = guidance_scale(schedule.guidance, np.full(where.sum(), round_number), np.array(rounds))
        noise = random.standard_normal((int(where.sum()), latents.shape[1]), np.float32)
        made = model.flow(noise, conditions[0, where], conditions[1, where], scale, times)
        latents[chosen] = made[chosen[where]]
    return latents[:length]


_ENCODINGS = itertools.count(1)


def _words(model: Any, text: str) -> tuple[Floats, NDArray[np.bool_]]:
    """Words (2, L, W) with and without the prompt, encoded anew: a bundle remembers texts by their letters, and blanks
    at their end change no token.
    """
    blanks = f"{next(_ENCODINGS):b}".translate({ord("0"): " ", ord("1"): "\t"})
    rows = [model.encode_text(text + blanks), model.encode_text(blanks)]
    longest = max(len(row) for row in rows)
    words = np.zeros((2, longest, rows[0].shape[1]), np.float32)
    mask = np.zeros((2, longest), np.bool_)
    for i, row in enumerate(rows):
        words[i, : len(row)], mask[i, : len(row)] = row, True
    return words, mask
