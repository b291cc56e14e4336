"""The motion autoencoder: causal 1-D convolutions, h = 2, 4 or 8 frames a latent (MoLingo's SAE, section 3.1).

ae    the encoder gives points
vae   it gives a mean and a log-variance, which L_KL keeps near N(0, I)
sae   a vae whose means are drawn to class tokens, made of what is done in the frames that a latent sees (see
      `training.losses.semantics`)
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional

from training.config import AutoencoderConfig


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


class Autoencoding(NamedTuple):
    """decoded: features (B, N, F). mean, log_variance, class_tokens: (B, N/h, d), the last of an `sae` alone."""

    decoded: Tensor
    mean: Tensor
    log_variance: Tensor
    class_tokens: Tensor | None


class MotionAutoencoder(nn.Module):
    """Features (B, N, F) ↔ latents (B, N/h, d), both in normalized units."""

    def __init__(self, config: AutoencoderConfig) -> None:
        super().__init__()
        self.config = config
        width, halvings = config.width, config.halvings
        dilations = [3**block for block in range(config.depth)]
        numbers = config.latent_width if config.variant == "ae" else 2 * config.latent_width
        self.encoder = nn.Sequential(
            CausalConv(config.features, width, 3),
            *[
                layer
                for _ in range(halvings)
                for layer in (*(ResidualBlock(width, d) for d in dilations), CausalConv(width, width, 4, stride=2))
            ],
            nn.SiLU(),
            CausalConv(width, numbers, 1),
        )
        self.decoder = nn.Sequential(
            CausalConv(config.latent_width, width, 3),
            *[
                layer
                for _ in range(halvings)
                for layer in (
                    nn.Upsample(scale_factor=2, mode="nearest"),
                    CausalConv(width, width, 3),
                    *(ResidualBlock(width, d) for d in reversed(dilations)),
                )
            ],
            nn.SiLU(),
            CausalConv(width, config.features, 1),
        )

        if config.variant == "sae":
            # Without a bias: all latents could be drawn to that one direction, and none would mean anything.
            self.class_projection = nn.Linear(config.text_width, config.latent_width, bias=False)

    def forward(
        self, features: Tensor, random: torch.Generator, labels: Tensor | None = None, latent_noise: float = 0.0
    ) -> Autoencoding:
        """Features (B, N, F) decoded from one draw of their latents; class tokens of labels (B, N/h, D_text).

        latent_noise: what is added to the latents, as a share of each number's deviation in the batch.
        """
        mean, log_variance = self.encode(features)
        latents = mean
        if latent_noise:
            spread = latent_noise * mean.detach().flatten(0, 1).std(dim=0)
            latents = latents + spread * torch.randn(mean.shape, generator=random, device=mean.device)
        if self.config.variant != "ae":
            noise = torch.randn(mean.shape, generator=random, device=mean.device)
            latents = latents + (0.5 * log_variance).exp() * noise
        class_tokens = None if labels is None else self.class_projection(labels)
        return Autoencoding(self.decode(latents), mean, log_variance, class_tokens)

    def encode(self, features: Tensor) -> tuple[Tensor, Tensor]:
        """Mean and log-variance (B, N/h, d) of the latents of features (B, N, F); N a multiple of h.

        The log-variance of an `ae` is −∞: its latents are points.
        """
        encoded = self.encoder(features.transpose(1, 2)).transpose(1, 2)
        if self.config.variant == "ae":
            return encoded, torch.full_like(encoded, -torch.inf)
        mean, log_variance = encoded.chunk(2, dim=-1)
        return mean, log_variance.clamp(-12.0, 4.0)

    def decode(self, latents: Tensor) -> Tensor:
        """Features (B, N, F) of latents (B, N/h, d)."""
        return self.decoder(latents.transpose(1, 2)).transpose(1, 2)


def kl_divergence(mean: Tensor, log_variance: Tensor) -> Tensor:
    """KL(N(μ, σ²) ‖ N(0, 1)), averaged: ½ · (μ² + σ² − 1 − log σ²)."""
    return 0.5 * torch.mean(mean**2 + log_variance.exp() - 1.0 - log_variance)
