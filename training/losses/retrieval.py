"""What an evaluator is trained with: a contrast that forgives captions which mean the same, and TMR's other terms."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional


def forgiving_contrast(text: Tensor, motion: Tensor, forgiven: Tensor, temperature: float) -> Tensor:
    """Symmetric InfoNCE of paired rows (B, D); a scalar.

    forgiven: (B, B), True where text i may as well describe motion j; such a pair is neither pulled nor pushed. Its
    diagonal is not looked at.
    """
    similarity = functional.normalize(text, dim=-1) @ functional.normalize(motion, dim=-1).T / temperature
    own = torch.eye(len(text), dtype=torch.bool, device=text.device)
    similarity = similarity.masked_fill(forgiven & ~own, float("-inf"))
    target = torch.arange(len(text), device=text.device)
    return 0.5 * (functional.cross_entropy(similarity, target) + functional.cross_entropy(similarity.T, target))


def gaussian_kl(mean: Tensor, log_variance: Tensor, other_mean: Tensor, other_log_variance: Tensor) -> Tensor:
    """KL(N(μ, σ²) ‖ N(μ', σ'²)), averaged: ½ · (log σ'²/σ² + (σ² + (μ − μ')²) / σ'² − 1)."""
    ratio = (log_variance - other_log_variance).exp()
    shift = (mean - other_mean) ** 2 / other_log_variance.exp()
    return 0.5 * torch.mean(ratio + shift - 1.0 + other_log_variance - log_variance)
