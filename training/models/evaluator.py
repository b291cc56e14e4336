"""Text and motion in one space: the retrieval model that judges others (TMR, Petrovich et al. 2023).

Both encoders give a Gaussian over the space; a decoder, used in training only, rebuilds the motion from its point, so
that the space keeps how a motion is done, and not merely which caption it has.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional

from training.evaluation.config import EvaluatorConfig
from training.models.attention import sinusoid
from training.models.flow_head import FlowBlock
from training.models.layers import AdapterLayer

_DECODER_BLOCKS = 2
_REBUILT_EVERY = 4


class Gaussian(NamedTuple):
    """mean and log_variance: (B, D)."""

    mean: Tensor
    log_variance: Tensor

    def draw(self, random: torch.Generator) -> Tensor:
        """(B, D) one sample of each row."""
        noise = torch.randn(self.mean.shape, generator=random, device=self.mean.device)
        return self.mean + (0.5 * self.log_variance).exp() * noise


class SequenceEncoder(nn.Module):
    """A sequence (B, L, C) and its mask (B, L) to a Gaussian (B, D): two learned tokens in front ask for it."""

    def __init__(self, channels: int, depth: int, config: EvaluatorConfig) -> None:
        super().__init__()
        self.width = config.width
        self.embed = nn.Linear(channels, config.width)
        self.questions = nn.Parameter(0.02 * torch.randn(2, config.width))
        self.layers = nn.ModuleList(AdapterLayer(config.width, config.heads) for _ in range(depth))
        self.norm = nn.LayerNorm(config.width)
        self.mean = nn.Linear(config.width, config.embedding_width)
        self.log_variance = nn.Linear(config.width, config.embedding_width)

    def forward(self, sequence: Tensor, mask: Tensor) -> Gaussian:
        x = self.states(sequence, mask)
        return Gaussian(self.mean(x[:, 0]), self.log_variance(x[:, 1]).clamp(-12.0, 4.0))

    def states(self, sequence: Tensor, mask: Tensor) -> Tensor:
        """(B, 2 + L, W): of the two questions, then of every element."""
        places = sinusoid(torch.arange(sequence.shape[1], device=sequence.device), self.width)
        questions = self.questions.expand(len(sequence), -1, -1)
        x = torch.cat([questions, self.embed(sequence) + places], dim=1)
        mask = torch.cat([mask.new_ones(len(mask), 2), mask], dim=1)
        for layer in self.layers:
            x = layer(x, mask)
        return self.norm(x)


class PatchDecoder(nn.Module):
    """Every fourth frame of the motion that a point of the space (B, D) stands for, patch by patch (B, n, P)."""

    def __init__(self, config: EvaluatorConfig) -> None:
        super().__init__()
        self.width = config.width
        self.place = nn.Linear(2 * config.width, config.width)
        self.condition = nn.Linear(config.embedding_width, config.width)
        self.blocks = nn.ModuleList(FlowBlock(config.width) for _ in range(_DECODER_BLOCKS))
        self.out = nn.Linear(config.width, config.frames_per_patch // _REBUILT_EVERY * config.features)

    def forward(self, latent: Tensor, valid: Tensor) -> Tensor:
        from_start = torch.cumsum(valid.to(torch.float32), dim=1) - 1.0
        to_end = valid.to(torch.float32).sum(dim=1, keepdim=True) - 1.0 - from_start
        x = self.place(torch.cat([sinusoid(from_start, self.width), sinusoid(to_end, self.width)], dim=-1))
        condition = functional.silu(self.condition(latent))[:, None]
        for block in self.blocks:
            x = block(x + condition, condition)
        return self.out(x)


class EvaluatorModel(nn.Module):
    """The two encoders, which are what is kept of a training."""

    def __init__(self, config: EvaluatorConfig) -> None:
        super().__init__()
        self.config = config
        self.motion = SequenceEncoder(config.frames_per_patch * config.features, config.motion_depth, config)
        self.text = SequenceEncoder(config.text_width, config.text_depth, config)

    def encode_motion(self, features: Tensor, valid: Tensor) -> Gaussian:
        """Of normalized features (B, N, F), N a multiple of the patch, with `valid` (B, N / patch)."""
        return self.motion(self.patches(features), valid)

    def encode_text(self, words: Tensor, mask: Tensor) -> Gaussian:
        """Of the frozen encoder's words (B, L, D_text) and their mask (B, L)."""
        return self.text(words, mask)

    def patches(self, features: Tensor, every: int = 1) -> Tensor:
        """(B, N / patch, patch / every · F): of each patch, its frames 0, every, 2 · every …"""
        return features.unflatten(1, (-1, self.config.frames_per_patch))[:, :, ::every].flatten(2)


class TrainedEvaluatorModel(nn.Module):
    """The evaluator with the decoder that training needs."""

    def __init__(self, config: EvaluatorConfig) -> None:
        super().__init__()
        self.evaluator = EvaluatorModel(config)
        self.decoder = PatchDecoder(config)

    def reconstruction(self, latent: Tensor, features: Tensor, valid: Tensor) -> Tensor:
        """The error of rebuilding normalized features (B, N, F) with `valid` (B, N / patch) from points (B, D)."""
        target = self.evaluator.patches(features, _REBUILT_EVERY)
        return functional.smooth_l1_loss(self.decoder(latent, valid)[valid], target[valid])
