"""Both networks trained for real, for a few steps: resumed as if never stopped, however they were stopped."""

from __future__ import annotations

import csv
import os
import signal
import subprocess
import sys
import time

import numpy as np
import pytest
import torch
from lightning_fabric import Fabric
from safetensors.torch import load_file

from engine.errors import UserError
from tests.training.tiny_run import autoencoder_toml, generator_toml
from training.config import AutoencoderTraining, GeneratorTraining, WordsTraining
from training.data.bandai_namco import read_archive
from training.data.batches import MotionBatch
from training.data.shards import prepare
from training.models.autoencoder import MotionAutoencoder
from training.models.masked import MaskedFlowGenerator
from training.trainers.autoencoder import load_autoencoder, train_autoencoder
from training.trainers.checkpoint import LATEST, WEIGHTS, load_average, load_weights
from training.trainers.generator import _GeneratorTask, train_generator
from training.trainers.words import train_words

STEPS = 10


@pytest.fixture(scope="module", autouse=True)
def one_thread():
    """The order of sums, and so the last digit, depends on the number of threads."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="module")
def shards_folder(made_archive, tmp_path_factory):
    folder = tmp_path_factory.mktemp("shards")
    prepare(made_archive, folder, read_archive)
    return folder


@pytest.fixture(scope="module")
def read(tmp_path_factory):
    def read(kind, text):
        path = tmp_path_factory.mktemp("config") / "run.toml"
        path.write_text(text, encoding="utf-8")
        return kind.read(path)

    return read


@pytest.fixture(scope="module")
def autoencoder_config(made_archive, shards_folder, read):
    return read(AutoencoderTraining, autoencoder_toml(made_archive, shards_folder, steps=STEPS, every=0.0))


@pytest.fixture(scope="module")
def autoencoder_run(autoencoder_config, shards, tmp_path_factory):
    folder = tmp_path_factory.mktemp("autoencoder")
    train_autoencoder(autoencoder_config, shards, folder)
    autoencoder_config.save(folder / "config.json")
    return folder


@pytest.fixture(scope="module")
def generator_config(made_archive, shards_folder, read, autoencoder_run, text_encoder):
    text = generator_toml(made_archive, shards_folder, autoencoder_run, text_encoder, steps=STEPS, every=0.0)
    return read(GeneratorTraining, text)


@pytest.fixture(scope="module")
def sae_config(made_archive, shards_folder, read, text_encoder):
    settings = {"steps": STEPS, "every": 0.0, "variant": "sae", "text_encoder": text_encoder}
    return read(AutoencoderTraining, autoencoder_toml(made_archive, shards_folder, **settings))


@pytest.fixture(scope="module")
def words_config(made_archive, shards_folder, read, autoencoder_run, text_encoder):
    text = generator_toml(made_archive, shards_folder, autoencoder_run, text_encoder, steps=STEPS, every=0.0)
    return read(WordsTraining, text)


TRAINERS = {"autoencoder": train_autoencoder, "sae": train_autoencoder, "words": train_words,
            "generator": train_generator}  # fmt: skip


@pytest.fixture(params=list(TRAINERS))
def network(request):
    """How to train one of the networks, and with which settings."""
    return TRAINERS[request.param], request.getfixturevalue(f"{request.param}_config")


def log(folder):
    with (folder / "log.csv").open(encoding="utf-8", newline="") as file:
        return [{name: float(value) for name, value in row.items()} for row in csv.DictReader(file)]


def assert_same_tensors(one, other):
    one, other = load_file(one), load_file(other)
    assert one.keys() == other.keys()
    for name, tensor in one.items():
        assert torch.equal(tensor, other[name]), name


def test_stopped_and_resumed_is_the_same_as_never_stopped(network, shards, tmp_path):
    trainer, config = network
    whole, halves = tmp_path / "whole", tmp_path / "halves"
    whole.mkdir(), halves.mkdir()
    trainer(config, shards, whole)

    def stop(step, _row):
        if step == 7:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        trainer(config, shards, halves, on_step=stop)
    assert not (halves / WEIGHTS).exists()
    steps = []
    trainer(config, shards, halves, on_step=lambda step, _row: steps.append(step))
    assert steps == [7, 8, 9, 10]
    for file in (WEIGHTS, LATEST):
        assert_same_tensors(whole / file, halves / file)
    losses = {row["step"]: row["loss"] for row in log(whole)}
    assert {row["step"]: row["loss"] for row in log(halves)} == losses
    assert len(log(halves)) == len(losses), "no row twice"


CHILD = """
import sys
from pathlib import Path
import torch
from training.config import AutoencoderTraining
from training.data.shards import open_shards
from training.trainers.autoencoder import train_autoencoder
torch.set_num_threads(1)
config = AutoencoderTraining.read(Path(sys.argv[1]))
train_autoencoder(config, open_shards(config.data.shards), Path(sys.argv[2]))
"""


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="this system has no SIGKILL")
def test_a_killed_process_is_resumed_as_if_nothing_had_been(made_archive, shards_folder, shards, read, tmp_path):
    """Killed without a chance to say anything, in the middle of a step or of a write."""
    config = read(AutoencoderTraining, autoencoder_toml(made_archive, shards_folder, steps=60, every=0.0))
    config.save(tmp_path / "config.json")
    run = tmp_path / "run"
    run.mkdir()
    child = subprocess.Popen(
        [sys.executable, "-c", CHILD, str(tmp_path / "config.json"), str(run)],
        env={**os.environ, "OMP_NUM_THREADS": "1"},
    )
    try:
        until = time.monotonic() + 120
        while not ((run / "log.csv").is_file() and len(log(run)) >= 8):
            assert child.poll() is None, "the child ended by itself"
            assert time.monotonic() < until
            time.sleep(0.02)
    finally:
        child.send_signal(signal.SIGKILL)
        assert child.wait() == -signal.SIGKILL
    killed_at = int(log(run)[-1]["step"])
    assert 8 <= killed_at < 60
    assert not (run / WEIGHTS).exists()
    steps = []
    train_autoencoder(config, shards, run, on_step=lambda step, _row: steps.append(step))
    assert killed_at - 1 <= steps[0] <= killed_at + 1
    assert steps == list(range(steps[0], 61))
    assert [row["step"] for row in log(run)] == list(range(1, 61))
    whole = tmp_path / "whole"
    whole.mkdir()
    train_autoencoder(config.model_copy(update={"schedule": rarely_saved(config.schedule)}), shards, whole)
    assert_same_tensors(run / WEIGHTS, whole / WEIGHTS)


def rarely_saved(schedule):
    return schedule.model_copy(update={"checkpoint_every_seconds": 1e9})


def test_training_lowers_the_loss_in_mixed_precision_too(made_archive, shards_folder, shards, read, tmp_path):
    text = autoencoder_toml(made_archive, shards_folder, steps=100, precision="bf16-mixed")
    text = text.replace("learning_rate = 1e-3", "learning_rate = 5e-3").replace("batch_size = 4", "batch_size = 16")
    train_autoencoder(read(AutoencoderTraining, text), shards, tmp_path)
    errors = [row["reconstruction"] for row in log(tmp_path)]
    assert np.mean(errors[-10:]) < 0.75 * np.mean(errors[:5])


def test_the_loss_is_the_weighted_sum_of_its_parts(autoencoder_run, autoencoder_config):
    weights = autoencoder_config.loss
    for row in log(autoencoder_run):
        parts = row["reconstruction"] + weights.joints * row["joints"] + weights.velocity * row["velocity"]
        assert row["loss"] == pytest.approx(parts + weights.kl * row["kl"], rel=1e-4)
        assert min(row["reconstruction"], row["joints"], row["velocity"], row["kl"]) > 0


# A contrast of four clips leaps with what is drawn, so it takes longer until it has visibly fallen.
@pytest.mark.parametrize(("form", "steps"), [("cosine", 60), ("infonce", 300)])
def test_an_sae_turns_its_latents_to_their_class_tokens(sae_config, shards, tmp_path, form, steps):
    loss = sae_config.loss.model_copy(update={"semantic": 1.0, "semantic_form": form})
    schedule = sae_config.schedule.model_copy(
        update={"steps": steps, "learning_rate": 5e-3, "checkpoint_every_seconds": 1e9}
    )
    train_autoencoder(sae_config.model_copy(update={"loss": loss, "schedule": schedule}), shards, tmp_path)
    rows = log(tmp_path)
    semantic, sixth = [row["semantic"] for row in rows], steps // 6
    assert np.mean(semantic[-sixth:]) < 0.85 * np.mean(semantic[:sixth])
    first = rows[0]
    parts = first["reconstruction"] + loss.joints * first["joints"] + loss.velocity * first["velocity"]
    assert first["loss"] == pytest.approx(parts + loss.kl * first["kl"] + first["semantic"], rel=1e-4)
    if form == "cosine":  # a contrast only parts labels from each other: what all of them share may point anywhere
        with (tmp_path / "validation.csv").open(encoding="utf-8") as file:
            assert float(list(csv.DictReader(file))[-1]["meaning_cosine"]) > 0.3


def test_an_ae_has_neither_divergence_nor_meaning(made_archive, shards_folder, shards, read, tmp_path):
    config = read(AutoencoderTraining, autoencoder_toml(made_archive, shards_folder, variant="ae"))
    train_autoencoder(config, shards, tmp_path)
    assert log(tmp_path)[0].keys() == {"step", "loss", "reconstruction", "joints", "velocity", "steps_per_second"}
    config.save(tmp_path / "config.json")
    model, statistics = load_autoencoder(tmp_path)
    assert statistics["latent_std"].shape == (4,)
    assert model.config.variant == "ae"


def test_a_text_encoder_of_another_width_is_a_sentence(sae_config, shards, tmp_path):
    config = sae_config.model_copy(update={"model": sae_config.model.model_copy(update={"text_width": 99})})
    with pytest.raises(UserError, match=r"is 32 wide: set model\.text_width to 32, it is 99\.$"):
        train_autoencoder(config, shards, tmp_path)


def test_latents_have_unit_variance_by_the_statistics_beside_the_weights(autoencoder_run, shards):
    model, statistics = load_autoencoder(autoencoder_run)
    for found, expected in zip((statistics["mean"], statistics["std"]), shards.normalization, strict=True):
        np.testing.assert_array_equal(found, expected)
    mean, std = shards.normalization
    train_rows = [torch.from_numpy((shards.clip_features(row) - mean) / std) for row in shards.of("train")]
    latents = torch.cat([model.encode(clip[None, : len(clip) // 4 * 4])[0][0] for clip in train_rows])
    spread = (latents / statistics["latent_std"]).std(dim=0)
    assert ((spread > 0.6) & (spread < 1.7)).all()
    assert not any(parameter.requires_grad for parameter in model.parameters())


@pytest.fixture(scope="module")
def task(generator_config, shards, tmp_path_factory):
    return _GeneratorTask(
        generator_config, shards, Fabric(accelerator="cpu", devices=1), tmp_path_factory.mktemp("task")
    )


@pytest.fixture(scope="module")
def model(generator_config):
    """A generator whose flow head isn't silent."""
    torch.manual_seed(3)
    model = MaskedFlowGenerator(generator_config.model)
    torch.nn.init.normal_(model.flow_head.out.weight)
    for block in model.flow_head.blocks:
        torch.nn.init.normal_(block.modulation.weight)
    return model.requires_grad_(requires_grad=False)


