"""SinkRatio and the share of heads that have sunk, of a training run, against the attention weights themselves."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from engine.motion.motion import Motion
from tests.training.tiny_run import autoencoder_toml, generator_toml
from training.config import AutoencoderTraining, GeneratorTraining
from training.evaluation.sampling import sampling_options
from training.evaluation.subjects import EngineSubject, open_subject
from training.trainers.autoencoder import train_autoencoder
from training.trainers.generator import train_generator


@pytest.fixture(scope="module")
def run(split_shards, text_encoder, tmp_path_factory):
    """A tiny generator, trained for two steps."""
    folder = tmp_path_factory.mktemp("sinking")
    shards = Path(split_shards.features.filename).parent
    (folder / "autoencoder.toml").write_text(autoencoder_toml("none", shards), encoding="utf-8")
    settings = AutoencoderTraining.read(folder / "autoencoder.toml")
    settings.open_run(folder / "autoencoder")
    train_autoencoder(settings, split_shards, folder / "autoencoder")
    text = generator_toml("none", shards, folder / "autoencoder", text_encoder).replace("depth = 1", "depth = 2", 1)
    (folder / "generator.toml").write_text(text, encoding="utf-8")
    generator = GeneratorTraining.read(folder / "generator.toml")
    generator.open_run(folder / "generator")
    train_generator(generator, split_shards, folder / "generator")
    return folder / "generator"


def test_only_passes_with_a_prompt_count_and_every_layer_head_and_latent(run):
    """Of 2 layers and 2 heads; the passes without a prompt have weights that would be seen in the mean."""
    subject = open_subject(run)
    assert isinstance(subject, EngineSubject)
    model, heard = subject._engine.bundle, []
    listening = model.listener

    def listen(weights, valid, words_mask):
        heard.append(([layer.numpy().copy() for layer in weights], valid.numpy(), words_mask.numpy().sum(axis=1)))
        listening(weights, valid, words_mask)

    model.listener = listen
    answer = subject.answer("a person walks forward and waves", 1.0, 3, sampling_options({"guidance": 2.0}))
    assert isinstance(answer.motions[0], Motion)
    shares, words = [], set()
    for weights, valid, counts in heard:
        assert [layer.shape[:2] for layer in weights] == [(len(valid), 2), (len(valid), 2)]
        words |= set(counts.tolist())
        prompted = [row for row in range(len(valid)) if counts[row] == max(counts)]
        on_start = [layer[row, head, latent, 0] for layer in weights for row in prompted for head in range(2)
                    for latent in np.flatnonzero(valid[row])]  # fmt: skip
        shares.append(np.mean(np.array(on_start) > 0.3))
    assert len(words) == 2
    assert answer.sunk_share == pytest.approx(np.mean(shares))
    assert 0.0 < answer.sink_ratio < 1.0
    again = subject.answer("a person walks forward and waves", 1.0, 3, sampling_options({"guidance": 2.0}))
    assert again.sunk_share == pytest.approx(answer.sunk_share)
