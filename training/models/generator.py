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


def sinusoid(values: Tensor, width: int, longest: float = 10_000.0) -> Tensor:
    """Sines and cosines (..., width) of values (...), with wavelengths from 2π to 2π·longest."""
    half = width // 2
    frequencies = torch.exp(-math.log(longest) * torch.arange(half, device=values.device, dtype=torch.float32) / half)
    angles = values.float()[..., None] * frequencies
    return torch.cat([angles.sin(), angles.cos()], dim=-1)


def rotated(x: Tensor, places: Tensor) -> Tensor:
    """Rotary position embedding (Su et al. 2021) of queries or keys x (B, H, l, C) at places (B, l).

    Pairs (x_i, x_{i+C/2}) turn by place · 100^(−2i/C), so that attention depends on how far apart two latents are.
    Ours; not ablated apart from the flow head's guess.
    """
    half = x.shape[-1] // 2
    frequencies = 100.0 ** (-torch.arange(half, device=x.device, dtype=torch.float32) / half)
    angles = places[:, None, :, None] * frequencies
    cosine, sine = angles.cos().to(x.dtype), angles.sin().to(x.dtype)
    first, second = x[..., :half], x[..., half:]
    return torch.cat([first * cosine - second * sine, first * sine + second * cosine], dim=-1)


class Attention(nn.Module):
    """Multi-head attention of queries (B, Q, D) over a context (B, K, D); mask (B, K), True where one may look."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.query = nn.Linear(width, width)
        self.key_value = nn.Linear(width, 2 * width)
        self.out = nn.Linear(width, width)

    def forward(self, x: Tensor, context: Tensor, mask: Tensor, places: Tensor | None = None) -> Tensor:
        """(B, Q, D). With places (B, l), x and context are one sequence and attention knows how far apart two are."""
        query = self.query(x).unflatten(-1, (self.heads, -1)).transpose(1, 2)  # (B, H, Q, D/H)
        key, value = self.key_value(context).unflatten(-1, (2 * self.heads, -1)).transpose(1, 2).chunk(2, dim=1)
        if places is not None:
            query, key = rotated(query, places), rotated(key, places)
        attended = functional.scaled_dot_product_attention(query, key, value, attn_mask=mask[:, None, None, :])
        return self.out(attended.transpose(1, 2).flatten(-2))


def _mlp(width: int) -> nn.Sequential:
    return nn.Sequential(nn.Linear(width, 4 * width), nn.GELU(), nn.Linear(4 * width, width))


class AdapterLayer(nn.Module):
    """A pre-norm Transformer encoder layer over the words."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.norm_attention, self.attention = nn.LayerNorm(width), Attention(width, heads)
        self.norm_mlp, self.mlp = nn.LayerNorm(width), _mlp(width)

    def forward(self, x: Tensor, mask: Tensor) -> Tensor:
        normed = self.norm_attention(x)
        x = x + self.attention(normed, normed, mask)
        return x + self.mlp(self.norm_mlp(x))


class TextAdapter(nn.Module):
    """Words of the frozen encoder (B, L, D_text) to words at model width (B, L, D)."""

    def __init__(self, config: GeneratorConfig) -> None:
        super().__init__()
        self.project = nn.Linear(config.text_width, config.width)
        self.layers = nn.ModuleList(AdapterLayer(config.width, config.heads) for _ in range(config.adapter_depth))
        self.norm = nn.LayerNorm(config.width)

    def forward(self, words: Tensor, words_mask: Tensor) -> Tensor:
        x = self.project(words)
        for layer in self.layers:
            x = layer(x, words_mask)
        return self.norm(x)