class TestNullPrompt:
    """What classifier-free guidance's other branch learns from: captions that become the empty prompt."""

    def losses(self, task, model, dropout):
        example = task._encoded(task._sampler.captioned_batches(8, 0, 0)[0], torch.Generator().manual_seed(1))
        known = [caption for caption in task._sampler.all_captions() if caption]
        other = example._replace(captions=tuple(known[: len(example.captions)]))
        assert other.captions != example.captions
        return [
            float(task._losses(model, one, torch.Generator().manual_seed(0), dropout).flow) for one in (example, other)
        ]

    def test_captions_are_heard_where_none_is_dropped(self, task, model):
        one, other = self.losses(task, model, dropout=0.0)
        assert one != other

    def test_captions_are_not_heard_where_all_are_dropped(self, task, model):
        one, other = self.losses(task, model, dropout=1.0)
        assert one == other

    def test_validation_is_always_the_same(self, task, model):
        assert task.validate(model) == task.validate(model)


@pytest.mark.parametrize(("halvings", "valid"), [(1, [28, 26, 24, 22]), (3, [7, 6, 6, 5])])
def test_a_generator_learns_latents_of_two_or_eight_frames(
    made_archive, shards_folder, shards, read, text_encoder, tmp_path, halvings, valid
):
    """Of a batch of windows of 56, 52, 48 and 44 frames, those latents are valid that lie in a window as a whole."""
    text = autoencoder_toml(made_archive, shards_folder).replace("[model]", f"[model]\nhalvings = {halvings}")
    config = read(AutoencoderTraining, text)
    config.open_run(tmp_path / "autoencoder")
    train_autoencoder(config, shards, tmp_path / "autoencoder")
    generator = read(
        GeneratorTraining, generator_toml(made_archive, shards_folder, tmp_path / "autoencoder", text_encoder)
    )
    task = _GeneratorTask(generator, shards, Fabric(accelerator="cpu", devices=1), tmp_path)
    frames = torch.tensor([14, 13, 12, 11])
    batch = MotionBatch(torch.zeros(4, 56, 272), torch.arange(14) < frames[:, None], ("",) * 4, ("",) * 4)
    features, found = task._whole_latents(batch)
    assert features.shape[1] == found.shape[1] * 2**halvings == 56
    assert found.sum(dim=1).tolist() == valid
    train_generator(generator, shards, tmp_path)
    assert all(np.isfinite(row["loss"]) for row in log(tmp_path))


