"""A bundle back to runs: networks that do what its graphs do, on which training goes on."""

from __future__ import annotations

import contextlib
import shutil
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnx
import pytest
import torch
from safetensors import safe_open
from safetensors.torch import load_file

from engine.bundle import read_manifest, write_manifest
from engine.bundle.graphs import FAMILIES
from engine.bundle.providers import new_session
from engine.bundle.weights import read_weights
from engine.errors import UserError
from export.bundle import export_bundle, opened_run
from export.config import ExportConfig
from export.restoring import _without_places, graph_weights, restore_runs
from tests.export.conftest import EXPORT_TOML
from tests.training.made_clips import bvh_text, moving, write_archive
from tests.training.tiny_run import autoencoder_toml, generator_toml
from training.config import AutoencoderTraining, GeneratorTraining
from training.data.bandai_namco import read_archive
from training.data.shards import open_shards, prepare
from training.models.text import TextEncoder
from training.studio.further import TRAINING_FILE, begin_autoencoder, begin_generator
from training.trainers.autoencoder import train_autoencoder
from training.trainers.generator import train_generator
from training.trainers.run_log import read_table
from training.word_embeddings.table import WordEmbeddings, fingerprint

MADE = Path("made.tar.xz"), Path("shards")
STEPS, FEW = 200, 20
PARTS = "memory_slots = 3\nlocal_conditioning = true\nsink_mask = 0.5\n"
FLOW_PRESETS = """
presets.draft = { guidance = 2.0, flow_steps = 2, solver = "euler", time_grid = "uniform" }
presets.standard = { guidance = 2.0, flow_steps = 4, solver = "midpoint", time_grid = "dense-at-data" }
presets.best = { guidance = 2.5, flow_steps = 4, solver = "heun", time_grid = "uniform" }
"""
OTHERS = (
    ("dataset-1_walk_normal_003", 84, 0.3, {}),
    ("dataset-2_walk-turn-left_active_004", 88, 0.15, {"turn_rad": 1.2, "turned": (25, 60)}),
    ("dataset-2_wave-right-hand_normal_004", 70, 0.25, {"raised": "right"}),
    ("dataset-2_raise-up-left-hand_elderly_004", 72, 0.2, {"raised": "left"}),
    ("dataset-1_walk_normal_020", 66, 0.2, {}),
    ("dataset-2_wave-right-hand_feminine_012", 80, 0.2, {"raised": "right"}),
)
"""Name, frames, bend and kind of further clips; the last two are of the validation split."""


@dataclass(frozen=True)
class Exported:
    """A generator's run, the bundle of it, and the folder of what was restored from that."""

    run: Path
    bundle: Path
    restored: Path


def trained(run, text, kind, train):
    """The folder of a run with the settings in a TOML text, trained."""
    run.with_suffix(".toml").write_text(text, encoding="utf-8")
    settings = kind.read(run.with_suffix(".toml"))
    settings.open_run(run)
    train(settings, open_shards(settings.data.shards), run)
    return run


@pytest.fixture(scope="module")
def with_all_parts(workshop):
    """From a family to a run of it on an `sae`, with every switch of MLA-Gen and words of its own."""
    folder, runs = workshop.folder, Path("runs")
    encoder = TextEncoder(str(folder / "text-encoder"))
    row = torch.tensor([encoder.tokenizer.convert_tokens_to_ids("walks")])
    moved = torch.randn(1, encoder.width, generator=torch.Generator().manual_seed(0))
    words = WordEmbeddings(row, moved, fingerprint(encoder.model.get_input_embeddings().weight))
    words.save(folder / "moved.safetensors")
    autoencoder = autoencoder_toml(*MADE, STEPS, variant="sae", text_encoder="text-encoder")

    def make(family):
        text = generator_toml(*MADE, sae, "text-encoder", STEPS)
        text = f"word_embeddings = 'moved.safetensors'\n{text}"
        text = text.replace("[model]\n", f"[model]\nfamily = '{family}'\n{PARTS}")
        return trained(runs / f"all-{family}", text, GeneratorTraining, train_generator)

    with contextlib.chdir(folder):
        sae = trained(runs / "sae", autoencoder, AutoencoderTraining, train_autoencoder)
        yield make


