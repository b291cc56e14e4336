"""Attention that sinks into the start token of the text, and the mask that keeps it from there (MLA-Gen)."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

_SUNK = 0.3
"""A latent whose weight on the start token exceeds this is said to have sunk."""


def start_hidden(words_mask: Tensor, hide: Tensor | None = None) -> Tensor:
    """words_mask (B, L) without the start token of each text, but for texts of one token.

    hide: (B,) True for the texts that it is done to; None for all.
    """
    # The place, not `words_mask[:, 0]`: written as a product it can be traced with any length.
    is_start = torch.arange(words_mask.shape[1], device=words_mask.device) == 0
    has_others = words_mask.sum(dim=1) > 1
    hidden = has_others if hide is None else has_others & hide
    return words_mask & ~(is_start[None] & hidden[:, None])


def sink_ratio(weights: Sequence[Tensor], valid: Tensor) -> Tensor:
    """SinkRatio: the mean weight on the start token over layers, heads and the valid (B, l) latents.

    weights: (B, H, l, L) of each layer.
    """
    return torch.stack([_on_start(layer, valid).mean() for layer in weights]).mean()


def sunk_share(weights: Sequence[Tensor], valid: Tensor) -> Tensor:
    """The share of (layer, head, valid latent) whose weight on the start token exceeds 0.3."""
    return torch.stack([(_on_start(layer, valid) > _SUNK).float().mean() for layer in weights]).mean()


def _on_start(layer: Tensor, valid: Tensor) -> Tensor:
    """(M, H) the weights of the M valid latents on the first token, by head."""
    return layer[..., 0].transpose(1, 2)[valid]
