"""Attention over latents and words, and how places and times are told to it."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn
from torch.nn import functional


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


def places_of(valid: Tensor) -> tuple[Tensor, Tensor]:
    """How far the first and the last valid latent are from each, (B, l) both, of valid (B, l)."""
    from_start = torch.cumsum(valid.to(torch.float32), dim=1) - 1.0
    return from_start, valid.to(torch.float32).sum(dim=1, keepdim=True) - 1.0 - from_start


class Attention(nn.Module):
    """Multi-head attention of queries (B, Q, D) over a context (B, K, D); mask (B, K), True where one may look."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.query = nn.Linear(width, width)
        self.key_value = nn.Linear(width, 2 * width)
        self.out = nn.Linear(width, width)

    def forward(
        self,
        x: Tensor,
        context: Tensor,
        mask: Tensor,
        places: Tensor | None = None,
        memory: Tensor | None = None,
        heard: list[Tensor] | None = None,
    ) -> Tensor:
        """(B, Q, D). With places (B, l), x and context are one sequence and attention knows how far apart two are.

        memory: (S, D), a context that every query has beside its own, at no place. heard: gets the weights
        (B, H, Q, K (+ S)); there is a list only where somebody asks, since keeping them takes another kernel.
        """
        query = self.query(x).unflatten(-1, (self.heads, -1)).transpose(1, 2)  # (B, H, Q, D/H)
        key, value = self._keys_and_values(context)
        if places is not None:
            query, key = rotated(query, places), rotated(key, places)
        if memory is not None:
            slots = [tensor.expand(len(x), -1, -1, -1) for tensor in self._keys_and_values(memory[None])]
            key, value = torch.cat([key, slots[0]], dim=2), torch.cat([value, slots[1]], dim=2)
            mask = functional.pad(mask, (0, len(memory)), value=True)
        seen = mask[:, None, None, :]
        if heard is None:
            attended = functional.scaled_dot_product_attention(query, key, value, attn_mask=seen)
        else:
            scores = (query @ key.transpose(-1, -2)).float() / math.sqrt(query.shape[-1])
            heard.append(scores.masked_fill(~seen, -torch.inf).softmax(dim=-1))
            attended = heard[-1].to(value.dtype) @ value
        return self.out(attended.transpose(1, 2).flatten(-2))

    def _keys_and_values(self, context: Tensor) -> tuple[Tensor, Tensor]:
        """Both (B, H, K, D/H)."""
        key, value = self.key_value(context).unflatten(-1, (2 * self.heads, -1)).transpose(1, 2).chunk(2, dim=1)
        return key, value
