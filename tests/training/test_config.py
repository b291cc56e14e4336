"""Configurations: what the package carries can be read, and a mistake is a sentence that names it."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import ValidationError

import training
from engine.errors import UserError
from tests.training.tiny_run import autoencoder_toml, generator_toml
from training.config import AutoencoderTraining, GeneratorTraining
from training.evaluation.ablation import AblationConfig
from training.evaluation.config import EvaluatorTraining

CONFIGS = Path(training.__file__).parent / "configs"


def written(tmp_path, text):
    path = tmp_path / "run.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_every_config_of_the_package_can_be_read():
    names = {path.name for path in CONFIGS.glob("*.toml")}
    assert {"autoencoder-small.toml", "generator-small.toml"} <= names
    for name in names:
        kinds = {"autoencoder": AutoencoderTraining, "generator": GeneratorTraining, "evaluator": EvaluatorTraining,
                 "ablation": AblationConfig}  # fmt: skip
        kinds[name.partition("-")[0]].read(CONFIGS / name)
    autoencoder = AutoencoderTraining.read(CONFIGS / "autoencoder-small.toml")
    generator = GeneratorTraining.read(CONFIGS / "generator-small.toml")
    assert autoencoder.model.frames_per_latent == 4
    assert generator.model.latent_width == autoencoder.model.latent_width
    assert generator.data.shards == autoencoder.data.shards


def test_a_window_holds_whole_latents(tmp_path):
    text = autoencoder_toml("a", "s").replace("window_frames = 16", "window_frames = 20")
    AutoencoderTraining.read(written(tmp_path, text))
    with pytest.raises(UserError, match=r"run\.toml: .*window_frames must be a multiple of 8\.$"):
        AutoencoderTraining.read(written(tmp_path, text.replace("[model]", "[model]\nhalvings = 3")))


def test_what_was_resolved_is_read_back(tmp_path):
    settings = GeneratorTraining.read(written(tmp_path, generator_toml("a", "s", "run", "minilm")))
    settings.save(tmp_path / "config.json")
    assert GeneratorTraining.read(tmp_path / "config.json") == settings
    assert settings.text_dropout == 0.1
    assert '"text_dropout": 0.1' in (tmp_path / "config.json").read_text(encoding="utf-8")


def test_settings_can_not_be_changed(tmp_path):
    settings = AutoencoderTraining.read(written(tmp_path, autoencoder_toml("a", "s")))
    with pytest.raises(ValidationError):
        settings.window_frames = 64


@pytest.mark.parametrize(
    ("was", "becomes", "complaint"),
    [
        ("window_frames = 16", "window_frame = 16", r"window_frame: Extra inputs are not permitted"),
        ("latent_width = 4", "latent_widht = 4", r"model\.latent_widht: Extra inputs are not permitted"),
        ("[model]", "[modell]", r"modell: Extra inputs are not permitted"),
        ("steps = 2", "", r"schedule\.steps: Field required"),
        ("steps = 2", "steps = 'many'", r"schedule\.steps: .*integer"),
        ("window_frames = 16", "window_frames = 18", r"window_frames: .*multiple of 4"),
        ("[model]", "[model", r"is not a readable configuration: .*"),
    ],
)
def test_a_mistake_is_named(tmp_path, was, becomes, complaint):
    text = autoencoder_toml("a", "s")
    assert was in text
    with pytest.raises(UserError, match=rf"run\.toml:? {complaint}.*\.$"):
        AutoencoderTraining.read(written(tmp_path, text.replace(was, becomes, 1)))


@pytest.mark.parametrize("content", [None, b"\xff\xfe\x00"])
def test_a_file_that_is_missing_or_no_text(tmp_path, content):
    if content is not None:
        (tmp_path / "run.toml").write_bytes(content)
    with pytest.raises(UserError, match=r"run\.toml is not a readable configuration: .*\.$"):
        AutoencoderTraining.read(tmp_path / "run.toml")


def test_a_run_goes_on_with_another_schedule_but_not_with_another_network(tmp_path):
    settings = AutoencoderTraining.read(CONFIGS / "autoencoder-small.toml")
    run = tmp_path / "run"
    settings.open_run(run)
    longer = settings.model_copy(update={"schedule": settings.schedule.model_copy(update={"steps": 9})})
    longer.open_run(run)
    wider = settings.model_copy(update={"model": settings.model.model_copy(update={"width": 8})})
    with pytest.raises(UserError, match="another network"):
        wider.open_run(run)
    assert AutoencoderTraining.read(run / "config.json") == longer
