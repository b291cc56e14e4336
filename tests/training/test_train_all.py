"""From a folder of BVH to a model of one's own, and motion sampled from it without torch; runs trained further."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tarfile
from importlib import resources
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from engine import cli
from tests.training.made_clips import real_archive_or_skip
from tests.training.tiny_run import autoencoder_toml, generator_toml
from tests.training.tiny_text import WIDTH as TEXT_WIDTH
from tests.training.tiny_text import write_text_encoder
from training.config import AutoencoderTraining, GeneratorTraining
from training.data.shards import open_shards, prepare
from training.studio.commands import _base
from training.studio.further import autoencoder_of, begin_autoencoder, begin_generator
from training.studio.model_card import model_card
from training.trainers.autoencoder import train_autoencoder
from training.trainers.generator import train_generator

CLIPS, LONGEST_BYTES = 30, 1_100_000
TINY = """
max_seconds = 8.0
composed_share = 0.0
[autoencoder]
window_frames = 16
[autoencoder.model]
width = 8
latent_width = 4
[autoencoder.schedule]
batch_size = 4
steps = 2
learning_rate = 1e-3
precision = "32-true"
accelerator = "cpu"
[decoder.schedule]
batch_size = 4
steps = 2
learning_rate = 1e-3
precision = "32-true"
accelerator = "cpu"
[words.schedule]
batch_size = 4
steps = 2
learning_rate = 1e-3
precision = "32-true"
accelerator = "cpu"
[generator]
text_encoder = {text_encoder!r}
[generator.model]
latent_width = 4
text_width = {text_width}
width = 32
depth = 1
heads = 2
adapter_depth = 1
flow_depth = 1
flow_width = 32
[generator.schedule]
batch_size = 4
steps = 2
learning_rate = 1e-3
precision = "32-true"
accelerator = "cpu"
[measuring]
repeats = 2
prompts = 8
[presets]
draft = {{ guidance = 2.0, flow_steps = 1, tokens_per_round = 8 }}
standard = {{ guidance = 2.0, flow_steps = 1, tokens_per_round = 8 }}
best = {{ guidance = 2.0, flow_steps = 1, tokens_per_round = 8 }}
"""
SAMPLE = """
import sys
from pathlib import Path
from engine.bundle import Bundle
from engine.generator import Engine
from engine.requests import GenerationRequest, Prompt, SamplingOptions
(motion,) = Engine(Bundle(Path(sys.argv[1]), "cpu", threads=1)).generate(
    GenerationRequest((Prompt("a person walks", 2.0),), SamplingOptions(preset="draft", seed=1))
)
assert "torch" not in sys.modules
print(len(motion))
"""


def motionwright(*arguments: object, folder: Path) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "engine.cli", *map(str, arguments)],
        cwd=folder,
        env={**os.environ, "HF_HUB_OFFLINE": "1", "HOME": str(folder / "data")}
        | dict.fromkeys(("XDG_DATA_HOME", "LOCALAPPDATA"), str(folder / "data")),
        capture_output=True, text=True, encoding="utf-8", timeout=900, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def studio(tmp_path_factory) -> Path:
    """A folder with `clips`, thirty of CMU's trials as BVH, and tiny settings."""
    archive = real_archive_or_skip().with_name("cmu.tar.xz")
    if not archive.exists():
        pytest.skip("no CMU archive at hand")
    folder = tmp_path_factory.mktemp("studio")
    (folder / "clips").mkdir()
    with tarfile.open(archive) as tar:
        trials = [member for member in tar if "iclone" in member.name and member.name.endswith(".bvh")]
        for member in sorted(trials, key=lambda member: member.size)[:CLIPS]:
            (folder / "clips" / Path(member.name).name).write_bytes(tar.extractfile(member).read())
    text_encoder = write_text_encoder(folder / "text-encoder")
    tiny = TINY.format(text_encoder=str(text_encoder), text_width=TEXT_WIDTH)
    (folder / "tiny.toml").write_text(tiny, encoding="utf-8")
    return folder


def steps_of(told: str) -> list[str]:
    """The commands that `train all` ran, by their first words."""
    return [line.split()[1] for line in told.splitlines() if line.startswith("motionwright ")]


@pytest.fixture(scope="module")
def mine(studio) -> Path:
    """The bundle that is made of the clips alone."""
    told = motionwright(
        "train", "all", "--motion", "clips", "-o", "mine", "--from-scratch", "--config", "tiny.toml",
        "--name", "Our Hero", folder=studio,
    )  # fmt: skip
    assert steps_of(told) == ["data", "train", "train", "train", "train", "export", "evaluate"]
    return studio / "mine"


@pytest.mark.slow
def test_from_a_folder_of_bvh_to_motion_of_the_torch_free_engine(studio, mine):
    manifest = json.loads((mine / "bundle.json").read_text(encoding="utf-8"))
    assert (manifest["name"], manifest["license"]) == ("Our Hero", "proprietary")
    assert "walk" in manifest["vocabulary_notes"]
    shards = open_shards(studio / "mine.training" / "shards")
    assert len(shards.rows) >= CLIPS - 6
    assert all(shards.of(split) for split in ("train", "validation", "test"))
    assert all(row.captions and row.labels is not None for row in shards.rows)
    card = (mine / "MODEL_CARD.md").read_text(encoding="utf-8")
    assert "# Our Hero" in card
    assert "| --- |" in card
    assert "from scratch" in card
    in_menu = next((studio / "data").rglob("models")) / "mine"
    assert (in_menu / "bundle.json").read_bytes() == (mine / "bundle.json").read_bytes()
    assert sampled(in_menu) == "60"