@pytest.fixture(scope="module", params=["masked-ar", "flow"])
def exported(request, workshop, with_all_parts) -> Exported:
    with contextlib.chdir(workshop.folder):
        run, bundle = with_all_parts(request.param), Path("bundles") / f"all-{request.param}"
        of_masked = [line for line in EXPORT_TOML.splitlines(keepends=True) if "presets" in line]
        text = EXPORT_TOML if request.param != "flow" else EXPORT_TOML.replace("".join(of_masked), FLOW_PRESETS)
        Path("all.toml").write_text(text, encoding="utf-8")
        export_bundle(ExportConfig.read(Path("all.toml")), run, bundle)
        restored = Path(f"restored-{request.param}")
        restore_runs(bundle, restored)
    return Exported(run, bundle, restored)


@pytest.fixture(autouse=True)
def in_the_workshop(workshop, monkeypatch):
    """The settings' paths are relative."""
    monkeypatch.chdir(workshop.folder)


def test_what_is_restored_does_what_the_graphs_do(exported):
    model, _ = opened_run(exported.restored / "generator")
    inputs = model.example_inputs(batch=3, latents=7, words=5)
    for name, module in model.modules().items():
        graph, weights = exported.bundle / f"{name}.onnx", exported.bundle / f"{name}.safetensors"
        outside = read_weights(weights.read_bytes(), "weights") if weights.is_file() else {}
        session = new_session(graph.read_bytes(), "cpu", 1, outside)
        found = session.run(None, {key: value.numpy() for key, value in inputs[name].items()})
        with torch.inference_mode():
            made = module(**inputs[name])
        # The text encoder is frozen: its own weights are not restored from the eight bits that they have in the graph.
        tolerance = 0.05 if name == "text_encoder" else 1e-3
        for one, other in zip((made,) if isinstance(made, torch.Tensor) else made, found, strict=True):
            np.testing.assert_allclose(one.numpy(), other, atol=tolerance * max(1.0, np.abs(other).max()))


def test_every_weight_is_what_it_was_as_far_as_it_was_stored(exported):
    trained, restored = opened_run(exported.run)[0], opened_run(exported.restored / "generator")[0]
    for network in ("generator", "autoencoder"):
        before, after = (getattr(model, network).state_dict() for model in (trained, restored))
        assert before.keys() == after.keys()
        for name, weights in before.items():
            assert float((weights - after[name]).norm()) <= 0.01 * float(weights.norm()) + 1e-6, name


def test_scales_and_words_and_the_sink_s_reference_come_back(exported):
    trained, statistics = opened_run(exported.run)
    restored, its_statistics = opened_run(exported.restored / "generator")
    assert its_statistics.keys() == statistics.keys()
    for name, values in statistics.items():
        torch.testing.assert_close(its_statistics[name], values)
    assert restored.sink_reference == pytest.approx(trained.sink_reference, abs=1e-6)
    own, other = (model.encoder.model.get_input_embeddings().weight for model in (trained, restored))
    assert float((own - other).abs().max()) < 0.02 * float(own.abs().max())


def test_no_place_of_the_training_machine_is_told(exported):
    told = GeneratorTraining.read(exported.run / "config.json").model_copy(update={"words": Path("/home/me/words")})
    autoencoder = AutoencoderTraining.read(told.autoencoder / "config.json")
    assert all("/home/me" not in _without_places(one).model_dump_json() for one in (told, autoencoder))


