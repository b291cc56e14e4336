"""The torch side of `motionwright bench`: the same latents from the same weights, and no other run's."""

from __future__ import annotations

import shutil

import numpy as np
import pytest
from safetensors.torch import load_file, save_file

from engine.bundle import Bundle
from engine.errors import UserError
from export.benchmark import torch_models


@pytest.fixture
def run(workshop, monkeypatch):
    monkeypatch.chdir(workshop.folder)  # the settings name their folders relative to it
    return workshop.folder / "runs" / "generator"


def test_torch_and_bundle_flow_to_the_same_latents(bundle_folder, run):
    bundle = Bundle(bundle_folder, "cpu", threads=1)
    name, eager = next(torch_models(bundle_folder, run))
    assert name == "PyTorch eager"
    random = np.random.default_rng(0)
    latents = random.standard_normal((2, 9, 4)).astype(np.float32)
    known, valid = random.random((2, 9)) < 0.5, np.ones((2, 9), bool)
    made = []
    for model in (eager, bundle):
        words = np.stack([model.encode_text("a person walks")] * 2)
        conditions, _ = model.transformer(latents, known, valid, words, np.ones(words.shape[:2], bool))
        scale, times = np.full(9, 2.0, np.float32), np.float32([1, 0.5, 0])
        flown = model.flow(latents[0], conditions[0], conditions[1], scale, times)
        made.append((conditions, flown, model.decode(flown[None])))
    for one, other in zip(*made, strict=True):
        assert np.sum(one * other) / np.linalg.norm(one) / np.linalg.norm(other) > 0.99


def test_another_runs_bundle_is_refused(bundle_folder, run, tmp_path):
    other = tmp_path / "run"
    shutil.copytree(run, other)
    weights = load_file(other / "weights.safetensors")
    save_file({name: -tensor for name, tensor in weights.items()}, other / "weights.safetensors")
    with pytest.raises(UserError, match=r"was not exported from .*; give the run"):
        next(torch_models(bundle_folder, other))