@pytest.mark.slow
def test_a_bundle_is_trained_further_in_one_command(studio, mine):
    """Its networks, presets and licence are kept, whatever the settings say of those."""
    other = (studio / "tiny.toml").read_text(encoding="utf-8").replace("width = 32", "width = 64")
    (studio / "other.toml").write_text(other.replace("flow_steps = 1", "flow_steps = 9"), encoding="utf-8")
    told = motionwright(
        "train", "all", "--motion", "clips", "-o", "further", "--base", "mine", "--config", "other.toml", folder=studio
    )
    assert "trains mine further" in told
    assert steps_of(told) == ["data", "restore", "train", "train", "train", "train", "export", "evaluate"]
    first, second = (
        json.loads((studio / name / "bundle.json").read_text(encoding="utf-8")) for name in ("mine", "further")
    )
    for kept in ("license", "presets", "normalization", "condition_width"):
        assert second[kept] == first[kept]
    assert second["attributions"] == first["attributions"] == ["Motion: clips"]
    assert "trained further from `Our Hero 1.0.0`" in (studio / "further" / "MODEL_CARD.md").read_text(encoding="utf-8")
    assert sampled(studio / "further") == "60"


def sampled(bundle: Path) -> str:
    """The frames that the engine, without torch, makes of two seconds."""
    done = subprocess.run([sys.executable, "-c", SAMPLE, str(bundle)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["--base", "nowhere"], "nowhere is neither a bundle nor the run of a generator"),
        (["--base", "old"], "old was exported without what training further needs"),
        (["--base", "old", "--from-scratch"], "exclude each other"),
    ],
)
def test_what_can_not_be_trained_further_is_said_before_anything_is_read(
    arguments, complaint, tmp_path, monkeypatch, capsys
):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "old").mkdir()
    (tmp_path / "old" / "bundle.json").write_text(json.dumps({"files": {"flow.onnx": "0"}}), encoding="utf-8")
    assert cli.run(["train", "all", "--motion", "clips", "-o", "x", *arguments]) == 2
    assert complaint in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["old"]


def test_without_a_word_the_embedded_model_is_trained_further():
    assert _base(None, from_scratch=False) == Path(str(resources.files("engine"))) / "models" / "default"
    assert _base(None, from_scratch=True) is None
    assert _base(Path("a-run"), from_scratch=False) == Path("a-run")


@pytest.fixture(scope="module")
def base(made_archive, text_encoder, tmp_path_factory) -> Path:
    """The folder of tiny finished runs, `autoencoder` and `generator`."""
    from training.data.bandai_namco import read_archive

    folder = tmp_path_factory.mktemp("base")
    shards = prepare(made_archive, folder / "shards", read_archive)
    tomls = {
        "autoencoder": autoencoder_toml(made_archive, folder / "shards"),
        "generator": generator_toml(made_archive, folder / "shards", folder / "autoencoder", text_encoder),
    }
    for name, kind, train in (
        ("autoencoder", AutoencoderTraining, train_autoencoder),
        ("generator", GeneratorTraining, train_generator),
    ):
        (folder / f"{name}.toml").write_text(tomls[name], encoding="utf-8")
        settings = kind.read(folder / f"{name}.toml")
        settings.open_run(folder / name)
        train(settings, shards, folder / name)
    return folder


def test_a_run_trained_further_begins_with_the_weights_and_on_the_scale_of_its_base(base, made_archive, tmp_path):
    from training.data.bandai_namco import read_archive

    prepare(made_archive, tmp_path / "shards", read_archive)
    begin_autoencoder(autoencoder_of(base / "generator"), tmp_path / "autoencoder", tmp_path / "shards")
    begin_generator(base / "generator", tmp_path / "generator")
    for name in ("autoencoder", "generator"):
        of_base = load_file(base / name / "weights.safetensors")
        begun = load_file(tmp_path / name / "latest.safetensors")
        weights = [key for key in of_base if key.startswith("model.")]
        assert weights
        for key in weights:
            assert torch.equal(begun[key], of_base[key])
            assert torch.equal(begun[key.replace("model.", "average.", 1)], of_base[key])
    of_base = load_file(base / "autoencoder" / "weights.safetensors")
    for kept, statistic in zip(open_shards(tmp_path / "shards").normalization, ("mean", "std"), strict=True):
        assert np.array_equal(kept, of_base[statistic])


def test_a_run_that_was_trained_further_already_goes_on(base, tmp_path):
    begin_generator(base / "generator", tmp_path / "run")
    (tmp_path / "run" / "latest.safetensors").write_bytes(b"a later checkpoint")
    begin_generator(base / "generator", tmp_path / "run")
    assert (tmp_path / "run" / "latest.safetensors").read_bytes() == b"a later checkpoint"


def test_a_model_card_tells_what_was_measured(base):
    row = {"title": "model", "fid": {"mean": 1.25, "half_width": 0.5}, "jerk": {"mean": None, "half_width": None}}
    report = {"protocol": "ms-272", "split": "test", "prompts": 8, "repeats": 2, "rows": [row]}
    card = model_card("Hero", "CC0-1.0", open_shards(base / "shards"), report, "embedded")
    assert "trained further from `embedded`" in card
    assert "6 train, 2 validation, 0 test clips" in card
    assert "| | FID |" in card
    assert "| model | 1.250 ± 0.500 |" in card