class TransformerLayer(nn.Module):
    """Self-attention and MLP on motion alone; cross-attention with motion as queries and words as keys and values."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.norm_self, self.self_attention = nn.LayerNorm(width), Attention(width, heads)
        self.norm_cross, self.cross_attention = nn.LayerNorm(width), Attention(width, heads)
        self.norm_mlp, self.mlp = nn.LayerNorm(width), _mlp(width)

    def forward(self, x: Tensor, places: Tensor, valid: Tensor, words: Tensor, words_mask: Tensor) -> Tensor:
        normed = self.norm_self(x)
        x = x + self.self_attention(normed, normed, valid, places)
        x = x + self.cross_attention(self.norm_cross(x), words, words_mask)
        return x + self.mlp(self.norm_mlp(x))


class MaskedTransformer(nn.Module):
    """z = transformer(masked latents, words): what the flow head must know about each latent."""

    def __init__(self, config: GeneratorConfig) -> None:
        super().__init__()
        self.width = config.width
        self.embed = nn.Linear(config.latent_width, config.width)
        self.mask_token = nn.Parameter(torch.zeros(config.width))
        self.layers = nn.ModuleList(TransformerLayer(config.width, config.heads) for _ in range(config.depth))
        self.norm = nn.LayerNorm(config.width)
        # ours: how far the end is, beside how far the beginning is, so that a motion of any length can come to its end.
        self.place = nn.Linear(2 * config.width, config.width)

    def forward(self, latents: Tensor, known: Tensor, valid: Tensor, words: Tensor, words_mask: Tensor) -> Tensor:
        """Conditions (B, l, D).

        latents: (B, l, d), of which only those are read where known (B, l) is True. valid: (B, l) False for padding.
        words: (B, L, D) of the adapter, words_mask: (B, L) True for words.
        """
        x = torch.where(known[..., None], self.embed(latents), self.mask_token)
        from_start = torch.cumsum(valid.to(torch.float32), dim=1) - 1.0
        to_end = valid.to(torch.float32).sum(dim=1, keepdim=True) - 1.0 - from_start
        x = x + self.place(torch.cat([sinusoid(from_start, self.width), sinusoid(to_end, self.width)], dim=-1))
        for layer in self.layers:
            x = layer(x, from_start, valid, words, words_mask)
        return self.norm(x)


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


class GeneratorLosses(NamedTuple):
    """flow: L of the rectified flow. guess: mean squared error of the guesses, in the latents' unit of variance."""

    flow: Tensor
    guess: Tensor


class MaskedFlowGenerator(nn.Module):
    """Adapter, transformer and flow head, and the loss that trains them together."""

    def __init__(self, config: GeneratorConfig) -> None:
        super().__init__()
        self.config = config
        self.adapter = TextAdapter(config)
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
    ) -> GeneratorLosses:
        """L = E‖v_θ(m_i^t, t, z_i) − (ε − m_i)‖² over the masked latents i, `draws` pairs of (t, ε) for each.

        latents: (B, l, d), valid: (B, l), words: (B, L, D_text), words_mask: (B, L).
        """
        masked = draw_mask(valid, random)
        conditions = self.transformer(latents, ~masked, valid, self.adapter(words, words_mask), words_mask)
        targets = latents[masked].repeat(draws, 1)
        time = torch.rand(len(targets), generator=random, device=latents.device)
        noise = torch.randn(targets.shape, generator=random, device=latents.device)
        noisy = (1 - time[:, None]) * targets + time[:, None] * noise
        velocity = self.flow_head(noisy, time, conditions[masked].repeat(draws, 1))
        guesses = self.flow_head.guess(conditions[masked])
        return GeneratorLosses(
            flow=functional.mse_loss(velocity.float(), noise - targets),
            guess=functional.mse_loss(guesses.float(), latents[masked]),
        )


def draw_mask(valid: Tensor, random: torch.Generator) -> Tensor:
    """(B, l) True for ⌈l·cos(π·u/2)⌉ random valid latents of each row, u ~ U(0, 1); at least one."""
    share = torch.cos(torch.rand(len(valid), 1, generator=random, device=valid.device) * (math.pi / 2))
    count = torch.ceil(valid.sum(dim=1, keepdim=True) * share).clamp(min=1)
    order = torch.rand(valid.shape, generator=random, device=valid.device).masked_fill(~valid, 2.0)
    return (order.argsort(dim=1).argsort(dim=1) < count) & valid
