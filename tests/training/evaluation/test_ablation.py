"""Ablations: variants are merged into the base, trained, measured and tabled; a second run trains nothing again."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from rich.console import Console

from engine.errors import UserError
from tests.training.tiny_run import autoencoder_toml, generator_toml
from training.config import AutoencoderTraining
from training.evaluation.ablation import AblationConfig, ablation_table, run_ablation
from training.evaluation.evaluator import load_evaluator
from training.trainers.autoencoder import train_autoencoder


def written(folder, variants, base="generator.toml"):
    path = folder / "ablation.toml"
    path.write_text(f"base = {base!r}\nsteps = 2\nrepeats = 2\nprompts = 8\n{variants}", encoding="utf-8")
    return AblationConfig.read(path)


@pytest.fixture(scope="module")
def base(split_shards, text_encoder, tmp_path_factory):
    """A folder with the configuration of a tiny generator, its autoencoder trained."""
    folder = tmp_path_factory.mktemp("ablation")
    shards = Path(split_shards.features.filename).parent
    (folder / "autoencoder.toml").write_text(autoencoder_toml("none", shards), encoding="utf-8")
    settings = AutoencoderTraining.read(folder / "autoencoder.toml")
    settings.open_run(folder / "autoencoder")
    train_autoencoder(settings, split_shards, folder / "autoencoder")
    text = generator_toml("none", shards, folder / "autoencoder", text_encoder)
    (folder / "generator.toml").write_text(text, encoding="utf-8")
    return folder


def test_a_variant_changes_what_it_names_and_nothing_else(base):
    config = written(base, "[variants.plain]\n[variants.deep.model]\ndepth = 2\n[variants.free]\ntext_dropout = 0.0\n")
    settings = config.settings(base)
    assert [one.model.depth for one in settings.values()] == [1, 2, 1]
    assert [one.text_dropout for one in settings.values()] == [0.1, 0.1, 0.0]
    assert {one.schedule.steps for one in settings.values()} == {2}
    assert settings["deep"].model.width == settings["plain"].model.width


@pytest.mark.parametrize(
    ("variants", "complaint"),
    [
        ("[variants.deep.model]\ndepht = 2\n", r"variant deep: model\.depht: Extra inputs are not permitted"),
        ('[variants."../up"]\n', "can't name a variant"),
    ],
)
def test_a_mistake_is_named_before_anything_is_trained(base, variants, complaint):
    with pytest.raises(UserError, match=complaint):
        written(base, variants).settings(base)


@pytest.mark.slow
def test_variants_are_trained_and_measured_in_one_table(base, split_shards, evaluator_file, tmp_path):
    config = written(base, "[variants.plain]\n[variants.deep.model]\ndepth = 2\n")
    evaluator = load_evaluator(evaluator_file)
    steps = []

    def run():
        return run_ablation(
            config.settings(base), config, split_shards, evaluator, tmp_path, lambda name, step, _: steps.append(name)
        )

    rows = run()
    assert [row.title for row in rows] == ["real motion, cut anew", "plain", "deep"]
    assert rows[1].estimates["fid"].mean > rows[0].estimates["fid"].mean
    assert set(steps) == {"plain", "deep"}
    steps.clear()
    assert run() == rows
    assert steps == []
    console = Console(file=io.StringIO(), width=400)
    console.print(ablation_table(rows, "title"))
    assert "plain" in console.file.getvalue()
