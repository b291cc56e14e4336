"""What the families of generators have in common: the words' adapter, and which of the words the motion may hear."""

from __future__ import annotations

from typing import NamedTuple

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


class Foretold(NamedTuple):
    """course: (B, C) of the motions. verdicts: (B, P) the logits of the predicates."""

    course: Tensor
    verdicts: Tensor


class WordsForetelling(nn.Module):
    """An adapter that learns from words alone: a linear map of its mean word foretells what the motion will be (ours).

    A generator hears of a rare wording once in thousands of steps, and most of a step goes into motion. Of words alone
    a step sees hundreds.
    """

    def __init__(self, config: GeneratorConfig, course_width: int, predicates: int) -> None:
        super().__init__()
        self.adapter = TextAdapter(config)
        self.course = nn.Linear(config.width, course_width)
        self.verdicts = nn.Linear(config.width, predicates)

    def forward(self, words: Tensor, words_mask: Tensor) -> Foretold:
        """words: (B, L, D_text) of the frozen encoder, words_mask: (B, L). The start token says nothing here, since
        sink-mask hides it.
        """
        heard = start_hidden(words_mask)[..., None]
        mean = (self.adapter(words, words_mask) * heard).sum(dim=1) / heard.sum(dim=1).clamp(min=1)
        return Foretold(self.course(mean), self.verdicts(mean))
