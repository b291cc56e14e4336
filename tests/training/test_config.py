"""Configurations: what the package carries can be read, and a mistake is a sentence that names it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from pydantic import ValidationError

import training
from engine.errors import UserError
from tests.training.tiny_run import autoencoder_toml, generator_toml
from training.config import AutoencoderTraining, DataConfig, GeneratorTraining
from training.evaluation.ablations.config import AblationConfig
from training.evaluation.config import EvaluatorTraining
from training.studio.config import StudioTraining, words_training
from training.word_embeddings.config import MateTraining

CONFIGS = Path(training.__file__).parent / "configs"


def written(tmp_path, text):
    path = tmp_path / "run.toml"
    path.write_text(text, encoding="utf-8")
    return path


KINDS = {"embedded": StudioTraining, "studio": StudioTraining,
         "ablation": AblationConfig, "autoencoder": AutoencoderTraining,
         "generator": GeneratorTraining, "flow": GeneratorTraining, "evaluator": EvaluatorTraining,
         "mate": MateTraining}  # fmt: skip
"""The first that a file's name or its folder's has in it."""


PATHS = sorted({*CONFIGS.glob("*.toml"), *CONFIGS.glob("*/*.toml")})


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.stem)
def test_every_config_of_the_package_can_be_read(path):
    next(kind for word, kind in KINDS.items() if word in str(path.relative_to(CONFIGS))).read(path)


def test_the_small_networks_fit_each_other():
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


def test_settings_may_be_changed_in_the_command(tmp_path):
    path = written(tmp_path, generator_toml("a", "s", "run", "minilm"))
    changes = [
        "schedule.steps=77", "schedule.compile=true", "text_encoder=google-t5/t5-small", "schedule.betas=[0.5, 0.6]",
        "data.shards=other/place", "model.width = 64",
    ]  # fmt: skip
    settings = GeneratorTraining.read(path, changes)
    assert (settings.schedule.steps, settings.schedule.compile) == (77, True)
    assert settings.text_encoder == "google-t5/t5-small"
    assert settings.schedule.betas == (0.5, 0.6)
    assert settings.data.shards == Path("other/place")
    assert settings.model.width == 64
    assert settings.schedule.batch_size == 4, "what was not changed is the file's"


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ("schedule.stesp=3", r"run\.toml: schedule\.stesp: Extra inputs are not permitted"),
        ("schedule.steps=many", r"run\.toml: schedule\.steps: .*integer"),
        ("schedule.steps", r"“schedule\.steps” is no setting; write it as key=value"),
        ("text_encoder.size=3", r"“text_encoder\.size=3” sets a part of text_encoder, which has none"),
        ("schedule.batch_size=0", r"schedule\.batch_size: .*greater than 0"),
    ],
)
def test_a_mistaken_change_is_named(tmp_path, change, complaint):
    path = written(tmp_path, generator_toml("a", "s", "run", "minilm"))
    with pytest.raises(UserError, match=complaint + r".*\.$"):
        GeneratorTraining.read(path, [change])


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


def studio(conditioning):
    settings = StudioTraining.read(CONFIGS / "studio" / "from-scratch.toml").model_dump(mode="json")
    settings["generator"]["model"]["conditioning"] = conditioning
    return StudioTraining.model_validate(settings)


def run_of(folder, conditioning):
    model = GeneratorTraining.read(CONFIGS / "generator-small.toml").model_dump(mode="json")
    model["model"]["conditioning"] = conditioning
    folder.mkdir()
    (folder / "config.json").write_text(json.dumps(model), encoding="utf-8")
    return folder


def test_words_are_taught_to_an_adapter_alone(tmp_path):
    with pytest.raises(ValueError, match="no adapter"):
        studio("adaln")
    settings = studio("cross-attention")
    data, autoencoder = DataConfig(shards=tmp_path), tmp_path / "autoencoder"
    assert words_training(settings, data, autoencoder, None) is not None
    taught = words_training(settings, data, autoencoder, run_of(tmp_path / "words", "cross-attention"))
    assert taught is not None and taught.base == tmp_path / "words"
    assert words_training(settings, data, autoencoder, run_of(tmp_path / "one-word", "adaln")) is None
