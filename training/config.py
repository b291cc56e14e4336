"""Typed configurations: one TOML file per run, unknown keys refused, the resolved copy saved beside the weights."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from engine.errors import UserError
from engine.files import written_whole


class Config(BaseModel):
    """A frozen group of settings that refuses keys it doesn't know."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    @classmethod
    def read(cls, path: Path, changes: Sequence[str] = ()) -> Self:
        """Read a TOML or JSON file and the changes to it, "schedule.steps=100"; UserError with the first mistake."""
        try:
            text = path.read_text(encoding="utf-8")
            settings = json.loads(text) if path.suffix == ".json" else tomllib.loads(text)
            for change in changes:
                _change(settings, change)
            # As JSON, a list may stand for a tuple and a string for a path.
            return cls.model_validate_json(json.dumps(settings, default=str))
        except (OSError, ValueError) as error:
            if isinstance(error, ValidationError):
                raise UserError(_first_mistake(path, error)) from error
            raise UserError(f"{path} is not a readable configuration: {error}.") from error

    def save(self, path: Path) -> None:
        """Write the resolved settings as JSON."""
        with written_whole(path) as temporary:
            temporary.write_text(self.model_dump_json(indent=2), encoding="utf-8")


def _change(settings: dict[str, Any], change: str) -> None:
    """Set one value of nested settings; what is no TOML value is a string. UserError where it is no "key=value"."""
    key, equals, value = change.partition("=")
    if not equals or not key:
        raise UserError(f"“{change[:80]}” is no setting; write it as key=value, for example schedule.steps=100.")
    *groups, name = key.strip().split(".")
    for group in groups:
        settings = settings.setdefault(group, {})
        if not isinstance(settings, dict):
            raise UserError(f"“{change[:80]}” sets a part of {group}, which has none.")
    try:
        settings[name] = tomllib.loads(f"value = {value}")["value"]
    except tomllib.TOMLDecodeError:
        settings[name] = value


def _first_mistake(path: Path, error: ValidationError) -> str:
    first = error.errors()[0]
    place = [".".join(map(str, first["loc"]))] if first["loc"] else []
    return ": ".join([str(path), *place, f"{first['msg']}."])


class RunConfig(Config):
    """The settings of a training run, kept in its folder."""

    def open_run(self, folder: Path) -> None:
        """Make `folder` and save the settings there; UserError where it holds a run of another network.

        Schedule and data may change when a run goes on, its network may not.
        """
        saved = folder / "config.json"
        if saved.is_file() and type(self).read(saved).model_dump()["model"] != self.model_dump()["model"]:
            raise UserError(f"{folder} holds a run of another network; give another folder, or delete that one.")
        folder.mkdir(parents=True, exist_ok=True)
        self.save(saved)


class DataConfig(Config):
    """Where the clips come from and how many wordings each label gets."""

    archive: Path | None = None  # an archive or folder of clips; without one, `shards` must have been prepared
    shards: Path
    max_seconds: float = 8.0
    captions_per_label: int = 96
    caption_without_style: float = 0.15  # the share of examples whose caption leaves the style out
    balance: float = 0.5  # weight of a clip = (clips of its content)^-balance
    composed_share: float = Field(default=0.0, ge=0.0, le=1.0)  # of a training batch; validation has none
    composites: int = Field(default=6000, gt=0)  # how many different ones are made
    captions_per_composite: int = Field(default=3, gt=0)


class AutoencoderConfig(Config):
    """Section 2 of the methods; `halvings` 2 means 4 frames a latent."""

    variant: Literal["ae", "vae", "sae"] = "vae"
    features: int = 272
    width: int = 224
    depth: int = Field(default=3, ge=1, le=5)  # residual blocks between two halvings, of dilation 1, 3, 9 …
    halvings: int = Field(default=2, ge=1, le=3)
    latent_width: int = 16
    text_width: int = 384  # of the sentences that the class tokens of an `sae` are made of

    @property
    def frames_per_latent(self) -> int:
        return 2**self.halvings


class AutoencoderLossConfig(Config):
    """Weights of the terms beside the features' own; the paper's, but for the divergence (its 1e-5)."""

    kl: float = 1e-4
    semantic: float = 1e-3
    semantic_form: Literal["cosine", "infonce"] = "cosine"
    contrast_temperature: float = 0.07  # of `infonce`
    repetition: float = 0.995  # τ: a class token that is as like its predecessor as this counts no more
    joints: float = 1.0
    velocity: float = 10.0
    acceleration: float = 0.0  # ours: of the joints, which is what an eye sees as trembling


