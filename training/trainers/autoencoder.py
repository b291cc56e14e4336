"""Training the motion autoencoder: features, joints through forward kinematics, velocities, KL, meaning."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import torch
from lightning_fabric import Fabric
from torch import Tensor, nn
from torch.nn import functional
from torch.profiler import record_function

from engine.errors import UserError
from engine.motion import ms272
from training.config import AutoencoderTraining
from training.data.batches import ClipSampler, LabeledWindows
from training.data.composition.pool import composites_of
from training.data.shards import Shards
from training.losses.kinematics import joint_positions, joint_steps
from training.losses.semantics import LabelAverages, alignment_loss, contrast_loss, counted, label_averages
from training.models.autoencoder import Autoencoding, MotionAutoencoder, kl_divergence
from training.models.text import TextEncoder
from training.trainers.checkpoint import WEIGHTS, load_weights, save_weights
from training.trainers.loop import Losses, train

_VALIDATION_WINDOWS = 256


class _AutoencoderTask:
    def __init__(self, config: AutoencoderTraining, shards: Shards, fabric: Fabric) -> None:
        self._config, self._fabric = config, fabric
        composites = composites_of(shards, config.data)
        self._sampler = ClipSampler(shards, shards.of("train"), config.data, composites)
        self._mean, self._std = (torch.from_numpy(array).to(fabric.device) for array in shards.normalization)
        validation = ClipSampler(shards, shards.of("validation"), config.data)
        random = np.random.default_rng(0)
        if config.model.variant == "sae":
            texts = sorted({*self._sampler.all_label_texts(), *validation.all_label_texts()})
            self._sentences = label_sentences(config, texts)
            self._validation = validation.labeled_windows(_VALIDATION_WINDOWS, config.window_frames, random)
        else:
            windows = validation.windows(_VALIDATION_WINDOWS, config.window_frames, random)
            self._validation = LabeledWindows(windows, ())

    def losses(self, model: nn.Module, draw: int) -> Losses:
        schedule, frames, polish = self._config.schedule, self._config.window_frames, self._config.polish
        numpy_random = np.random.default_rng([schedule.seed, draw])
        random = torch.Generator(self._fabric.device).manual_seed(schedule.seed + draw)
        if self._config.model.variant != "sae" or polish is not None:  # what a polished encoder means stands already
            with record_function("data"):
                features = self._sampler.windows(schedule.batch_size, frames, numpy_random).to(self._fabric.device)
            noise = 0.0 if polish is None else polish.latent_noise
            return self._losses(model(features, random, None, noise), features)
        with record_function("data"):
            batch = self._sampler.labeled_windows(schedule.batch_size, frames, numpy_random)
            features, labels = batch.features.to(self._fabric.device), self._label_averages(batch)
        return self._losses(model(features, random, labels.average), features, labels)

    def clip_names(self, draw: int) -> Sequence[str]:
        schedule, frames = self._config.schedule, self._config.window_frames
        return self._sampler.window_names(schedule.batch_size, frames, np.random.default_rng([schedule.seed, draw]))

    def _label_averages(self, batch: LabeledWindows) -> LabelAverages:
        latents = batch.features.shape[1] // self._config.model.frames_per_latent
        found = label_averages(batch.labels, self._sentences, latents, self._config.model.frames_per_latent)
        return LabelAverages(*(part.to(self._fabric.device) for part in found))

    def _losses(self, made: Autoencoding, features: Tensor, labels: LabelAverages | None = None) -> Losses:
        # Every group counts alike: the two numbers of the root's velocity as much as the 132 of the rotations.
        parts = [functional.smooth_l1_loss(made.decoded[..., s], features[..., s]) for s in ms272.SLICES.values()]
        reconstruction = torch.stack(parts).mean()
        joints, velocity, acceleration = self._kinematic_losses(made.decoded, features)
        losses = {"reconstruction": reconstruction, "joints": joints, "velocity": velocity}
        weights = self._config.loss
        loss = reconstruction + weights.joints * joints + weights.velocity * velocity
        if weights.acceleration:
            losses["acceleration"] = acceleration
            loss = loss + weights.acceleration * acceleration
        if self._config.model.variant != "ae":
            losses["kl"] = kl_divergence(made.mean, made.log_variance)
            loss = loss + weights.kl * losses["kl"]
        if made.class_tokens is not None and labels is not None:
            losses["semantic"] = self._semantic_loss(made.mean, made.class_tokens, labels.labeled)
            loss = loss + weights.semantic * losses["semantic"]
        return {"loss": loss, **losses}

    def _semantic_loss(self, latents: Tensor, class_tokens: Tensor, labeled: Tensor) -> Tensor:
        weights = self._config.loss
        rows = counted(class_tokens, labeled, weights.repetition)
        if weights.semantic_form == "infonce":
            return contrast_loss(latents[rows], class_tokens[rows], weights.contrast_temperature)
        return alignment_loss(latents[rows], class_tokens[rows])

    def _kinematic_losses(self, decoded: Tensor, features: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Mean absolute errors of the joints' places (m), of their steps and of what their steps change by a frame."""
        real, made = features * self._std + self._mean, decoded * self._std + self._mean
        real_positions = real[..., ms272.SLICES["joint_positions"]].unflatten(-1, (-1, 3))
        real_steps = real[:, 1:, ms272.SLICES["joint_velocities"]].unflatten(-1, (-1, 3))
        made_positions = joint_positions(made)
        made_steps = joint_steps(made, made_positions)
        error = made_steps - real_steps
        return (made_positions - real_positions).abs().mean(), error.abs().mean(), error.diff(dim=1).abs().mean()

    @torch.no_grad()
    def validate(self, model: nn.Module) -> Mapping[str, float]:
        """Mean joint error in centimetres and mean error of the joints' speed in cm/s, on the validation split.

        Of an `sae`, how its latents point where their class tokens do: the mean cosine.
        """
        features = self._validation.features.to(self._fabric.device)
        latents = model.encode(features)[0]
        decoded = model.decode(latents)
        joints, velocity, acceleration = self._kinematic_losses(decoded, features)
        real, made = features * self._std + self._mean, decoded * self._std + self._mean
        distance = joint_positions(made) - real[..., ms272.SLICES["joint_positions"]].unflatten(-1, (-1, 3))
        measured = {
            "joint_error_cm": 100 * float(distance.norm(dim=-1).mean()),
            "joints": float(joints),
            "step_error_cm_s": 100 * ms272.FPS * float(velocity),
            "acceleration_error_m_s2": ms272.FPS**2 * float(acceleration),
        }
        if self._config.model.variant == "sae":
            labels = self._label_averages(self._validation)
            class_tokens = model.class_projection(labels.average)
            rows = counted(class_tokens, labels.labeled, self._config.loss.repetition)
            measured["meaning_cosine"] = 1.0 - float(alignment_loss(latents[rows], class_tokens[rows]))
        return measured


