"""What the families of generators have in common: the words' adapter, and which of the words the motion may hear."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from training.config import GeneratorConfig
from training.models.layers import TextAdapter
from training.models.pooled_conditioning import PooledAdapter
from training.models.sinking import start_hidden


class WordsToMotion(nn.Module):
    """The base of the generators."""

    def __init__(self, config: GeneratorConfig) -> None:
        super().__init__()
        self.config = config
        self.adapter = PooledAdapter(config) if config.conditioning == "adaln" else TextAdapter(config)

    def audible(self, words_mask: Tensor, random: torch.Generator | None = None) -> Tensor:
        """(B, L) the words of words_mask (B, L) that cross-attention may look at: sink-mask, where it is switched on.

        In training the start token is hidden with the configured probability, else always.
        """
        if not self.config.sink_mask:
            return words_mask
        if not self.training or random is None:
            return start_hidden(words_mask)
        drawn = torch.rand(len(words_mask), generator=random, device=words_mask.device)
        return start_hidden(words_mask, drawn < self.config.sink_mask)