class GeneratorConfig(Config):
    """Sections 4 and 5 of the methods: transformer over latents, cross-attention on words; a flow head if masked.

    family: whether latents are filled in rounds or all at once. sink_mask: how often training hides the start token
    from cross-attention; where it is not 0, sampling always does.
    """

    family: Literal["masked-ar", "flow"] = "masked-ar"
    memory_slots: int = Field(default=0, ge=0, le=1024)
    local_conditioning: bool = False
    sink_mask: float = Field(default=0.0, ge=0.0, le=1.0)
    conditioning: Literal["cross-attention", "adaln"] = "cross-attention"  # `adaln`: an ablation, one pooled word
    pooling: Literal["mean", "last"] = "mean"  # of `adaln`'s word; `last` is CLIP's own
    latent_width: int = 16
    text_width: int = 384
    width: int = 256
    depth: int = 6
    heads: int = 4
    adapter_depth: int = 2
    flow_depth: int = 3  # of the masked family's flow head
    flow_width: int = 256

    @model_validator(mode="after")
    def _one_word_has_no_cross_attention(self) -> Self:
        others = self.family == "flow" or self.local_conditioning or self.memory_slots or self.sink_mask
        if self.conditioning == "adaln" and others:
            raise ValueError("conditioning “adaln” goes with the masked family alone, and with none of its switches")
        return self


class ScheduleConfig(Config):
    """How a network is trained: AdamW under a cosine with a linear warm-up, and an average of the weights.

    A step sees batch_size · accumulate · (processes) examples. Two processes see the same as one that accumulates two.
    """

    batch_size: int = Field(gt=0)
    accumulate: int = Field(default=1, gt=0)  # batches a step, one after the other
    steps: int
    learning_rate: float
    warm_up_steps: int = 500
    weight_decay: float = 0.02
    betas: tuple[float, float] = (0.9, 0.95)
    gradient_clip: float = 3.0
    ema_decay: float = 0.999
    seed: int = 0
    checkpoint_every_seconds: float = 180.0
    log_every_steps: int = 50
    precision: str = "bf16-mixed"
    accelerator: str = "auto"
    pictures_every_seconds: float = 600.0  # of sample motions, at the next checkpoint
    compile: bool = False  # by torch.compile: worth its minute on a GPU


class PolishConfig(Config):
    """The decoder of a finished run trained further, under an encoder that stays as it is (ours).

    A generator's latents are a little beside those that the encoder gives; a decoder that has met such latents makes
    calmer motion of them. latent_noise: how far beside, as a share of the latents' own deviation; with 0.15 small quick
    movements, such as a gentle wave, were half lost.
    """

    run: Path
    latent_noise: float = Field(default=0.08, ge=0.0)


class AutoencoderTraining(RunConfig):
    data: DataConfig
    model: AutoencoderConfig = AutoencoderConfig()
    loss: AutoencoderLossConfig = AutoencoderLossConfig()
    schedule: ScheduleConfig
    window_frames: int = Field(default=48, multiple_of=4)
    text_encoder: str = "minilm"  # of the labels that an `sae` is drawn to
    polish: PolishConfig | None = None

    @model_validator(mode="after")
    def _windows_hold_whole_latents(self) -> Self:
        if self.window_frames % self.model.frames_per_latent:
            raise ValueError(f"window_frames must be a multiple of {self.model.frames_per_latent}")
        return self


class ReflowConfig(Config):
    """Few steps instead of many: a student learns from what `teacher`, a run of the flow family, makes of noise.

    pairs: of noise and motion. guidance, flow_steps: of the teacher.
    """

    teacher: Path
    pairs: int = Field(default=4096, gt=0)
    guidance: float = 2.5
    flow_steps: int = Field(default=16, gt=0)


class WordsTraining(RunConfig):
    """The adapter of a generator taught by words alone what they mean for a motion; the generator begins with it."""

    data: DataConfig
    autoencoder: Path  # the run folder of a trained autoencoder
    model: GeneratorConfig = GeneratorConfig()
    schedule: ScheduleConfig
    text_encoder: str = "minilm"
    word_embeddings: Path | None = None
    base: Path | None = None  # the run folder of a generator whose adapter is taught further

    @model_validator(mode="after")
    def _one_word_needs_no_adapter(self) -> Self:
        if self.model.conditioning == "adaln":
            raise ValueError("conditioning “adaln” has no adapter that words could be taught to")
        return self


class GeneratorTraining(RunConfig):
    data: DataConfig
    autoencoder: Path  # the run folder of a trained autoencoder
    words: Path | None = None  # the run folder of `motionwright train words`, whose adapter this begins with
    model: GeneratorConfig = GeneratorConfig()
    schedule: ScheduleConfig
    text_encoder: str = "minilm"
    word_embeddings: Path | None = None  # of `motionwright train mate`, for this encoder
    text_dropout: float = 0.1  # captions that become the null prompt, for classifier-free guidance
    draws_per_target: int = 4
    reflow: ReflowConfig | None = None

    @model_validator(mode="after")
    def _only_the_flow_family_is_straightened(self) -> Self:
        if self.reflow is not None and self.model.family != "flow":
            raise ValueError("reflow goes with the flow family alone")
        return self
