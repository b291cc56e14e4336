"""The toy bundle's velocity is exact for data m ~ N(μ, σ²): noise ε must become μ + σ·ε, also through ONNX Runtime."""

import numpy as np
import pytest

from engine.bundle import Bundle
from engine.sampling.canvas import Canvas
from engine.sampling.sampler import SamplerSettings, sample
from engine.sampling.schedules import round_count, round_of_latents

toy = pytest.importorskip("tests.engine.bundle.toy_bundle", reason="needs the package onnx")
LENGTH, SEED, PROMPT = 23, 11, "a person waves left hand"


def test_noise_becomes_the_data_that_it_stands_for():
    bundle = Bundle(toy.TOY, "cpu", threads=1)
    words = bundle.encode_text(PROMPT)
    canvas = Canvas.empty(LENGTH, toy.LATENT, words, SEED)
    settings = SamplerSettings(guidance=1.0, flow_steps=4000)
    result = sample(bundle, [canvas], bundle.encode_text(""), settings)[0]

    random = np.random.Generator(np.random.PCG64(SEED))
    order = round_of_latents(np.ones(LENGTH, bool), round_count(LENGTH, 5), random)
    noise = random.standard_normal((LENGTH, toy.LATENT), np.float32)
    known_share = np.array([(order < own).mean() for own in order])
    ids = [2, *(toy.VOCABULARY.index(word) for word in PROMPT.split()), 3]
    mu = (toy.EMBEDDINGS[ids].mean(0) + known_share[:, None]) @ toy.TO_MU
    np.testing.assert_allclose(result, mu + toy.SIGMA * noise, atol=2e-3)
