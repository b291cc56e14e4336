"""Training in two processes that torchrun starts is training in one that takes two batches a step."""

from __future__ import annotations

import csv
import os
import subprocess
import sys

import pytest
from safetensors.torch import load_file

from tests.training.tiny_run import autoencoder_toml, generator_toml
from training.config import AutoencoderTraining
from training.data.bandai_namco import read_archive
from training.data.shards import prepare
from training.trainers.autoencoder import train_autoencoder
from training.trainers.checkpoint import WEIGHTS

STEPS = 12
COMMAND = ("from engine.cli import main; main()",)


@pytest.fixture(scope="module")
def shards_folder(made_archive, tmp_path_factory):
    folder = tmp_path_factory.mktemp("shards")
    prepare(made_archive, folder, read_archive)
    return folder


@pytest.fixture(scope="module")
def configs(made_archive, shards_folder, text_encoder, tmp_path_factory):
    """Kind → the file of its configuration; the generator's autoencoder is trained."""
    folder = tmp_path_factory.mktemp("configs")
    settings = {"steps": STEPS, "variant": "sae", "text_encoder": text_encoder}
    autoencoder = folder / "autoencoder.toml"
    autoencoder.write_text(autoencoder_toml(made_archive, shards_folder, **settings), encoding="utf-8")
    run = folder / "autoencoder"
    config = AutoencoderTraining.read(autoencoder)
    config.open_run(run)
    train_autoencoder(config, prepare(made_archive, shards_folder, read_archive), run)
    generator = folder / "generator.toml"
    generator.write_text(generator_toml(made_archive, shards_folder, run, text_encoder, steps=STEPS), encoding="utf-8")
    return {"autoencoder": autoencoder, "generator": generator}


def train(launcher, kind, config, out, *overrides):
    arguments = ["train", kind, str(config), *overrides, "-o", str(out)]
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "CUDA_VISIBLE_DEVICES": ""}
    done = subprocess.run(
        [sys.executable, *launcher, *arguments],
        env=environment,
        capture_output=True,
        text=True,
        timeout=540,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    with (out / "log.csv").open(encoding="utf-8", newline="") as file:
        return [{name: float(value) for name, value in row.items()} for row in csv.DictReader(file)]


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["autoencoder", "generator"])
def test_two_processes_are_one_with_twice_the_batch(configs, kind, tmp_path):
    together = ["-m", "torch.distributed.run", "--standalone", "--nproc-per-node=2", "-m", "engine.cli"]
    two = train(together, kind, configs[kind], tmp_path / "two")
    one = train(["-m", "engine.cli"], kind, configs[kind], tmp_path / "one", "schedule.accumulate=2")
    assert [row["step"] for row in two] == list(range(1, STEPS + 1)) == [row["step"] for row in one]
    for row, other in zip(two, one, strict=True):
        for name in row.keys() - {"steps_per_second", "step"}:
            assert row[name] == pytest.approx(other[name], rel=1e-3, abs=1e-3), (name, row["step"])
    assert one[-1]["loss"] != one[0]["loss"]
    weights, others = load_file(tmp_path / "two" / WEIGHTS), load_file(tmp_path / "one" / WEIGHTS)
    for name, tensor in weights.items():
        assert (tensor - others[name]).abs().max() < 1e-3, name
