"""The motion autoencoder: shapes, causality by perturbation, the KL divergence in closed form."""

from __future__ import annotations

import math

import pytest
import torch

from training.config import AutoencoderConfig
from training.models.autoencoder import MotionAutoencoder, kl_divergence

CONFIG = AutoencoderConfig(features=12, width=8, latent_width=3)
FRAMES = 48


@pytest.fixture(scope="module")
def model():
    torch.manual_seed(0)
    return MotionAutoencoder(CONFIG).double().requires_grad_(requires_grad=False)


@pytest.fixture(scope="module")
def features():
    return torch.randn(2, FRAMES, CONFIG.features, generator=torch.Generator().manual_seed(1), dtype=torch.float64)


@pytest.mark.parametrize("halvings", [1, 2, 3])
@pytest.mark.parametrize("latents", [1, 2, 7])
def test_shapes(halvings, latents):
    config = AutoencoderConfig(features=12, width=8, latent_width=3, halvings=halvings)
    model = MotionAutoencoder(config)
    mean, log_variance = model.encode(torch.zeros(5, latents * config.frames_per_latent, 12))
    assert mean.shape == log_variance.shape == (5, latents, 3)
    assert model.decode(mean).shape == (5, latents * config.frames_per_latent, 12)


@pytest.mark.parametrize("changed", [1, 2, 3, 4, 5, 23, 46, 47])
def test_later_frames_change_no_earlier_latent_and_no_earlier_decoded_frame(model, features, changed):
    other = features.clone()
    other[:, changed:] += 1.0
    before = changed // 4
    latents, other_latents = model.encode(features)[0], model.encode(other)[0]
    assert torch.equal(latents[:, :before], other_latents[:, :before])
    assert not torch.isclose(latents[:, before:], other_latents[:, before:]).any()
    decoded, other_decoded = model.decode(latents), model.decode(other_latents)
    assert torch.equal(decoded[:, : 4 * before], other_decoded[:, : 4 * before])
    assert not torch.isclose(decoded[:, 4 * before], other_decoded[:, 4 * before]).all()


def test_a_longer_motion_begins_as_the_shorter_one(model, features):
    short = model.encode(features[:, :20])[0]
    torch.testing.assert_close(model.encode(features)[0][:, :5], short, rtol=0, atol=1e-12)
    torch.testing.assert_close(model.decode(model.encode(features)[0])[:, :20], model.decode(short), rtol=0, atol=1e-12)


def test_a_latent_reaches_its_own_four_frames_and_later_ones(model, features):
    latents = model.encode(features)[0]
    other = latents.clone()
    other[:, 6] += 1.0
    changed = (model.decode(other) != model.decode(latents)).any(dim=-1).any(dim=0)
    assert not changed[:24].any()
    assert changed[24:28].all()


def test_forward_decodes_a_draw_whose_noise_is_the_generators(model, features):
    decoded, mean, log_variance, class_tokens = model(features, torch.Generator().manual_seed(5))
    assert class_tokens is None
    noise = torch.randn(mean.shape, generator=torch.Generator().manual_seed(5))
    torch.testing.assert_close(decoded, model.decode(mean + (0.5 * log_variance).exp() * noise))
    again = model(features, torch.Generator().manual_seed(5))[0]
    assert torch.equal(decoded, again)
    assert not torch.equal(decoded, model(features, torch.Generator().manual_seed(6))[0])


def test_an_ae_gives_points(features):
    model = MotionAutoencoder(CONFIG.model_copy(update={"variant": "ae"})).double()
    decoded, mean, log_variance, _ = model(features, torch.Generator().manual_seed(5))
    assert torch.equal(decoded, model.decode(mean))
    assert torch.equal(mean, model.encode(features)[0])
    noise = torch.randn(mean.shape, dtype=torch.float64)
    assert torch.equal(mean + (0.5 * log_variance).exp() * noise, mean), "a draw of a point is the point"


def test_an_saes_class_tokens_are_its_labels_projected(features):
    model = MotionAutoencoder(CONFIG.model_copy(update={"variant": "sae", "text_width": 5})).double()
    labels = torch.randn(2, FRAMES // 4, 5, dtype=torch.float64)
    *_, class_tokens = model(features, torch.Generator().manual_seed(5), labels)
    torch.testing.assert_close(class_tokens, labels @ model.class_projection.weight.T)
    assert not model(features, torch.Generator(), torch.zeros_like(labels)).class_tokens.any()


@pytest.mark.parametrize("depth", [1, 2, 3])
def test_depth_widens_what_a_latent_sees(depth):
    """The residual blocks of one level look 2 · (1 + 3 + …) frames back."""
    torch.manual_seed(0)
    config = CONFIG.model_copy(update={"depth": depth, "halvings": 1})
    model = MotionAutoencoder(config).double()
    features = torch.randn(1, FRAMES, CONFIG.features, dtype=torch.float64, requires_grad=True)
    model.encode(features)[0][0, -1].sum().backward()
    seen = features.grad[0].abs().sum(dim=-1) > 0
    # The strided convolution sees four frames, of which each has 2 · Σ 3^i before it and the first convolution's two.
    assert int(seen.sum()) == 4 + 2 * sum(3**block for block in range(depth)) + 2


def test_the_variance_is_kept_within_reach(model, features):
    log_variance = model.encode(1e6 * features)[1]
    assert -12.0 <= log_variance.min() <= log_variance.max() <= 4.0


@pytest.mark.parametrize(
    ("mean", "variance", "expected"),
    [
        (0.0, 1.0, 0.0),
        (2.0, 1.0, 2.0),  # ½·2²
        (0.0, math.e, (math.e - 2) / 2),
        (1.0, 0.25, (1.0 + 0.25 - 1.0 + math.log(4.0)) / 2),
    ],
)
def test_kl_of_one_gaussian(mean, variance, expected):
    found = kl_divergence(torch.full((3, 5, 2), mean), torch.full((3, 5, 2), math.log(variance)))
    assert float(found) == pytest.approx(expected, abs=1e-6)


def test_kl_is_torchs_own_on_average():
    random = torch.Generator().manual_seed(0)
    mean, log_variance = torch.randn(2, 4, 6, 3, generator=random, dtype=torch.float64)
    own = torch.distributions.Normal(mean, (0.5 * log_variance).exp())
    expected = torch.distributions.kl_divergence(own, torch.distributions.Normal(0.0, 1.0)).mean()
    torch.testing.assert_close(kl_divergence(mean, log_variance), expected)