def label_sentences(config: AutoencoderTraining, texts: Sequence[str]) -> dict[str, Tensor]:
    """Text → its embedding (D_text,) by the frozen encoder, of length 1; UserError where the widths disagree."""
    encoder = TextEncoder(config.text_encoder)
    if encoder.width != config.model.text_width:
        raise UserError(
            f"The text encoder “{config.text_encoder}” is {encoder.width} wide: "
            f"set model.text_width to {encoder.width}, it is {config.model.text_width}."
        )
    return dict(zip(texts, functional.normalize(encoder.encode_sentences(texts), dim=-1), strict=True))


def train_autoencoder(config: AutoencoderTraining, shards: Shards, folder: Path, **callbacks) -> None:  # noqa: ANN003
    """Train (or go on training) in `folder`; at the end `weights.safetensors` holds the averaged weights.

    Beside the weights lie the features' `mean` and `std` and the latents' `latent_std`, the scale that makes them of
    unit variance over the training split.
    """
    torch.manual_seed(config.schedule.seed)  # nn.Module's initialization takes no generator
    model = MotionAutoencoder(config.model)
    if config.polish is not None:
        load_weights(config.polish.run / WEIGHTS, model)
        for part in (model.encoder, getattr(model, "class_projection", None)):
            if part is not None:
                part.requires_grad_(requires_grad=False)
    average = train(
        model, lambda fabric: _AutoencoderTask(config, shards, fabric), config.schedule, folder, **callbacks
    )
    mean, std = (torch.from_numpy(array) for array in shards.normalization)
    average.cpu()
    statistics = {"mean": mean, "std": std, "latent_std": _latent_std(average, shards, config)}
    save_weights(folder / WEIGHTS, average, statistics)


@torch.no_grad()
def _latent_std(model: nn.Module, shards: Shards, config: AutoencoderTraining) -> Tensor:
    sampler = ClipSampler(shards, shards.of("train"), config.data)
    windows = sampler.windows(1024, config.window_frames, np.random.default_rng(1))
    return model.encode(windows)[0].flatten(0, 1).std(dim=0)


def load_autoencoder(run: Path) -> tuple[MotionAutoencoder, dict[str, Tensor]]:
    """The trained autoencoder of a run folder, frozen, and the statistics beside its weights."""
    config = AutoencoderTraining.read(run / "config.json")
    model = MotionAutoencoder(config.model)
    statistics = load_weights(run / WEIGHTS, model)
    return model.requires_grad_(requires_grad=False).eval(), statistics
