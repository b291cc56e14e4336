"""Masked autoregressive rectified flow over motion latents, with multi-token cross-attention (MoLingo, section 3).

Time runs from data to noise: m^t = (1 − t)·m + t·ε, so the velocity is d m^t / dt = ε − m, and sampling goes from
t = 1 to t = 0.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional

from training.config import GeneratorConfig
from training.models.attention import places_of, sinusoid
from training.models.flow_head import FlowHead
from training.models.layers import TransformerLayer
from training.models.pooled_conditioning import PooledLayer
from training.models.words_to_motion import WordsToMotion


class MaskedTransformer(nn.Module):
    """z = transformer(masked latents, words): what the flow head must know about each latent."""

    def __init__(self, config: GeneratorConfig) -> None:
        super().__init__()
        self.width = config.width
        self.embed = nn.Linear(config.latent_width, config.width)
        self.mask_token = nn.Parameter(torch.zeros(config.width))
        layer = PooledLayer if config.conditioning == "adaln" else TransformerLayer
        self.layers = nn.ModuleList(layer(config) for _ in range(config.depth))
        self.norm = nn.LayerNorm(config.width)
        # ours: how far the end is, beside how far the beginning is, so that a motion of any length can come to its end.
        self.place = nn.Linear(2 * config.width, config.width)

    def forward(
        self,
        latents: Tensor,
        known: Tensor,
        valid: Tensor,
        words: Tensor,
        words_mask: Tensor,
        heard: list[Tensor] | None = None,
    ) -> Tensor:
        """Conditions (B, l, D).

        latents: (B, l, d), of which only those are read where known (B, l) is True. valid: (B, l) False for padding.
        words: (B, L, D) of the adapter, words_mask: (B, L) True for words that may be heard. heard: gets the weights
        (B, H, l, L) of every layer's cross-attention.
        """
        x = torch.where(known[..., None], self.embed(latents), self.mask_token)
        from_start, to_end = places_of(valid)
        x = x + self.place(torch.cat([sinusoid(from_start, self.width), sinusoid(to_end, self.width)], dim=-1))
        for layer in self.layers:
            x = layer(x, from_start, valid, words, words_mask, heard)
        return self.norm(x)


class MaskedLosses(NamedTuple):
    """flow: L of the rectified flow. guess: mean squared error of the guesses, in the latents' unit of variance."""

    flow: Tensor
    guess: Tensor


class MaskedFlowGenerator(WordsToMotion):
    """Adapter, transformer and flow head, and the loss that trains them together."""

    def __init__(self, config: GeneratorConfig) -> None:
        super().__init__(config)
        self.transformer = MaskedTransformer(config)
        self.flow_head = FlowHead(config)

    def forward(
        self,
        latents: Tensor,
        valid: Tensor,
        words: Tensor,
        words_mask: Tensor,
        draws: int,
        random: torch.Generator,
        heard: list[Tensor] | None = None,
    ) -> MaskedLosses:
        """L = E‖v_θ(m_i^t, t, z_i) − (ε − m_i)‖² over the masked latents i, `draws` pairs of (t, ε) for each.

        latents: (B, l, d), valid: (B, l), words: (B, L, D_text), words_mask: (B, L). heard: as of the transformer.
        """
        masked = draw_mask(valid, random)
        audible = self.audible(words_mask, random)
        conditions = self.transformer(latents, ~masked, valid, self.adapter(words, words_mask), audible, heard)
        targets = latents[masked].repeat(draws, 1)
        time = torch.rand(len(targets), generator=random, device=latents.device)
        noise = torch.randn(targets.shape, generator=random, device=latents.device)
        noisy = (1 - time[:, None]) * targets + time[:, None] * noise
        velocity = self.flow_head(noisy, time, conditions[masked].repeat(draws, 1))
        guesses = self.flow_head.guess(conditions[masked])
        return MaskedLosses(
            flow=functional.mse_loss(velocity.float(), noise - targets),
            guess=functional.mse_loss(guesses.float(), latents[masked]),
        )


def draw_mask(valid: Tensor, random: torch.Generator) -> Tensor:
    """(B, l) True for ⌈l·cos(π·u/2)⌉ random valid latents of each row, u ~ U(0, 1); at least one."""
    share = torch.cos(torch.rand(len(valid), 1, generator=random, device=valid.device) * (math.pi / 2))
    count = torch.ceil(valid.sum(dim=1, keepdim=True) * share).clamp(min=1)
    order = torch.rand(valid.shape, generator=random, device=valid.device).masked_fill(~valid, 2.0)
    return (order.argsort(dim=1).argsort(dim=1) < count) & valid
