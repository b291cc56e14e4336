"""The motion autoencoder: causal 1-D convolutions, four frames a latent (MoLingo's semantic alignment encoder).

Variant `vae`: the encoder gives a mean and a log-variance, L_KL keeps them near N(0, I).
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from training.config import AutoencoderConfig

_DILATIONS = (1, 3, 9)


class CausalConv(nn.Conv1d):
    """A convolution over time that never looks ahead: (B, C, N) → (B, C', ⌈N / stride⌉) for N a multiple of stride."""

    def __init__(self, channels_in: int, channels_out: int, kernel: int, stride: int = 1, dilation: int = 1) -> None:
        super().__init__(channels_in, channels_out, kernel, stride=stride, dilation=dilation)
        self.left = (kernel - 1) * dilation - (stride - 1)

    def forward(self, x: Tensor) -> Tensor:
        return super().forward(functional.pad(x, (self.left, 0)))


class ResidualBlock(nn.Module):
    """x + conv(silu(conv(silu(x)))), the first convolution dilated."""

    def __init__(self, width: int, dilation: int) -> None:
        super().__init__()
        self.spread = CausalConv(width, width, 3, dilation=dilation)
        self.mix = CausalConv(width, width, 1)

    def forward(self, x: Tensor) -> Tensor:
        return x + self.mix(functional.silu(self.spread(functional.silu(x))))


class MotionAutoencoder(nn.Module):
    """Features (B, N, F) ↔ latents (B, N/h, d), both in normalized units."""

    def __init__(self, config: AutoencoderConfig) -> None:
        super().__init__()
        self.config = config
        width, halvings = config.width, config.halvings
        self.encoder = nn.Sequential(
            CausalConv(config.features, width, 3),
            *[
                layer
                for _ in range(halvings)
                for layer in (*(ResidualBlock(width, d) for d in _DILATIONS), CausalConv(width, width, 4, stride=2))
            ],
            nn.SiLU(),
            CausalConv(width, 2 * config.latent_width, 1),
        )
        self.decoder = nn.Sequential(
            CausalConv(config.latent_width, width, 3),
            *[
                layer
                for _ in range(halvings)
                for layer in (
                    nn.Upsample(scale_factor=2, mode="nearest"),
                    CausalConv(width, width, 3),
                    *(ResidualBlock(width, d) for d in reversed(_DILATIONS)),
                )
            ],
            nn.SiLU(),
            CausalConv(width, config.features, 1),
        )

    def forward(self, features: Tensor, random: torch.Generator) -> tuple[Tensor, Tensor, Tensor]:
        """Features (B, N, F) decoded from one draw of their latents, and the latents' mean and log-variance."""
        mean, log_variance = self.encode(features)
        noise = torch.randn(mean.shape, generator=random, device=mean.device)
        return self.decode(mean + (0.5 * log_variance).exp() * noise), mean, log_variance

    def encode(self, features: Tensor) -> tuple[Tensor, Tensor]:
        """Mean and log-variance (B, N/h, d) of the latents of features (B, N, F); N a multiple of h."""
        mean, log_variance = self.encoder(features.transpose(1, 2)).transpose(1, 2).chunk(2, dim=-1)
        return mean, log_variance.clamp(-12.0, 4.0)

    def decode(self, latents: Tensor) -> Tensor:
        """Features (B, N, F) of latents (B, N/h, d)."""
        return self.decoder(latents.transpose(1, 2)).transpose(1, 2)


def kl_divergence(mean: Tensor, log_variance: Tensor) -> Tensor:
    """KL(N(μ, σ²) ‖ N(0, 1)), averaged: ½ · (μ² + σ² − 1 − log σ²)."""
    return 0.5 * torch.mean(mean**2 + log_variance.exp() - 1.0 - log_variance)
