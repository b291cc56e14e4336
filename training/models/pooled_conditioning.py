"""The ablation `adaln`: the sentence as one pooled token that shifts, scales and gates, instead of cross-attention.

MoLingo's table has it at FID 0.114 (CLIP) and 0.077 (T5), against 0.049 for cross-attention on all words.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from training.config import GeneratorConfig
from training.models.attention import Attention
from training.models.layers import mlp
from training.models.text import pooled


class PooledAdapter(nn.Module):
    """Words of the frozen encoder (B, L, D_text) to one word at model width (B, 1, D)."""

    def __init__(self, config: GeneratorConfig) -> None:
        super().__init__()
        self.last = config.pooling == "last"
        self.project = nn.Linear(config.text_width, config.width)
        self.norm = nn.LayerNorm(config.width)

    def forward(self, words: Tensor, words_mask: Tensor) -> Tensor:
        adapted: Tensor = self.norm(self.project(pooled(words, words_mask, last=self.last)))
        return adapted[:, None]


class PooledLayer(nn.Module):
    """Self-attention and MLP whose norms are shifted and scaled, and whose outputs are gated, by one word.

    The modulation begins as that of a plain layer: no shift, no scale, gates of one.
    """

    def __init__(self, config: GeneratorConfig) -> None:
        super().__init__()
        self.heads = config.heads
        self.norm_self = nn.LayerNorm(config.width, elementwise_affine=False)
        self.norm_mlp = nn.LayerNorm(config.width, elementwise_affine=False)
        self.self_attention, self.mlp = Attention(config.width, config.heads), mlp(config.width)
        self.modulation = nn.Linear(config.width, 6 * config.width)
        nn.init.zeros_(self.modulation.weight)
        with torch.no_grad():
            self.modulation.bias.view(6, -1).copy_(torch.tensor([0.0, 0.0, 1.0, 0.0, 0.0, 1.0])[:, None])

    def forward(
        self,
        x: Tensor,
        places: Tensor,
        valid: Tensor,
        words: Tensor,
        words_mask: Tensor,
        heard: list[Tensor] | None = None,
    ) -> Tensor:
        """(B, l, D), as of a layer with cross-attention; words: (B, 1, D). heard: gets zeros, no word is looked at."""
        shift, scale, gate, mlp_shift, mlp_scale, mlp_gate = self.modulation(functional.silu(words)).chunk(6, dim=-1)
        normed = self.norm_self(x) * (1 + scale) + shift
        x = x + gate * self.self_attention(normed, normed, valid, places)
        if heard is not None:
            heard.append(x.new_zeros(len(x), self.heads, x.shape[1], words_mask.shape[1]))
        return x + mlp_gate * self.mlp(self.norm_mlp(x) * (1 + mlp_scale) + mlp_shift)
