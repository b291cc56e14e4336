"""The flow family through every command: train, go on, export, generate; and a run and its bundle say the same."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from safetensors.torch import load_file

from engine.bundle import Bundle, read_manifest
from engine.motion.motion import Motion
from engine.sampling.canvas import Canvas
from engine.sampling.whole_sequence import StepSettings, sample_whole
from tests.training.tiny_run import generator_toml
from training.evaluation.run_model import RunModel

PARTS = "family = 'flow'\nmemory_slots = 3\nlocal_conditioning = true\nsink_mask = 0.5\n"
EXPORT_TOML = """
name = "tiny-flow"
version = "0.0.1"
license = "CC0-1.0"
attributions = ["Made by the tests."]
vocabulary_notes = "Eight clips."
default_seconds = 1.5
presets.draft = { guidance = 2.0, flow_steps = 2, solver = "euler", time_grid = "uniform" }
presets.standard = { guidance = 2.0, flow_steps = 4, solver = "midpoint", time_grid = "dense-at-data" }
presets.best = { guidance = 2.5, flow_steps = 4, solver = "heun", time_grid = "uniform", sink_control = 1.0 }
"""


@pytest.fixture(scope="module")
def flow_folder(workshop):
    """A run trained for two steps, then for one more, and its bundle."""
    for steps in (2, 3):
        text = generator_toml(
            Path("made.tar.xz"), Path("shards"), Path("runs/autoencoder"), "text-encoder", steps=steps
        )
        (workshop.folder / "flow.toml").write_text(text.replace("[model]\n", f"[model]\n{PARTS}"), encoding="utf-8")
        workshop.must("train", "generator", "flow.toml", "-o", "runs/flow")
    (workshop.folder / "export-flow.toml").write_text(EXPORT_TOML, encoding="utf-8")
    workshop.must("export", "runs/flow", "-o", "bundles/flow", "--config", "export-flow.toml")
    return workshop.folder


def test_a_run_went_on_where_it_was_and_knows_its_sink(flow_folder):
    run = flow_folder / "runs" / "flow"
    assert [line.split(",")[0] for line in (run / "log.csv").read_text().splitlines()] == ["step", "1", "2", "3"]
    assert float(load_file(run / "weights.safetensors")["sink_reference"]) == 0.0  # the start token is hidden


def test_the_bundle_is_of_the_family(flow_folder):
    manifest = read_manifest(flow_folder / "bundles" / "flow")
    assert (manifest.family, manifest.sink_reference) == ("flow", 0.0)
    assert {name for name in manifest.files if name.endswith(".onnx")} == {
        "text_encoder.onnx", "velocity.onnx", "velocity.int8.onnx", "decoder.onnx", "encoder.onnx"
    }  # fmt: skip
    assert manifest.presets["best"].sink_control == 1.0
    assert manifest.presets["standard"].time_grid == "dense-at-data"


def test_the_command_line_generates_and_changes_from_the_bundle(workshop, flow_folder):
    model = ("--model", flow_folder / "bundles" / "flow", "--provider", "cpu")
    workshop.must("generate", "a man bows", "--seconds", 2, "--seed", 1, *model, "-o", "bow.npz")
    bow = Motion.load(flow_folder / "bow.npz")
    assert (len(bow), bow.meta["model"], bow.meta["solver"]) == (60, "tiny-flow", "midpoint")
    workshop.must("regenerate", "bow.npz", "a man walks", "--from", 20, "--to", 40, *model, "-o", "other.npz")
    other = Motion.load(flow_folder / "other.npz")
    for rows in (slice(0, 20), slice(40, 60)):
        assert np.array_equal(bow.local_rotations_wxyz[rows], other.local_rotations_wxyz[rows])
    assert not np.array_equal(bow.local_rotations_wxyz[20:40], other.local_rotations_wxyz[20:40])


def test_the_run_and_its_bundle_make_the_same_latents_and_hear_the_same_words(flow_folder, monkeypatch):
    monkeypatch.chdir(flow_folder)  # the settings' paths are relative
    settings, found = StepSettings(2.0, 4, "midpoint"), []
    for model in (RunModel(flow_folder / "runs" / "flow"), Bundle(flow_folder / "bundles" / "flow", "cpu", threads=1)):
        heard = []
        words, null = model.encode_text("a person walks forward"), model.encode_text("")
        (latents,) = sample_whole(model, [Canvas.empty(12, 4, words, 3)], null, settings, hear=heard.append)
        found.append((latents, heard[-1].weights))
    (latents, weights), (others, their_weights) = found
    np.testing.assert_allclose(latents, others, atol=0.1)
    np.testing.assert_allclose(weights, their_weights, atol=1e-3)
    assert (weights[:, 0] == 0).all()
    np.testing.assert_allclose(weights.sum(axis=1), 1.0, atol=1e-5)
