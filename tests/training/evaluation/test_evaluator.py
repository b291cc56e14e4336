"""Evaluators: what training writes can be read and used; captions that mean the same are forgiven."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file

from engine.errors import UserError
from tests.training.made_clips import moving
from training.evaluation.config import EvaluatorConfig, EvaluatorTraining
from training.evaluation.evaluator import load_evaluator, own_evaluator
from training.losses.retrieval import forgiving_contrast, gaussian_kl
from training.models.evaluator import EvaluatorModel
from training.trainers.evaluator import EVALUATOR, train_evaluator


def test_a_point_does_not_depend_on_who_else_is_embedded(evaluator_file):
    evaluator = load_evaluator(evaluator_file)
    motions = [moving(frames) for frames in (72, 24, 51, 2)]
    together = evaluator.embed_motions(motions)
    assert together.shape == (4, 8)
    for motion, point in zip(motions, together, strict=True):
        assert evaluator.embed_motions([motion])[0] == pytest.approx(point, abs=1e-5)
    captions = ["a person walks", "a person waves the left hand", "a person walks"]
    points = evaluator.embed_captions(captions)
    assert points[0] == pytest.approx(points[2], abs=0)
    assert np.abs(points[0] - points[1]).max() > 1e-4


def test_motions_at_another_rate_are_the_same_to_it(evaluator_file):
    from engine.motion.resampling import resampled

    evaluator = load_evaluator(evaluator_file)
    motion = moving(72)
    first, second = evaluator.embed_motions([motion, resampled(motion, 60.0)])
    assert first == pytest.approx(second, abs=0.05)


def test_the_file_is_half_precision_and_names_its_weights(evaluator_file):
    tensors = load_file(evaluator_file)
    assert {tensor.dtype for name, tensor in tensors.items() if name.startswith("model.")} == {torch.float16}
    assert tensors["mean"].shape == tensors["std"].shape == (272,)
    assert not any("decoder" in name for name in tensors)
    assert load_evaluator(evaluator_file).fingerprint == load_evaluator(evaluator_file).fingerprint


def test_what_is_no_evaluator_is_refused_in_a_sentence(tmp_path, evaluator_file):
    with pytest.raises(UserError, match=r"none\.safetensors is not a readable evaluator: .*\.$"):
        load_evaluator(tmp_path / "none.safetensors")
    (tmp_path / "text.safetensors").write_bytes(b"\x80\x04not safetensors")
    with pytest.raises(UserError, match="not a readable evaluator"):
        load_evaluator(tmp_path / "text.safetensors")
    save_file({"mean": torch.zeros(1)}, tmp_path / "other.safetensors")
    with pytest.raises(UserError, match="no evaluator of this version"):
        load_evaluator(tmp_path / "other.safetensors")


def test_a_protocol_without_an_evaluator_says_how_to_get_one(monkeypatch, tmp_path):
    monkeypatch.setattr("training.evaluation.evaluator._OWN", tmp_path)
    with pytest.raises(UserError, match="motionwright train evaluator evaluator-mardm-67"):
        own_evaluator("mardm-67")


def test_padding_changes_nothing():
    torch.manual_seed(0)
    model = EvaluatorModel(EvaluatorConfig(width=16, heads=2, motion_depth=2, embedding_width=8)).eval()
    features = torch.randn(1, 24, 272)
    alone = model.encode_motion(features, torch.ones(1, 3, dtype=torch.bool)).mean
    padded = torch.cat([features, torch.randn(1, 16, 272)], dim=1)
    valid = torch.tensor([[True, True, True, False, False]])
    torch.testing.assert_close(model.encode_motion(padded, valid).mean, alone, atol=1e-5, rtol=0)


def test_the_contrast_is_infonce_where_nothing_is_forgiven():
    text, motion = torch.tensor([[1.0, 0.0], [0.0, 1.0]]), torch.tensor([[1.0, 0.0], [0.6, 0.8]])
    nothing = torch.eye(2, dtype=torch.bool)
    similarity = torch.tensor([[1.0, 0.6], [0.0, 0.8]]) / 0.5
    by_hand = -0.5 * torch.stack([similarity.log_softmax(dim).diagonal().mean() for dim in (0, 1)]).sum()
    assert forgiving_contrast(text, motion, nothing, 0.5) == pytest.approx(float(by_hand))


def test_a_forgiven_pair_neither_pulls_nor_pushes():
    text = torch.tensor([[1.0, 0.0], [0.9, 0.1]], requires_grad=True)
    motion = torch.tensor([[1.0, 0.0], [1.0, 0.0]])
    assert float(forgiving_contrast(text, motion, torch.eye(2, dtype=torch.bool), 0.1)) > 0.5
    loss = forgiving_contrast(text, motion, torch.ones(2, 2, dtype=torch.bool), 0.1)
    loss.backward()
    assert float(loss) == 0.0
    assert text.grad.abs().max() == 0.0


def test_the_divergence_of_gaussians_by_its_closed_form():
    zero = torch.zeros(3, 4)
    assert gaussian_kl(zero, zero, zero, zero) == 0.0
    assert gaussian_kl(zero + 2.0, zero, zero, zero) == pytest.approx(2.0)
    assert gaussian_kl(zero, zero, zero, zero + 1.0) == pytest.approx(0.5 * (np.exp(-1.0) + 1.0 - 1.0))


@pytest.mark.parametrize(("protocol", "features"), [("tmr-263", 263), ("mardm-67", 67)])
def test_the_other_protocols_are_trained_and_used_alike(evaluator_toml, split_shards, tmp_path, protocol, features):
    text = evaluator_toml.read_text(encoding="utf-8").replace("steps = 3", "steps = 1")
    path = tmp_path / "evaluator.toml"
    path.write_text(
        text.replace("[model]\n", f"[model]\nprotocol = '{protocol}'\nfeatures = {features}\n"), encoding="utf-8"
    )
    settings = EvaluatorTraining.read(path)
    settings.open_run(tmp_path)
    train_evaluator(settings, split_shards, tmp_path)
    evaluator = load_evaluator(tmp_path / EVALUATOR)
    assert evaluator.protocol == protocol
    motion = moving(72)
    moved = replace(motion, root_translation_m=motion.root_translation_m + np.array([3.0, 0.0, -1.0]))
    first, second = evaluator.embed_motions([motion, moved])
    assert np.isfinite(first).all()
    assert first == pytest.approx(second, abs=1e-3)


def test_a_protocol_has_its_own_number_of_features(evaluator_toml, tmp_path):
    path = tmp_path / "evaluator.toml"
    text = evaluator_toml.read_text(encoding="utf-8")
    path.write_text(text.replace("[model]\n", "[model]\nprotocol = 'mardm-67'\n"), encoding="utf-8")
    with pytest.raises(UserError, match="mardm-67 has 67 features, not 272"):
        EvaluatorTraining.read(path)
