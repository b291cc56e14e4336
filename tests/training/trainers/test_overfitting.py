"""Eight clips, learned by heart: what no error in a loss, a shift of a frame or a mask would let through."""

from __future__ import annotations

from itertools import count

import numpy as np
import pytest
import torch

from engine.motion import ms272
from engine.requests import SamplingOptions
from tests.training.made_clips import moving
from tests.training.tiny_text import WIDTH as TEXT_WIDTH
from training.config import (
    AutoencoderConfig,
    AutoencoderLossConfig,
    AutoencoderTraining,
    DataConfig,
    GeneratorConfig,
    GeneratorTraining,
    ScheduleConfig,
)
from training.data.clip import Clip, split_of
from training.data.shards import ClipRow, open_shards, write_shards
from training.evaluation.subjects import open_subject
from training.trainers.autoencoder import load_autoencoder, train_autoencoder
from training.trainers.generator import train_generator

pytestmark = pytest.mark.slow

FRAMES = 48  # the shortest window that is drawn: every example is a whole clip
VERBS = ("walks", "bows", "waves", "turns", "strolls", "veers", "greets", "stands")  # words that the tiny encoder knows


def name_in(split, word):
    return next(name for n in count() if split_of(name := f"{word}-{n}") == split)


@pytest.fixture(scope="module")
def shards(tmp_path_factory):
    """Eight clips of the training split, each with one caption; a ninth for validation, which must have one."""
    random = np.random.default_rng(0)

    def clips():
        for verb in (*VERBS, VERBS[0]):
            motion = moving(
                FRAMES,
                turn_rad=random.uniform(-1.5, 1.5),
                turned=(8, 40),
                raised=("left", "right", "")[random.integers(3)],
                bend_rad=random.uniform(0.1, 0.4),
            )
            split = "train" if verb not in written else "validation"
            written.add(verb)
            row = ClipRow.of_clip(Clip(name_in(split, verb), motion, verb, ""), (f"{verb} left",))
            yield row, ms272.encode(motion).astype(np.float32)

    written = set()
    folder = tmp_path_factory.mktemp("shards")
    write_shards(clips(), folder, "eight clips")
    return open_shards(folder), folder


@pytest.fixture(scope="module", autouse=True)
def one_thread():
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def schedule(steps, learning_rate):
    return ScheduleConfig(
        batch_size=16, steps=steps, learning_rate=learning_rate, warm_up_steps=50, weight_decay=0.0, ema_decay=0.98,
        precision="32-true", accelerator="cpu", checkpoint_every_seconds=1e9,
    )  # fmt: skip


@pytest.fixture(scope="module")
def autoencoder(shards, text_encoder, tmp_path_factory):
    opened, folder = shards
    config = AutoencoderTraining(
        data=DataConfig(shards=folder),
        model=AutoencoderConfig(variant="sae", width=96, depth=2, latent_width=16, text_width=TEXT_WIDTH),
        loss=AutoencoderLossConfig(),
        schedule=schedule(700, 3e-3),
        window_frames=FRAMES,
        text_encoder=str(text_encoder),
    )
    run = tmp_path_factory.mktemp("autoencoder")
    config.open_run(run)
    train_autoencoder(config, opened, run)
    return run


def test_an_sae_reconstructs_them_within_a_centimeter(shards, autoencoder):
    opened, _ = shards
    model, statistics = load_autoencoder(autoencoder)
    mean, std = statistics["mean"].numpy(), statistics["std"].numpy()
    errors_m = []
    for row in opened.of("train"):
        features = opened.clip_features(row)
        for shown in (features, ms272.mirrored(features)):
            normalized = torch.from_numpy((shown - mean) / std)[None]
            decoded = model.decode(model.encode(normalized)[0])[0].numpy() * std + mean
            # Through the joints' own columns and through the rotations, both in the body's frame.
            real = ms272.decode(shown).positions_m
            made = ms272.decode(decoded).positions_m
            inside = (made - made[:, :1]) - (real - real[:, :1])
            errors_m.append(np.linalg.norm(inside, axis=-1).mean())
    assert len(errors_m) == 16
    assert 100 * np.mean(errors_m) < 1.0


def test_a_generator_gives_each_back_for_its_caption(shards, autoencoder, text_encoder, tmp_path):
    opened, folder = shards
    config = GeneratorTraining(
        data=DataConfig(shards=folder),
        autoencoder=autoencoder,
        model=GeneratorConfig(
            text_width=TEXT_WIDTH, width=128, depth=2, heads=4, adapter_depth=1, flow_depth=2, flow_width=128
        ),
        schedule=schedule(900, 2e-3),
        text_encoder=str(text_encoder),
        text_dropout=0.0,
    )
    config.open_run(tmp_path)
    train_generator(config, opened, tmp_path)
    subject = open_subject(tmp_path)
    options = SamplingOptions(preset="best", guidance=1.0, flow_steps=16)
    errors_m = []
    for row in opened.of("train"):
        features = opened.clip_features(row)
        for caption, shown in (
            (row.captions[0], features),
            (row.captions[0].replace("left", "right"), ms272.mirrored(features)),
        ):
            (motion,) = subject.answer(caption, FRAMES / ms272.FPS, 0, options).motions
            difference = motion.positions_m - ms272.decode(shown).positions_m
            errors_m.append(np.linalg.norm(difference, axis=-1).mean())
    assert len(errors_m) == 16
    assert 100 * np.mean(errors_m) < 5.0
