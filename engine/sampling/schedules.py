"""When each latent is filled, and how strong guidance is.

Masked autoregressive sampling (MoLingo, after MAR, Li et al. 2024): n masked latents are filled in S rounds,
S = ⌈n / k⌉ where nobody says otherwise.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray


def round_count(masked: int, tokens_per_round: float) -> int:
    """S = ⌈n / k⌉, the rounds for n masked latents."""
    return math.ceil(masked / tokens_per_round)


def masked_after(round_number: int, rounds: int, masked: int) -> int:
    """⌊n · cos(π/2 · s/S)⌋: how many latents are still masked after round s of S; none after the last."""
    if round_number >= rounds:
        return 0
    return math.floor(masked * math.cos(math.pi / 2 * round_number / rounds))


def latents_per_round(masked: int, rounds: int) -> list[int]:
    """How many of n `masked` latents each of S ≤ n rounds fills: at least one, n together.

    The cosine is flat at its start, so for many latents an early round would fill none; it fills one instead.
    """
    filled, left = [], masked
    for round_number in range(1, rounds + 1):
        left_after = min(masked_after(round_number, rounds, masked), left - 1)
        left_after = max(left_after, rounds - round_number)
        filled.append(left - left_after)
        left = left_after
    return filled


def round_of_latents(masked: NDArray[np.bool_], rounds: int, random: np.random.Generator) -> NDArray[np.int64]:
    """(l,) the round 1..S in which each of the `masked` (l,) latents is filled, in random order; 0 for the others."""
    order = random.permutation(len(masked))
    order = order[masked[order]]
    result = np.zeros(len(masked), dtype=np.int64)
    result[order] = np.repeat(np.arange(1, rounds + 1), latents_per_round(len(order), rounds))
    return result


def guidance_scale(guidance: float, round_number: NDArray[np.int64], rounds: NDArray[np.int64]) -> NDArray[np.float32]:
    """w_s = 1 + (w − 1) · s/S: rises linearly over the rounds and reaches w in the last."""
    return (1.0 + (guidance - 1.0) * round_number / np.maximum(rounds, 1)).astype(np.float32)
