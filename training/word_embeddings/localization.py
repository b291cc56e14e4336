"""Where in a motion a word is: attention from the word to the frames, drawn to the word's segment (MATE, design 2)."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from training.word_embeddings.config import Prior


def attention_prior(kind: Prior, starts: Tensor, ends: Tensor, valid: Tensor) -> Tensor:
    """P (B, T) over steps, whose centres are at t + ½: P(t) = exp(−(t − c)² / (2σ²)), c = (s + e) / 2, σ = (e − s) / 2.

    starts, ends: (B,) of the word's segment [s, e) in steps. valid: (B, T), the motion's own steps; P is 0 elsewhere.
    "full" has the whole motion for the segment, "binary" is 1 in the segment and 0 outside, "none" 0 everywhere.
    """
    centres = torch.arange(valid.shape[1], device=valid.device) + 0.5
    if kind == "full":
        starts, ends = torch.zeros_like(starts), valid.sum(dim=1)
    first, last = starts[:, None].float(), ends[:, None].float()
    if kind == "none":
        prior = torch.zeros_like(valid, dtype=torch.float32)
    elif kind == "binary":
        prior = ((centres > first) & (centres < last)).float()
    else:
        prior = torch.exp(-0.5 * ((centres - (first + last) / 2) / ((last - first) / 2)) ** 2)
    return prior * valid


class Localization(nn.Module):
    """f_word = MultiHead(Q, K, V) with Q the word, K = (1 + ω · P) ⊙ F and V = F, F the motion's frame features.

    Queries and keys have no bias: a key scaled by its prior must scale what the word makes of it, no more.
    """

    def __init__(self, width: int, heads: int, prior_strength: float) -> None:
        super().__init__()
        self.heads, self.prior_strength = heads, prior_strength
        self.query = nn.Linear(width, width, bias=False)
        self.key = nn.Linear(width, width, bias=False)
        self.value = nn.Linear(width, width)
        self.out = nn.Linear(width, width)

    def forward(self, words: Tensor, frames: Tensor, prior: Tensor, valid: Tensor) -> tuple[Tensor, Tensor]:
        """The word's motion feature (B, D) and, averaged over heads, how much of it is of each step (B, T).

        words: (B, D). frames: (B, T, D). prior, valid: (B, T).
        """
        query, key, value = (
            part.unflatten(-1, (self.heads, -1))
            for part in (
                self.query(words),
                self.key((1.0 + self.prior_strength * prior)[..., None] * frames),
                self.value(frames),
            )
        )  # (B, H, C), (B, T, H, C) and the same
        scores = torch.einsum("bhc,bthc->bht", query, key) / query.shape[-1] ** 0.5
        weights = scores.float().masked_fill(~valid[:, None], float("-inf")).softmax(dim=-1)
        attended = torch.einsum("bht,bthc->bhc", weights.to(value.dtype), value)
        return self.out(attended.flatten(1)), weights.mean(dim=1)
