"""A run in torch and the bundle made of it, in 32 bits: the engine's sampler takes both the same way from noise."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file

from engine.bundle import Bundle
from engine.sampling.canvas import Canvas
from engine.sampling.sampler import SamplerSettings, sample
from export import bundle as exporting
from export.config import ExportConfig
from training.evaluation.run_model import RunModel
from training.trainers.checkpoint import WEIGHTS


@pytest.fixture(scope="module")
def both(workshop, tmp_path_factory):
    """The run with a flow head that says something, as after a long training; and its bundle without any rounding."""
    folder = tmp_path_factory.mktemp("both")
    run = shutil.copytree(workshop.folder / "runs" / "generator", folder / "run")
    random = torch.Generator().manual_seed(0)
    weights = {
        name: torch.randn(tensor.shape, generator=random) * 0.2 if "modulation" in name or ".out." in name else tensor
        for name, tensor in load_file(run / WEIGHTS).items()
    }
    save_file(weights, run / WEIGHTS)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(workshop.folder)  # the settings' paths are relative
        patch.setattr(exporting, "STORAGE", dict.fromkeys(exporting.STORAGE, "float32"))
        patch.setattr(exporting, "INTEGER_PRODUCTS", ())
        exporting.export_bundle(ExportConfig.read(Path("export.toml")), run, folder / "bundle")
        return RunModel(run), Bundle(folder / "bundle", "cpu", threads=1)


@pytest.mark.parametrize("settings", [SamplerSettings(1.0, 4), SamplerSettings(4.0, 8, tokens_per_round=2.5)])
def test_the_same_noise_becomes_the_same_latents(both, settings):
    found = []
    for model in both:
        null = model.encode_text("")
        texts = ["a person walks and waves the right hand", "bow"]
        canvases = [
            Canvas.empty(length, 4, model.encode_text(text), 7) for length, text in zip((12, 9), texts, strict=True)
        ]
        found.append(sample(model, canvases, null, settings))
    for one, other in zip(*found, strict=True):
        assert np.abs(one).max() > 0.5, "something was sampled"
        np.testing.assert_allclose(one, other, rtol=0, atol=1e-4)
