"""Training an evaluator: InfoNCE that forgives alike captions, reconstruction, and TMR's pull between the encoders."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import torch
from lightning_fabric import Fabric
from torch import Tensor, nn
from torch.nn import functional

from training.data.batches import ClipSampler
from training.data.caption_table import CaptionTable
from training.data.shards import Shards
from training.evaluation.config import EvaluatorTraining
from training.evaluation.evaluator import save_evaluator
from training.evaluation.meanings import CaptionMeanings
from training.losses.retrieval import forgiving_contrast, gaussian_kl
from training.models.evaluator import Gaussian, TrainedEvaluatorModel
from training.trainers.evaluator_features import BATCHES_IN_GROUP, EvaluatorBatch, EvaluatorBatches, evaluator_batches
from training.trainers.loop import Losses, train

EVALUATOR = "evaluator.safetensors"
_VALIDATION_SEED = 2**31


class _EvaluatorTask:
    def __init__(
        self, config: EvaluatorTraining, shards: Shards, sampler: ClipSampler, batches: EvaluatorBatches, fabric: Fabric
    ) -> None:
        self._config, self._batches, self._fabric = config, batches, fabric
        self._validation = ClipSampler(shards, shards.of("validation"), config.data)
        sentences = sorted({*sampler.all_captions(), *self._validation.all_captions()})
        self._captions = CaptionTable.cached(config.text_encoder, sentences, config.data.shards)
        labels = {(row.content, row.style) for row in shards.rows if not row.captions}
        self._meanings = CaptionMeanings(labels, config.data.captions_per_label)
        self._group: tuple[int, list[EvaluatorBatch]] = (-1, [])

    def losses(self, model: nn.Module, draw: int) -> Losses:
        schedule = self._config.schedule
        group, index = divmod(draw, BATCHES_IN_GROUP)
        if self._group[0] != group:
            self._group = (group, self._batches.group(schedule.seed, group))
        random = torch.Generator(self._fabric.device).manual_seed(schedule.seed + draw)
        return self._losses(model, self._group[1][index], random)

    def _encoded(self, model: nn.Module, batch: EvaluatorBatch) -> tuple[Gaussian, Gaussian, Tensor, Tensor]:
        """The Gaussians of captions and motions, and what the latter were made of: features and valid patches."""
        device = self._fabric.device
        words, words_mask = self._captions.look_up(batch.captions, device)
        features, valid = batch.features.to(device), batch.valid.to(device)
        text = model.evaluator.encode_text(words, words_mask)
        return text, model.evaluator.encode_motion(features, valid), features, valid

    def _losses(self, model: nn.Module, batch: EvaluatorBatch, random: torch.Generator) -> Losses:
        weights = self._config.loss
        text, motion, features, valid = self._encoded(model, batch)
        text_latent, motion_latent = text.draw(random), motion.draw(random)
        reconstruction = model.reconstruction(motion_latent, features, valid)
        forgiven = torch.from_numpy(self._meanings.alike_matrix(batch.captions)).to(self._fabric.device)
        contrast = forgiving_contrast(text_latent, motion_latent, forgiven, weights.temperature)
        nought = Gaussian(torch.zeros_like(text.mean), torch.zeros_like(text.mean))
        pairs = ((text, motion), (motion, text), (text, nought), (motion, nought))
        kl = torch.stack([gaussian_kl(*one, *other) for one, other in pairs]).sum()
        latent = functional.smooth_l1_loss(text_latent, motion_latent)
        loss = reconstruction + weights.contrast * contrast + weights.kl * kl + weights.latent * latent
        return {"loss": loss, "reconstruction": reconstruction, "contrast": contrast, "kl": kl, "latent": latent}

    @torch.no_grad()
    def validate(self, model: nn.Module) -> Mapping[str, float]:
        """The losses on the validation split, and R@1 of the batches themselves, alike captions forgiven."""
        random = torch.Generator(self._fabric.device).manual_seed(_VALIDATION_SEED)
        batches = self._batches.held_out(self._validation, _VALIDATION_SEED)
        rows = [self._losses(model, batch, random) | {"top_1": self._top_1(model, batch)} for batch in batches]
        return {name: float(np.mean([float(row[name]) for row in rows])) for name in rows[0]}

    def _top_1(self, model: nn.Module, batch: EvaluatorBatch) -> Tensor:
        text, motion, _, _ = self._encoded(model, batch)
        found = (functional.normalize(text.mean, dim=-1) @ functional.normalize(motion.mean, dim=-1).T).argmax(dim=1)
        alike = torch.from_numpy(self._meanings.alike_matrix(batch.captions)).to(found.device)
        return alike[torch.arange(len(found)), found].float().mean()


def train_evaluator(config: EvaluatorTraining, shards: Shards, folder: Path, **callbacks) -> None:  # noqa: ANN003
    """Train (or go on training) in `folder`; at the end `evaluator.safetensors` holds the averaged encoders."""
    torch.manual_seed(config.schedule.seed)  # nn.Module's initialization takes no generator
    model = TrainedEvaluatorModel(config.model)
    sampler = ClipSampler(shards, shards.of("train"), config.data)
    batches = evaluator_batches(config.model, shards, sampler, config.schedule.batch_size, config.pooled_examples)
    average = train(
        model,
        lambda fabric: _EvaluatorTask(config, shards, sampler, batches, fabric),
        config.schedule,
        folder,
        **callbacks,
    )
    save_evaluator(folder / EVALUATOR, average.cpu().evaluator, batches.mean, batches.std, config.text_encoder)
