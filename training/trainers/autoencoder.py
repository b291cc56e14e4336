"""Training the motion autoencoder: features, joints through forward kinematics, velocities, KL."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import torch
from lightning_fabric import Fabric
from torch import Tensor, nn
from torch.nn import functional

from engine.motion import ms272
from training.config import AutoencoderTraining
from training.data.batches import ClipSampler
from training.data.composition.pool import composites_of
from training.data.shards import Shards
from training.losses.kinematics import joint_positions, joint_steps
from training.models.autoencoder import MotionAutoencoder, kl_divergence
from training.trainers.checkpoint import WEIGHTS, save_weights
from training.trainers.loop import Losses, train

_VALIDATION_WINDOWS = 256


class _AutoencoderTask:
    def __init__(self, config: AutoencoderTraining, shards: Shards, fabric: Fabric) -> None:
        self._config, self._fabric = config, fabric
        composites = composites_of(shards, config.data)
        self._sampler = ClipSampler(shards, shards.of("train"), config.data, composites)
        self._mean, self._std = (torch.from_numpy(array).to(fabric.device) for array in shards.normalization)
        validation = ClipSampler(shards, shards.of("validation"), config.data)
        self._validation = validation.windows(_VALIDATION_WINDOWS, config.window_frames, np.random.default_rng(0))

    def losses(self, model: nn.Module, step: int) -> Losses:
        schedule = self._config.schedule
        numpy_random = np.random.default_rng([schedule.seed, step, self._fabric.global_rank])
        features = self._sampler.windows(schedule.batch_size, self._config.window_frames, numpy_random)
        random = torch.Generator(self._fabric.device).manual_seed(schedule.seed + step)
        return self._losses(model, features.to(self._fabric.device), random)

    def _losses(self, model: nn.Module, features: Tensor, random: torch.Generator) -> Losses:
        decoded, mean, log_variance = model(features, random)
        # Every group counts alike: the two numbers of the root's velocity as much as the 132 of the rotations.
        parts = [functional.smooth_l1_loss(decoded[..., s], features[..., s]) for s in ms272.SLICES.values()]
        reconstruction = torch.stack(parts).mean()
        joints, velocity = self._kinematic_losses(decoded, features)
        kl = kl_divergence(mean, log_variance)
        weights = self._config.loss
        loss = reconstruction + weights.joints * joints + weights.velocity * velocity + weights.kl * kl
        return {"loss": loss, "reconstruction": reconstruction, "joints": joints, "velocity": velocity, "kl": kl}

    def _kinematic_losses(self, decoded: Tensor, features: Tensor) -> tuple[Tensor, Tensor]:
        real, made = features * self._std + self._mean, decoded * self._std + self._mean
        real_positions = real[..., ms272.SLICES["joint_positions"]].unflatten(-1, (-1, 3))
        real_steps = real[:, 1:, ms272.SLICES["joint_velocities"]].unflatten(-1, (-1, 3))
        made_positions = joint_positions(made)
        made_steps = joint_steps(made, made_positions)
        return (made_positions - real_positions).abs().mean(), (made_steps - real_steps).abs().mean()

    @torch.no_grad()
    def validate(self, model: nn.Module) -> Mapping[str, float]:
        """Mean joint error in centimetres and mean error of the joints' speed in cm/s, on the validation split."""
        features = self._validation.to(self._fabric.device)
        decoded = model.decode(model.encode(features)[0])
        joints, velocity = self._kinematic_losses(decoded, features)
        real, made = features * self._std + self._mean, decoded * self._std + self._mean
        distance = joint_positions(made) - real[..., ms272.SLICES["joint_positions"]].unflatten(-1, (-1, 3))
        return {
            "joint_error_cm": 100 * float(distance.norm(dim=-1).mean()),
            "joints": float(joints),
            "step_error_cm_s": 100 * ms272.FPS * float(velocity),
        }


def train_autoencoder(config: AutoencoderTraining, shards: Shards, folder: Path, **callbacks) -> None:  # noqa: ANN003
    """Train (or go on training) in `folder`; at the end `weights.safetensors` holds the averaged weights.

    Beside the weights lie the features' `mean` and `std` and the latents' `latent_std`, the scale that makes them of
    unit variance over the training split.
    """
    torch.manual_seed(config.schedule.seed)  # nn.Module's initialization takes no generator
    model = MotionAutoencoder(config.model)
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
