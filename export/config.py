"""What a bundle says about itself, and how it is sampled where a request says nothing else."""

from __future__ import annotations

from pydantic import field_validator

from engine.bundle.manifest import PRESETS
from training.config import Config


class PresetConfig(Config):
    """`engine.bundle.Preset`."""

    guidance: float
    flow_steps: int
    tokens_per_round: float | None = None
    solver: str | None = None
    time_grid: str | None = None
    sink_control: float = 0.0


class ExportConfig(Config):
    name: str
    version: str
    license: str
    attributions: tuple[str, ...]
    vocabulary_notes: str
    presets: dict[str, PresetConfig]
    default_seconds: float = 4.0
    exact: bool = False  # the transformer in float16 and no integers: the map of the words is torch's within 1e-3

    @field_validator("presets")
    @classmethod
    def _complete(cls, presets: dict[str, PresetConfig]) -> dict[str, PresetConfig]:
        missing = [name for name in PRESETS if name not in presets]
        if missing:
            raise ValueError(f"the preset “{missing[0]}” is missing")
        return presets
