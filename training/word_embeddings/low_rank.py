"""LoRA (Hu et al. 2022) on an encoder's attention: one of the paper's ablations of what to train."""

from __future__ import annotations

import torch
from torch import Tensor, nn

_QUERIES_AND_VALUES = frozenset({"query", "value", "q", "v", "q_lin", "v_lin", "q_proj", "v_proj"})
"""What transformers' models call the two projections that the paper adapts."""


class LowRank(nn.Module):
    """y = W x + b + B A x, with A (r, in) drawn and B (out, r) zero at first; W and b stay frozen."""

    def __init__(self, frozen: nn.Linear, rank: int) -> None:
        super().__init__()
        self.frozen = frozen
        self.down = nn.Parameter(torch.randn(rank, frozen.in_features) / rank)
        self.up = nn.Parameter(torch.zeros(frozen.out_features, rank))

    def forward(self, x: Tensor) -> Tensor:
        return torch.add(self.frozen(x), nn.functional.linear(nn.functional.linear(x, self.down), self.up))

    @property
    def weight(self) -> Tensor:
        """The frozen weight; some models ask for its type."""
        return self.frozen.weight


def add_low_rank(model: nn.Module, rank: int) -> None:
    """Put an adapter on every attention's query and value projection."""
    found = [(module, name) for module in model.modules() for name, child in module.named_children()
             if name in _QUERIES_AND_VALUES and isinstance(child, nn.Linear)]  # fmt: skip
    for module, name in found:
        setattr(module, name, LowRank(getattr(module, name), rank))
