"""Settings of `motionwright train all`."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Self

from pydantic import Field, model_validator

from training.config import (
    AutoencoderConfig,
    AutoencoderLossConfig,
    AutoencoderTraining,
    Config,
    DataConfig,
    GeneratorConfig,
    GeneratorTraining,
    PolishConfig,
    ScheduleConfig,
    WordsTraining,
)


class AutoencoderPart(Config):
    """model: that of the run that is trained further, where there is one, instead of this."""

    model: AutoencoderConfig = AutoencoderConfig()
    loss: AutoencoderLossConfig = AutoencoderLossConfig()
    schedule: ScheduleConfig
    window_frames: int = 48


class DecoderPart(Config):
    """The decoder trained further on latents such as a generator makes, `training.config.PolishConfig`."""

    latent_noise: float = 0.08
    loss: AutoencoderLossConfig = AutoencoderLossConfig(acceleration=8.0)
    schedule: ScheduleConfig


class GeneratorPart(Config):
    """model, text_encoder: those of the run that is trained further, where there is one, instead of these."""

    model: GeneratorConfig = GeneratorConfig()
    schedule: ScheduleConfig
    text_encoder: str = "minilm"


class WordsPart(Config):
    """The generator's adapter taught by words alone, before the generator; without this part it isn't."""

    schedule: ScheduleConfig


class MeasuringPart(Config):
    repeats: int = Field(default=5, ge=1)
    prompts: int = Field(default=100, ge=8)


class Preset(Config):
    guidance: float
    flow_steps: int
    tokens_per_round: float


class StudioTraining(Config):
    """Everything that `train all` does after reading the clips.

    presets: how the model is sampled; what is trained further from a bundle keeps that bundle's.
    """

    max_seconds: float = 8.0
    captions_per_label: int = 96
    composed_share: float = 0.3
    composites: int = 1500
    autoencoder: AutoencoderPart
    decoder: DecoderPart
    words: WordsPart | None = None
    generator: GeneratorPart
    measuring: MeasuringPart = MeasuringPart()
    presets: dict[str, Preset]

    @model_validator(mode="after")
    def _words_need_an_adapter(self) -> Self:
        if self.words is not None and self.generator.model.conditioning == "adaln":
            raise ValueError("conditioning “adaln” has no adapter that [words] could be taught to; leave one out")
        return self


def autoencoder_training(
    studio: StudioTraining, data: DataConfig, base: AutoencoderTraining | None
) -> AutoencoderTraining:
    """The settings of the autoencoder's run."""
    part = studio.autoencoder
    return AutoencoderTraining(
        data=data,
        model=base.model if base else part.model,
        loss=base.loss if base else part.loss,
        schedule=part.schedule,
        window_frames=base.window_frames if base else part.window_frames,
        text_encoder=base.text_encoder if base else studio.generator.text_encoder,
    )


def decoder_training(studio: StudioTraining, autoencoder: AutoencoderTraining, run: Path) -> AutoencoderTraining:
    """The settings of the run that polishes the decoder of `run`, an autoencoder's with these settings."""
    part = studio.decoder
    polish = PolishConfig(run=run, latent_noise=part.latent_noise)
    return autoencoder.model_copy(update={"loss": part.loss, "schedule": part.schedule, "polish": polish})


def words_training(
    studio: StudioTraining, data: DataConfig, autoencoder: Path, base: Path | None
) -> WordsTraining | None:
    """The settings of the run of words, on the autoencoder of another run; None where there shall be none.

    base: the generator's run that is trained further; nothing can be taught to one without an adapter.
    """
    if studio.words is None:
        return None
    own = {"model": studio.generator.model, "text_encoder": studio.generator.text_encoder}
    kept = _kept(GeneratorTraining.read(base / "config.json") if base else None)
    if kept and kept["model"].conditioning == "adaln":
        return None
    return WordsTraining(data=data, autoencoder=autoencoder, schedule=studio.words.schedule, base=base, **(own | kept))


def generator_training(
    studio: StudioTraining, data: DataConfig, autoencoder: Path, words: Path | None, base: GeneratorTraining | None
) -> GeneratorTraining:
    """The settings of the generator's run on the runs of an autoencoder and, where there is one, of words."""
    part = studio.generator
    settings = GeneratorTraining(
        data=data,
        autoencoder=autoencoder,
        words=words,
        model=part.model,
        schedule=part.schedule,
        text_encoder=part.text_encoder,
    )
    return settings.model_copy(update=_kept(base))


def _kept(base: GeneratorTraining | None) -> dict[str, Any]:
    """What a generator that is trained further must stay."""
    return {name: getattr(base, name) for name in ("model", "text_encoder", "word_embeddings")} if base else {}
