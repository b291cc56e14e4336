"""Teaching a generator's adapter by words alone what they mean for a motion (ours): see `WordsForetelling`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import torch
from lightning_fabric import Fabric
from torch import Tensor, nn
from torch.nn import functional

from engine.motion import ms272
from training.config import GeneratorConfig, GeneratorTraining, WordsTraining
from training.data.batches import ClipSampler, Told
from training.data.caption_table import CaptionTable
from training.data.captions import mirrored_caption
from training.data.composition.pool import composites_of
from training.data.predicates import PREDICATES
from training.data.shards import Shards
from training.models.autoencoder import MotionAutoencoder
from training.models.generator import new_generator
from training.models.layers import TextAdapter
from training.models.words_to_motion import WordsForetelling
from training.trainers.autoencoder import load_autoencoder
from training.trainers.checkpoint import WEIGHTS, load_average, save_weights
from training.trainers.loop import Losses, train

_STRETCHES = 4
"""Parts of a motion, one after the other, whose mean latents are its course."""

_VALIDATION_SEED = 2**31
_VALIDATED = 2048


class _Facts:
    """What is to be foretold of clips, as they are and mirrored: their course, and which predicates hold."""

    def __init__(
        self, sampler: ClipSampler, autoencoder: MotionAutoencoder, shards: Shards, max_seconds: float
    ) -> None:
        per_latent = autoencoder.config.frames_per_latent
        shortest = _STRETCHES * per_latent
        names = list(PREDICATES)
        swapped = [names.index(mirrored_caption(name)) for name in names]
        mean, std = shards.normalization
        self._places: dict[tuple[str, bool], int] = {}
        courses, verdicts = [], []
        for name, whole in sampler.clips():
            frames = max(min(len(whole), int(max_seconds * ms272.FPS)), shortest) // per_latent * per_latent
            missing = max(frames - len(whole), 0)  # of a glimpse, which stays as it ends
            features = np.pad(whole, ((0, missing), (0, 0)), mode="edge")[:frames]
            motion = ms272.decode(features.astype(np.float64))
            held = np.array([predicate.holds(motion) for predicate in PREDICATES.values()], dtype=np.float32)
            for mirror in (False, True):
                self._places[name, mirror] = len(courses)
                seen = ms272.mirrored(features) if mirror else features
                courses.append(_course(autoencoder, torch.from_numpy((seen - mean) / std)))
                verdicts.append(torch.from_numpy(held[swapped] if mirror else held))
        self.courses, self.verdicts = torch.stack(courses), torch.stack(verdicts)

    def of(self, told: list[Told]) -> tuple[Tensor, Tensor]:
        """Courses (B, C) and verdicts (B, P), each 0 or 1."""
        places = torch.tensor([self._places[one.name, one.mirror] for one in told])
        return self.courses[places], self.verdicts[places]


@torch.no_grad()
def _course(autoencoder: MotionAutoencoder, features: Tensor) -> Tensor:
    """(C,) the mean latents of the stretches of a clip (N, 272), and the latents' deviation."""
    latents = autoencoder.encode(features.float()[None])[0][0]
    return torch.cat([*(part.mean(dim=0) for part in torch.tensor_split(latents, _STRETCHES)), latents.std(dim=0)])


class _WordsTask:
    def __init__(self, config: WordsTraining, shards: Shards, fabric: Fabric) -> None:
        self._config, self._fabric = config, fabric
        autoencoder, _ = load_autoencoder(config.autoencoder)
        self._sampler = ClipSampler(shards, shards.of("train"), config.data, composites_of(shards, config.data))
        self._validation = ClipSampler(shards, shards.of("validation"), config.data)
        sentences = sorted({*self._sampler.all_captions(), *self._validation.all_captions()})
        self._captions = CaptionTable.cached(config.text_encoder, sentences, config.data.shards, config.word_embeddings)
        self._facts, self._facts_of_validation = (
            _Facts(sampler, autoencoder, shards, config.data.max_seconds)
            for sampler in (self._sampler, self._validation)
        )
        self._mean, self._std = self._facts.courses.mean(dim=0), self._facts.courses.std(dim=0).clamp(min=1e-6)

    def losses(self, model: nn.Module, draw: int) -> Losses:
        schedule = self._config.schedule
        return self._losses(model, self._facts, self._sampler.told(schedule.batch_size, schedule.seed, draw))

    def clip_names(self, draw: int) -> Sequence[str]:
        schedule = self._config.schedule
        return [one.name for one in self._sampler.told(schedule.batch_size, schedule.seed, draw)]

    def _losses(self, model: nn.Module, facts: _Facts, told: list[Told]) -> Losses:
        device = self._fabric.device
        foretold = model(*self._captions.look_up([one.caption for one in told], device))
        courses, verdicts = facts.of(told)
        course = functional.mse_loss(foretold.course.float(), ((courses - self._mean) / self._std).to(device))
        verdict = functional.binary_cross_entropy_with_logits(foretold.verdicts.float(), verdicts.to(device))
        return {"loss": course + verdict, "course": course, "verdicts": verdict}

    @torch.no_grad()
    def validate(self, model: nn.Module) -> Mapping[str, float]:
        """The losses on captions of the validation split's clips, always the same."""
        size = self._config.schedule.batch_size
        batches = [self._validation.told(size, _VALIDATION_SEED, number) for number in range(_VALIDATED // size + 1)]
        rows = [self._losses(model, self._facts_of_validation, told) for told in batches]
        return {name: float(torch.stack([row[name] for row in rows]).mean()) for name in rows[0]}


def train_words(config: WordsTraining, shards: Shards, folder: Path, **callbacks) -> None:  # noqa: ANN003
    """Train (or go on training) in `folder`; at the end `weights.safetensors` holds the averaged weights."""
    torch.manual_seed(config.schedule.seed)  # nn.Module's initialization takes no generator
    model = _new(config.model, load_autoencoder(config.autoencoder)[0])
    if config.base is not None:
        generator = new_generator(GeneratorTraining.read(config.base / "config.json").model)
        load_average(config.base, generator)
        model.adapter.load_state_dict(generator.adapter.state_dict())
    average = train(model, lambda fabric: _WordsTask(config, shards, fabric), config.schedule, folder, **callbacks)
    save_weights(folder / WEIGHTS, average.cpu(), {})


def taught_adapter(run: Path) -> TextAdapter:
    """The adapter of a run of `train_words`; UserError where it isn't trained."""
    config = WordsTraining.read(run / "config.json")
    model = _new(config.model, load_autoencoder(config.autoencoder)[0])
    load_average(run, model)
    return model.adapter


def _new(config: GeneratorConfig, autoencoder: MotionAutoencoder) -> WordsForetelling:
    return WordsForetelling(config, (_STRETCHES + 1) * autoencoder.config.latent_width, len(PREDICATES))
