"""Training a generator, of either family, on the latents of a frozen autoencoder."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import torch
from lightning_fabric import Fabric
from torch import Tensor, nn
from torch.profiler import record_function

from training.config import GeneratorTraining
from training.data.batches import ClipSampler, MotionBatch
from training.data.caption_table import CaptionTable
from training.data.composition.pool import composites_of
from training.data.shards import Shards
from training.models.generator import new_generator
from training.models.masked import MaskedLosses
from training.models.sinking import sink_ratio, sunk_share
from training.models.whole_sequence import WholeSequenceLosses
from training.trainers.autoencoder import load_autoencoder
from training.trainers.checkpoint import WEIGHTS, save_weights
from training.trainers.loop import Losses, train
from training.trainers.reflow import Example, TeacherPairs, teacher_of
from training.trainers.words import taught_adapter

_VALIDATION_SEED = 2**31
_FRAMES_PER_VALID = 4  # of a batch, whatever the autoencoder's latents have
SINK_REFERENCE = "sink_reference"
"""Beside a generator's weights: its mean SinkRatio on the validation split, which sink-ctrl compares with."""

GeneratorLosses = MaskedLosses | WholeSequenceLosses


class _GeneratorTask:
    def __init__(self, config: GeneratorTraining, shards: Shards, fabric: Fabric, folder: Path) -> None:
        self._config, self._fabric = config, fabric
        self._autoencoder, statistics = load_autoencoder(config.autoencoder)
        self._autoencoder.to(fabric.device)
        self._latent_std = statistics["latent_std"].to(fabric.device)
        composites = composites_of(shards, config.data)
        self._sampler = ClipSampler(shards, shards.of("train"), config.data, composites)
        self._validation = ClipSampler(shards, shards.of("validation"), config.data)
        sentences = sorted({*self._sampler.all_captions(), *self._validation.all_captions()})
        self._captions = CaptionTable.cached(config.text_encoder, sentences, config.data.shards, config.word_embeddings)
        self._pairs = None
        if config.reflow is not None:
            size = config.schedule.batch_size
            self._pairs = TeacherPairs(config.reflow, size, self._asked, self._captions, folder)

    def losses(self, model: nn.Module, draw: int) -> Losses:
        schedule = self._config.schedule
        random = torch.Generator(self._fabric.device).manual_seed(schedule.seed + draw)
        if self._pairs is not None:  # the teacher's guidance is in them: the student needs no null prompt
            return _summed(self._losses(model, self._pairs.training(draw), random, 0.0))
        with record_function("data"):
            batch = self._sampler.captioned_batch(schedule.batch_size, schedule.seed, draw)
        return _summed(self._losses(model, self._encoded(batch, random), random, self._config.text_dropout))

    def clip_names(self, draw: int) -> Sequence[str]:
        schedule = self._config.schedule
        return self._sampler.captioned_batch(schedule.batch_size, schedule.seed, draw).names

    @torch.no_grad()
    def _encoded(self, batch: MotionBatch, random: torch.Generator) -> Example:
        """One draw of a batch's latents, of unit variance."""
        features, valid = self._whole_latents(batch)
        with self._fabric.autocast():
            mean, log_variance = self._autoencoder.encode(features.to(self._fabric.device))
        noise = torch.randn(mean.shape, generator=random, device=self._fabric.device)
        latents = (mean + (0.5 * log_variance).exp() * noise).float() / self._latent_std
        return Example(latents, valid, batch.captions)

    def _asked(self, number: int) -> tuple[Tensor, tuple[str, ...]]:
        """The valid latents (B, l) and the sentences of a batch."""
        batch = self._sampler.captioned_batch(self._config.schedule.batch_size, self._config.schedule.seed, number)
        return self._whole_latents(batch)[1], batch.captions

    def _losses(
        self,
        model: nn.Module,
        example: Example,
        random: torch.Generator,
        dropout: float,
        heard: list[Tensor] | None = None,
    ) -> GeneratorLosses:
        device = self._fabric.device
        latents, valid = example.latents.to(device), example.valid.to(device)
        dropped = torch.rand(len(latents), generator=random, device=device) < dropout
        sentences = tuple("" if drop else text for drop, text in zip(dropped.tolist(), example.captions, strict=True))
        words, words_mask = self._captions.look_up(sentences, device)
        own = {} if example.noise is None else {"noise": example.noise.to(device)}
        return model(latents, valid, words, words_mask, self._config.draws_per_target, random, heard, **own)

    def _whole_latents(self, batch: MotionBatch) -> tuple[Tensor, Tensor]:
        """Features (B, N, F), N a multiple of h, and valid (B, N/h): a latent must have all of its h frames."""
        h = self._autoencoder.config.frames_per_latent
        frames = batch.features.shape[1] // h * h
        valid_frames = batch.valid_latents.repeat_interleave(_FRAMES_PER_VALID, dim=1)[:, :frames]
        return batch.features[:, :frames], valid_frames.unflatten(1, (-1, h)).all(dim=-1)

    @torch.no_grad()
    def validate(self, model: nn.Module) -> Mapping[str, float]:
        """The losses on the validation split, and how far attention sinks into the start token; always with the same
        masks, times and noise.
        """
        random = torch.Generator(self._fabric.device).manual_seed(_VALIDATION_SEED)
        rows: list[Losses] = []
        for example in self._held_out(random):
            heard: list[Tensor] = []
            losses = _summed(self._losses(model, example, random, 0.0, heard))
            valid = example.valid.to(self._fabric.device).repeat(len(heard[0]) // len(example.captions), 1)
            rows.append({**losses, "sink_ratio": sink_ratio(heard, valid), "sunk_share": sunk_share(heard, valid)})
        return {name: float(torch.stack([row[name] for row in rows]).mean()) for name in rows[0]}

    def _held_out(self, random: torch.Generator) -> Iterator[Example]:
        if self._pairs is not None:
            yield from self._pairs.validation()
            return
        for batch in self._validation.captioned_batches(self._config.schedule.batch_size, _VALIDATION_SEED, 0):
            yield self._encoded(batch, random)


def _summed(losses: GeneratorLosses) -> Losses:
    parts: dict[str, Tensor] = losses._asdict()
    return {"loss": torch.stack(list(parts.values())).sum(), **parts}


def train_generator(config: GeneratorTraining, shards: Shards, folder: Path, **callbacks) -> None:  # noqa: ANN003
    """Train (or go on training) in `folder`; at the end `weights.safetensors` holds the averaged weights."""
    torch.manual_seed(config.schedule.seed)  # nn.Module's initialization takes no generator
    tasks: list[_GeneratorTask] = []

    def make_task(fabric: Fabric) -> _GeneratorTask:
        tasks.append(_GeneratorTask(config, shards, fabric, folder))
        return tasks[0]

    model = new_generator(config.model) if config.reflow is None else teacher_of(config.reflow)
    if config.words is not None:
        # It stays as it was taught: a generator hears each wording too seldom to know it better, and would forget some.
        model.adapter.load_state_dict(taught_adapter(config.words).state_dict())
        model.adapter.requires_grad_(requires_grad=False)
    average = train(model, make_task, config.schedule, folder, **callbacks)
    reference = tasks[0].validate(average)["sink_ratio"]
    save_weights(folder / WEIGHTS, average.cpu(), {SINK_REFERENCE: torch.tensor(reference)})