class TestMistakes:
    def test_a_generator_without_an_autoencoder(self, generator_config, shards, tmp_path):
        config = generator_config.model_copy(update={"autoencoder": tmp_path / "nowhere"})
        with pytest.raises(UserError, match=r"nowhere.*config\.json is not a readable configuration.*\.$"):
            train_generator(config, shards, tmp_path)

    def test_an_autoencoder_that_is_not_trained_to_its_end(self, autoencoder_config, tmp_path):
        autoencoder_config.save(tmp_path / "config.json")
        with pytest.raises(UserError, match=r"no trained weights at .*weights\.safetensors; train .*\.$"):
            load_autoencoder(tmp_path)

    @pytest.mark.parametrize("damage", ["cut", "other settings"])
    def test_a_checkpoint_that_does_not_fit(self, autoencoder_config, autoencoder_run, shards, tmp_path, damage):
        content = (autoencoder_run / LATEST).read_bytes()
        config = autoencoder_config
        if damage == "cut":
            content = content[: len(content) // 2]
        else:
            config = config.model_copy(update={"model": config.model.model_copy(update={"width": 12})})
        (tmp_path / LATEST).write_bytes(content)
        with pytest.raises(UserError, match=r"latest\.safetensors.*another folder\.$"):
            train_autoencoder(config, shards, tmp_path)


def test_the_average_is_the_final_one_or_the_latest_while_it_trains(autoencoder_run, tmp_path):
    config = AutoencoderTraining.read(autoencoder_run / "config.json").model
    final, latest = MotionAutoencoder(config), MotionAutoencoder(config)
    load_average(autoencoder_run, final)
    (tmp_path / LATEST).write_bytes((autoencoder_run / LATEST).read_bytes())
    load_average(tmp_path, latest)
    for (name, one), other in zip(final.state_dict().items(), latest.state_dict().values(), strict=True):
        assert torch.equal(one, other), name
    assert load_weights(autoencoder_run / WEIGHTS, final).keys() == {"mean", "std", "latent_std"}
    with pytest.raises(UserError, match="no trained weights"):
        load_average(tmp_path / "nowhere", final)
