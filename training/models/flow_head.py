"""The velocity of one latent under the condition that the masked transformer gives it."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from training.config import GeneratorConfig
from training.models.attention import sinusoid


class FlowBlock(nn.Module):
    """A residual MLP whose norm is shifted and scaled, and whose output is gated, by the condition (AdaLN)."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(width, elementwise_affine=False)
        self.modulation = nn.Linear(width, 3 * width)
        self.mlp = nn.Sequential(nn.Linear(width, width), nn.SiLU(), nn.Linear(width, width))
        nn.init.zeros_(self.modulation.weight)
        nn.init.zeros_(self.modulation.bias)

    def forward(self, x: Tensor, condition: Tensor) -> Tensor:
        shift, scale, gate = self.modulation(condition).chunk(3, dim=-1)
        return x + gate * self.mlp(self.norm(x) * (1 + scale) + shift)


class FlowHead(nn.Module):
    """v_θ(m^t, t, z): the velocity of one latent on its way between data and noise."""

    def __init__(self, config: GeneratorConfig) -> None:
        super().__init__()
        width = config.flow_width
        self.time_width = width
        # ours: z's own guess of the latent, which has a loss of its own, goes in beside the noisy one. The transformer
        # then learns from the first step on to read the neighbors, and the blocks model only what is left.
        self.guess = nn.Linear(config.width, config.latent_width)
        self.embed = nn.Linear(3 * config.latent_width, width)
        self.condition = nn.Linear(config.width, width)
        self.time = nn.Sequential(nn.Linear(width, width), nn.SiLU(), nn.Linear(width, width))
        self.blocks = nn.ModuleList(FlowBlock(width) for _ in range(config.flow_depth))
        self.norm = nn.LayerNorm(width, elementwise_affine=False)
        self.modulation = nn.Linear(width, 2 * width)
        nn.init.zeros_(self.modulation.weight)
        nn.init.zeros_(self.modulation.bias)
        self.out = nn.Linear(width, config.latent_width)
        nn.init.zeros_(self.out.weight)
        nn.init.zeros_(self.out.bias)

    def forward(self, noisy: Tensor, time: Tensor, conditions: Tensor) -> Tensor:
        """Velocities (M, d) of noisy latents (M, d) at times (M,) in 0..1 under conditions (M, D)."""
        condition = functional.silu(self.condition(conditions) + self.time(sinusoid(1000.0 * time, self.time_width)))
        guess = self.guess(conditions)
        x = self.embed(torch.cat([noisy, guess, noisy - guess], dim=-1))
        for block in self.blocks:
            x = block(x, condition)
        shift, scale = self.modulation(condition).chunk(2, dim=-1)
        return self.out(self.norm(x) * (1 + scale) + shift)
