"""Sample motions of a run while it trains, as strips of stick figures in its folder."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import torch

from engine.motion import ms272
from engine.motion.motion import Motion
from engine.requests import SamplingOptions
from training.config import AutoencoderTraining, GeneratorTraining
from training.data.captions import captions
from training.data.drawing import draw_strips
from training.data.shards import ClipRow, Shards
from training.models.autoencoder import MotionAutoencoder
from training.trainers.checkpoint import LATEST, average_of_checkpoint

FOLDER = "pictures"
_MOTIONS = 3
_SECONDS = 4.0

Draw = Callable[[], list[tuple[str, Motion]]]


def drawn_now_and_then(run: Path, every_seconds: float, last_step: int, draw: Draw) -> Callable[[int], None]:
    """What a training loop may call at every checkpoint: strips at the first, the last, and now and then between."""
    drawn_at: float | None = None

    def on_checkpoint(step: int) -> None:
        nonlocal drawn_at
        if drawn_at is None or step == last_step or time.monotonic() - drawn_at > every_seconds:
            (run / FOLDER).mkdir(exist_ok=True)
            draw_strips(draw(), run / FOLDER / f"step-{step:07d}.png")
            drawn_at = time.monotonic()

    return on_checkpoint


def reconstructed(config: AutoencoderTraining, run: Path, shards: Shards) -> list[tuple[str, Motion]]:
    """Clips of the validation split as they are, each with what the latest checkpoint makes of it."""
    model = MotionAutoencoder(config.model)
    average_of_checkpoint(run / LATEST, model)
    mean, std = shards.normalization
    motions = []
    for row in _various(shards):
        whole = (len(shards.clip_features(row)) // config.model.frames_per_latent) * config.model.frames_per_latent
        features = shards.clip_features(row)[: min(whole, int(_SECONDS * ms272.FPS))]
        with torch.inference_mode():
            normalized = torch.from_numpy((features - mean) / std)[None]
            decoded = model.decode(model.encode(normalized)[0])[0].numpy() * std + mean
        motions += [(f"{row.content}, real", ms272.decode(features)), ("decoded", ms272.decode(decoded))]
    return motions


def generated(config: GeneratorTraining, run: Path, shards: Shards) -> list[tuple[str, Motion]]:
    """Answers of the latest checkpoint to captions of the validation split, always from the same seed."""
    from training.evaluation.subjects import open_subject

    subject = open_subject(run)
    motions = []
    for row in _various(shards):
        known = row.captions or tuple(captions(row.content, row.style, config.data.captions_per_label, True))
        seconds = min(_SECONDS, subject.longest_seconds)
        motions.append((known[0], subject.answer(known[0], seconds, 0, SamplingOptions()).motions[0]))
    return motions


def _various(shards: Shards) -> list[ClipRow]:
    """A few clips of the validation split, no two of one content while there are others."""
    rows = [row for row in shards.of("validation") if row.frames >= 2 * ms272.FPS] or shards.of("validation")
    first_of = {row.content: row for row in reversed(rows)}
    chosen = sorted(first_of.values(), key=lambda row: row.name)
    return chosen[:: max(1, len(chosen) // _MOTIONS)][:_MOTIONS]
