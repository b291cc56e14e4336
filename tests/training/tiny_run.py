"""Configurations of the smallest networks that are still of the same make, to be trained for a few steps."""

from __future__ import annotations

from pathlib import Path

from tests.training.tiny_text import WIDTH as TEXT_WIDTH

STEPS = 2

_DATA = """
[data]
archive = {archive!r}
shards = {shards!r}
captions_per_label = 4
max_seconds = 2.0
"""

_SCHEDULE = """
[schedule]
batch_size = 4
steps = {steps}
learning_rate = 1e-3
warm_up_steps = 2
log_every_steps = 1
checkpoint_every_seconds = {every}
precision = {precision!r}
accelerator = "cpu"
"""


def autoencoder_toml(
    archive: Path,
    shards: Path,
    steps: int = STEPS,
    precision: str = "32-true",
    every: float = 180.0,
    variant: str = "vae",
    text_encoder: Path | str = "minilm",
) -> str:
    return (
        f"window_frames = 16\ntext_encoder = {str(text_encoder)!r}\n"
        + _DATA.format(archive=str(archive), shards=str(shards))
        + f"[model]\nvariant = {variant!r}\nwidth = 8\nlatent_width = 4\ntext_width = {TEXT_WIDTH}\n"
        + _SCHEDULE.format(steps=steps, precision=precision, every=every)
    )


def generator_toml(
    archive: Path,
    shards: Path,
    autoencoder: Path,
    text_encoder: Path | str,
    steps: int = STEPS,
    precision: str = "32-true",
    every: float = 180.0,
    text_width: int = TEXT_WIDTH,
) -> str:
    return (
        f"autoencoder = {str(autoencoder)!r}\ntext_encoder = {str(text_encoder)!r}\n"
        + _DATA.format(archive=str(archive), shards=str(shards))
        + f"[model]\nlatent_width = 4\ntext_width = {text_width}\nwidth = 32\ndepth = 1\nheads = 2\n"
        + "adapter_depth = 1\nflow_depth = 1\nflow_width = 32\n"
        + _SCHEDULE.format(steps=steps, precision=precision, every=every)
    )
