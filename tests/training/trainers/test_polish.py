"""A decoder polished under an encoder that stays: what moves, what doesn't, and that noise beside latents does less."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from tests.training.tiny_run import autoencoder_toml
from training.config import AutoencoderTraining, PolishConfig
from training.data.bandai_namco import read_archive
from training.data.batches import ClipSampler
from training.data.shards import prepare
from training.losses.kinematics import joint_positions
from training.trainers.autoencoder import load_autoencoder, train_autoencoder

NOISE = 0.5


@pytest.fixture(scope="module")
def runs(made_archive, text_encoder, tmp_path_factory):
    """Shards, an autoencoder trained for a while, and the same with its decoder polished."""
    folder = tmp_path_factory.mktemp("polish")
    shards = prepare(made_archive, folder / "shards", read_archive)
    text = autoencoder_toml(made_archive, folder / "shards", steps=80, variant="sae", text_encoder=text_encoder)
    (folder / "autoencoder.toml").write_text(text, encoding="utf-8")
    config = AutoencoderTraining.read(folder / "autoencoder.toml", ["schedule.learning_rate=5e-3"])
    config.open_run(folder / "before")
    train_autoencoder(config, shards, folder / "before")
    polished = config.model_copy(
        update={
            "polish": PolishConfig(run=folder / "before", latent_noise=NOISE),
            "loss": config.loss.model_copy(update={"acceleration": 10.0}),
        }
    )
    polished.open_run(folder / "after")
    train_autoencoder(polished, shards, folder / "after")
    return shards, config, folder


def test_the_encoder_and_what_the_latents_mean_stay_bit_for_bit(runs):
    _, _, folder = runs
    (before, old), (after, new) = (load_autoencoder(folder / name) for name in ("before", "after"))
    for name, weights in before.state_dict().items():
        assert torch.equal(weights, after.state_dict()[name]) != name.startswith("decoder"), name
    assert torch.equal(old["latent_std"], new["latent_std"])


def test_latents_beside_the_encoders_make_calmer_motion_than_before(runs):
    shards, config, folder = runs
    sampler = ClipSampler(shards, shards.rows, config.data)
    features = sampler.windows(64, config.window_frames, np.random.default_rng(5))
    mean, std = (torch.from_numpy(array) for array in shards.normalization)
    noise = torch.randn(64, 4, config.model.latent_width, generator=torch.Generator().manual_seed(0))
    changes, errors = {}, {}
    for name in ("before", "after"):
        model, statistics = load_autoencoder(folder / name)
        with torch.no_grad():
            latents = model.encode(features)[0] + NOISE * statistics["latent_std"] * noise
            places = joint_positions(model.decode(latents) * std + mean)
        errors[name] = float((places - joint_positions(features * std + mean)).norm(dim=-1).mean())
        changes[name] = float(places.diff(n=2, dim=1).norm(dim=-1).mean())
    assert changes["after"] < 0.9 * changes["before"]
    assert errors["after"] < 1.1 * errors["before"]
