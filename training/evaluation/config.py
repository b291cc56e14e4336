"""Settings of an evaluator and of its training."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import Field, model_validator

from training.config import Config, DataConfig, RunConfig, ScheduleConfig

Protocol = Literal["ms-272", "tmr-263", "mardm-67"]


class EvaluatorConfig(Config):
    """Section 8 of the methods: a text and a motion encoder into one space, after TMR (Petrovich et al. 2023)."""

    protocol: Protocol = "ms-272"
    features: int = 272
    frames_per_patch: int = 8
    text_width: int = 384
    width: int = 128
    heads: int = 4
    motion_depth: int = 4
    text_depth: int = 2
    embedding_width: int = 128

    @model_validator(mode="after")
    def _fits_the_protocol(self) -> Self:
        width = {"ms-272": 272, "tmr-263": 263, "mardm-67": 67}[self.protocol]
        if self.features != width:
            raise ValueError(f"{self.protocol} has {width} features, not {self.features}")
        if self.frames_per_patch % 4:
            raise ValueError("frames_per_patch must be a multiple of 4")
        return self


class EvaluatorLossConfig(Config):
    """Weights beside the reconstruction's 1. temperature: TMR's, of the contrast."""

    contrast: float = 0.1
    temperature: float = 0.1
    kl: float = 1e-4
    latent: float = 1e-2


class EvaluatorTraining(RunConfig):
    """pooled_examples: how many different ones there are, where the protocol's features are slow to make."""

    data: DataConfig
    model: EvaluatorConfig = EvaluatorConfig()
    loss: EvaluatorLossConfig = EvaluatorLossConfig()
    schedule: ScheduleConfig
    text_encoder: str = "minilm"
    pooled_examples: int = Field(default=3072, gt=0)
