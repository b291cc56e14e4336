"""Settings of a training of word embeddings: what is trained, where words are looked for, what every loss counts."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import Field

from training.config import Config, DataConfig, RunConfig, ScheduleConfig
from training.word_embeddings.motion_words import MotionWordsConfig

Trained = Literal["none", "embeddings", "rest", "all", "lora"]
Prior = Literal["none", "binary", "full", "segment"]


class MateConfig(Config):
    """trained: what of the text encoder; the paper's ablation. prior: where the localization is drawn to.

    prior_strength: ω. heads: of the localization's attention. lora_rank: of `trained = "lora"` alone.
    """

    trained: Trained = "embeddings"
    prior: Prior = "segment"
    prior_strength: float = Field(default=4.0, ge=0.0)
    heads: int = Field(default=4, gt=0)
    lora_rank: int = Field(default=8, gt=0)


class MateLossConfig(Config):
    """L = reconstruction · L_rec + ω_1 · (self + cross + align, each with its weight) + ω_2 · L_sent, MATE's design 4.

    temperature: of the contrast with prototypes and between words. sentence_temperature: of L_sent.
    """

    reconstruction: float = Field(default=1.0, ge=0.0)
    of_words: float = Field(default=0.2, ge=0.0)
    self_decoupling: float = Field(default=1.0, ge=0.0)
    cross_decoupling: float = Field(default=1.0, ge=0.0)
    alignment: float = Field(default=1.0, ge=0.0)
    sentence: float = Field(default=1.0, ge=0.0)
    temperature: float = Field(default=0.1, gt=0.0)
    sentence_temperature: float = Field(default=0.1, gt=0.0)


class MateTraining(RunConfig):
    """evaluator: the frozen retrieval model's file, for MS-272; without one, the project's.

    segmented_composites: how many composites are segmented, and so how many are drawn from. near_captions: the share of
    examples that differ from the one before in a single motion word of the caption.
    """

    data: DataConfig
    model: MateConfig = MateConfig()
    loss: MateLossConfig = MateLossConfig()
    words: MotionWordsConfig = MotionWordsConfig()
    schedule: ScheduleConfig
    text_encoder: str = "minilm"
    evaluator: Path | None = None
    segmented_composites: int = Field(default=1500, gt=0)
    near_captions: float = Field(default=0.0, ge=0.0, lt=1.0)