def test_only_what_no_graph_has_is_stored_beside_them(exported, workshop):
    names = set(load_file(exported.bundle / TRAINING_FILE))
    rest = {name for name in names if not name.endswith((".memory", "class_projection.weight", ".place.weight"))}
    assert rest <= {"generator.transformer.place.bias", "word_embeddings.rows"}
    others = (exported.bundle / "tokenizer.json").stat().st_mode
    assert (exported.bundle / TRAINING_FILE).stat().st_mode & 0o044 == others & 0o044, "whoever reads one reads all"
    with safe_open(exported.bundle / TRAINING_FILE, framework="pt") as file:
        assert str(workshop.folder) not in str(file.metadata())


def test_weights_are_called_in_the_graphs_as_in_torch(exported):
    manifest = read_manifest(exported.bundle)
    for name in FAMILIES[manifest.family]:
        for tensor in onnx.load(exported.bundle / f"{name}.onnx", load_external_data=False).graph.initializer:
            assert not (len(tensor.dims) > 1 and np.prod(tensor.dims) > 16 and tensor.name.startswith("val_")), tensor
        assert all(value.dtype == torch.float32 for value in graph_weights(exported.bundle, name).values())


@pytest.fixture(scope="module")
def on_other_clips(exported, workshop):
    """What validation measures, by kind and by what it began with, after a few steps on clips the base never saw."""
    with contextlib.chdir(workshop.folder):
        others = {name: moving(frames, bend_rad=bend, **kind) for name, frames, bend, kind in OTHERS}
        write_archive(Path("others.tar.xz"), {name: bvh_text(motion) for name, motion in others.items()})
        found, place = {}, Path(f"further-{exported.run.name}")
        for start in ("base", "nothing"):
            shards = place / f"{start}-shards"
            prepare(Path("others.tar.xz"), shards, read_archive)
            if start == "base":
                begin_autoencoder(exported.restored / "autoencoder", place / "sae-base", shards)
                begin_generator(exported.restored / "generator", place / "gen-base")
            text = autoencoder_toml(Path("others.tar.xz"), shards, FEW, variant="sae", text_encoder="text-encoder")
            run = trained(place / f"sae-{start}", text, AutoencoderTraining, train_autoencoder)
            found["autoencoder", start] = read_table(run / "validation.csv")["joint_error_cm"][-1]
        for start in ("base", "nothing"):  # on the same latents
            model = GeneratorTraining.read(exported.run / "config.json").model
            text = generator_toml(
                Path("others.tar.xz"), place / "base-shards", place / "sae-base", "text-encoder", FEW
            ).replace("[model]\n", f"[model]\nfamily = '{model.family}'\n{PARTS}")
            run = trained(place / f"gen-{start}", text, GeneratorTraining, train_generator)
            found["generator", start] = read_table(run / "validation.csv")["loss"][-1]
    return found


@pytest.mark.parametrize("kind", ["autoencoder", "generator"])
def test_what_is_trained_further_is_soon_better_than_what_begins_at_nothing(on_other_clips, kind):
    assert on_other_clips[kind, "base"] < 0.95 * on_other_clips[kind, "nothing"]


def test_the_command_restores_and_says_where(workshop, bundle_folder):
    assert workshop.must("restore", bundle_folder, "-o", "again").strip() == str(Path("again") / "generator")
    trained, restored = opened_run(workshop.folder / "runs" / "generator")[0], opened_run(Path("again/generator"))[0]
    for name, weights in trained.generator.state_dict().items():
        assert float((weights - restored.generator.state_dict()[name]).norm()) <= 0.01 * float(weights.norm()) + 1e-6


def test_a_bundle_without_what_training_needs_says_so(bundle_folder, tmp_path):
    bare = Path(shutil.copytree(bundle_folder, tmp_path / "bare"))
    (bare / TRAINING_FILE).unlink()
    with pytest.raises(UserError, match="is missing"):
        restore_runs(bare, tmp_path / "restored")
    write_manifest(bare, read_manifest(bundle_folder))
    with pytest.raises(UserError, match="exported without what training needs"):
        restore_runs(bare, tmp_path / "restored")
    assert not (tmp_path / "restored").exists()
