"""The layers that both families of generators are stacks of, and the adapter that brings words to their width."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from training.config import GeneratorConfig
from training.models.attention import Attention

_REACH = 5
"""Latents that the temporal convolution sees at once: two on either side, a quarter of a second."""


def mlp(width: int) -> nn.Sequential:
    """The feed-forward part of a Transformer layer."""
    return nn.Sequential(nn.Linear(width, 4 * width), nn.GELU(), nn.Linear(4 * width, width))


class AdapterLayer(nn.Module):
    """A pre-norm Transformer encoder layer over the words."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.norm_attention, self.attention = nn.LayerNorm(width), Attention(width, heads)
        self.norm_mlp, self.mlp = nn.LayerNorm(width), mlp(width)

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


class LocalConditioning(nn.Module):
    """Keeps what a latent has heard of the words near it: a depth-wise convolution in time, and a gate (MLA-Gen).

    g ⊙ (a + conv(a)) of what cross-attention gives, a; g = 1 and conv = 0 before training, which is a alone.
    """

    def __init__(self, width: int) -> None:
        super().__init__()
        self.gate = nn.Parameter(torch.ones(width))
        self.convolution = nn.Conv1d(width, width, _REACH, padding=_REACH // 2, groups=width)
        nn.init.zeros_(self.convolution.weight)
        nn.init.zeros_(self.convolution.bias)

    def forward(self, heard: Tensor, valid: Tensor) -> Tensor:
        """(B, l, D) of heard (B, l, D); latents that are not valid (B, l) are not read."""
        around = self.convolution((heard * valid[..., None]).transpose(1, 2)).transpose(1, 2)
        return self.gate * (heard + around)


class TransformerLayer(nn.Module):
    """Self-attention and MLP on motion alone; cross-attention with motion as queries and words as keys and values.

    Where the configuration says so, MLA-Gen's parts: memory slots, learned vectors that every latent attends to beside
    the motion, and local conditioning.
    """

    def __init__(self, config: GeneratorConfig) -> None:
        super().__init__()
        width, heads = config.width, config.heads
        self.norm_self, self.self_attention = nn.LayerNorm(width), Attention(width, heads)
        self.norm_cross, self.cross_attention = nn.LayerNorm(width), Attention(width, heads)
        self.norm_mlp, self.mlp = nn.LayerNorm(width), mlp(width)
        slots = nn.Parameter(torch.randn(config.memory_slots, width)) if config.memory_slots else None
        self.register_parameter("memory", slots)
        self.local = LocalConditioning(width) if config.local_conditioning else None

    def forward(
        self,
        x: Tensor,
        places: Tensor,
        valid: Tensor,
        words: Tensor,
        words_mask: Tensor,
        heard: list[Tensor] | None = None,
    ) -> Tensor:
        """(B, l, D). heard: gets the weights (B, H, l, L) of the latents on the words."""
        x = x + self.attended(self.norm_self(x), places, valid)
        x = x + self.conditioned(x, valid, words, words_mask, heard)
        return x + self.mlp(self.norm_mlp(x))

    def attended(self, normed: Tensor, places: Tensor, valid: Tensor) -> Tensor:
        """What the latents (B, l, D) see of each other and of the memory."""
        attended: Tensor = self.self_attention(normed, normed, valid, places, self.memory)
        return attended

    def conditioned(
        self, x: Tensor, valid: Tensor, words: Tensor, words_mask: Tensor, heard: list[Tensor] | None
    ) -> Tensor:
        """What the latents (B, l, D) hear of the words."""
        result: Tensor = self.cross_attention(self.norm_cross(x), words, words_mask, heard=heard)
        return result if self.local is None else self.local(result, valid)


class TimedLayer(TransformerLayer):
    """The same layer for latents on their way from noise: norms are shifted and scaled, outputs gated, by the time.

    One product of the time serves all layers, and each adds a table of its own (PixArt-α's “adaLN-single”, Chen et al.
    2023); gates begin at one instead of zero, so that an untrained layer is `TransformerLayer`.
    """

    def __init__(self, config: GeneratorConfig) -> None:
        super().__init__(config)
        table = torch.zeros(6, config.width)
        table[2::3] = 1.0
        self.table = nn.Parameter(table)

    def forward(
        self,
        x: Tensor,
        places: Tensor,
        valid: Tensor,
        words: Tensor,
        words_mask: Tensor,
        heard: list[Tensor] | None = None,
        time: Tensor | None = None,
    ) -> Tensor:
        """(B, l, D). time: (B, 6, D), of both parts the shift, the scale and the gate."""
        told = self.table if time is None else time + self.table
        shift, scale, gate, mlp_shift, mlp_scale, mlp_gate = told.unsqueeze(-2).unbind(-3)
        x = x + gate * self.attended(self.norm_self(x) * (1 + scale) + shift, places, valid)
        x = x + self.conditioned(x, valid, words, words_mask, heard)
        return x + mlp_gate * self.mlp(self.norm_mlp(x) * (1 + mlp_scale) + mlp_shift)
