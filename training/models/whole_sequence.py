"""Rectified flow over all latents of a motion at once (MLA-Gen; section 5 of the methods).

Time runs from data to noise, as in the masked family: x_t = (1 − t)·m + t·ε and v = ε − m.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional

from training.config import GeneratorConfig
from training.models.attention import places_of, sinusoid
from training.models.layers import TimedLayer
from training.models.words_to_motion import WordsToMotion


class FlowTransformer(nn.Module):
    """v_θ(x_t, t, words): the velocity of every latent, each in sight of all others."""

    def __init__(self, config: GeneratorConfig) -> None:
        super().__init__()
        width = config.width
        self.width = width
        self.embed = nn.Linear(config.latent_width, width)
        self.place = nn.Linear(2 * width, width)
        self.time = nn.Sequential(nn.Linear(width, width), nn.SiLU(), nn.Linear(width, width), nn.SiLU())
        self.modulation = nn.Linear(width, 6 * width)
        self.layers = nn.ModuleList(TimedLayer(config) for _ in range(config.depth))
        self.norm = nn.LayerNorm(width, elementwise_affine=False)
        self.last_modulation = nn.Linear(width, 2 * width)
        self.out = nn.Linear(width, config.latent_width)
        for silent in (self.modulation, self.last_modulation, self.out):
            nn.init.zeros_(silent.weight)
            nn.init.zeros_(silent.bias)

    def forward(
        self,
        latents: Tensor,
        time: Tensor,
        valid: Tensor,
        words: Tensor,
        words_mask: Tensor,
        heard: list[Tensor] | None = None,
    ) -> Tensor:
        """Velocities (B, l, d) of noisy latents (B, l, d) at times (B,) in 0..1.

        valid: (B, l) False for padding. words: (B, L, D) of the adapter, words_mask: (B, L) True for words that may be
        heard. heard: gets the weights (B, H, l, L) of every layer's cross-attention.
        """
        from_start, to_end = places_of(valid)
        places = torch.cat([sinusoid(from_start, self.width), sinusoid(to_end, self.width)], dim=-1)
        x = self.embed(latents) + self.place(places)
        told = self.time(sinusoid(1000.0 * time, self.width))
        modulation = self.modulation(told).unflatten(-1, (6, -1))
        for layer in self.layers:
            x = layer(x, from_start, valid, words, words_mask, heard, modulation)
        shift, scale = self.last_modulation(told)[:, None].chunk(2, dim=-1)
        return self.out(self.norm(x) * (1 + scale) + shift)


class WholeSequenceLosses(NamedTuple):
    """flow: L of the rectified flow."""

    flow: Tensor


class WholeSequenceGenerator(WordsToMotion):
    """Adapter and transformer, and the loss that trains them together."""

    def __init__(self, config: GeneratorConfig) -> None:
        super().__init__(config)
        self.transformer = FlowTransformer(config)

    def forward(
        self,
        latents: Tensor,
        valid: Tensor,
        words: Tensor,
        words_mask: Tensor,
        draws: int,
        random: torch.Generator,
        heard: list[Tensor] | None = None,
        noise: Tensor | None = None,
    ) -> WholeSequenceLosses:
        """L = E‖v_θ(x_t, t, words) − (ε − m)‖² over the valid latents, with `draws` pairs of (t, ε) for each motion.

        latents: (B, l, d), valid: (B, l), words: (B, L, D_text), words_mask: (B, L). heard: as of the transformer.
        noise: (B, l, d), the ε of each motion where it has one of its own.
        """
        adapted, audible = self.adapter(words, words_mask), self.audible(words_mask, random)
        motions, valid = latents.repeat(draws, 1, 1), valid.repeat(draws, 1)
        time = torch.rand(len(motions), generator=random, device=latents.device)
        if noise is None:
            noise = torch.randn(motions.shape, generator=random, device=latents.device)
        else:
            noise = noise.repeat(draws, 1, 1)
        noisy = (1 - time[:, None, None]) * motions + time[:, None, None] * noise
        velocity = self.transformer(
            noisy, time, valid, adapted.repeat(draws, 1, 1), audible.repeat(draws, 1), heard
        ).float()
        return WholeSequenceLosses(functional.mse_loss(velocity[valid], (noise - motions)[valid]))
