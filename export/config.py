"""What a bundle says about itself, and how it is sampled where a request says nothing else."""

from __future__ import annotations

from training.config import Config


class ExportConfig(Config):
    name: str
    version: str
    license: str
    attributions: tuple[str, ...]
    vocabulary_notes: str
    guidance: float = 5.5
    flow_steps: int = 8
    tokens_per_round: int = 5
    default_seconds: float = 4.0
