"""An adapter taught by words alone: what it is to foretell, that it learns it, and that a generator begins with it."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from lightning_fabric import Fabric

from engine.motion import ms272
from tests.training.tiny_run import autoencoder_toml, generator_toml
from training.config import AutoencoderTraining, GeneratorTraining, ScheduleConfig, WordsTraining
from training.data.bandai_namco import read_archive
from training.data.batches import ClipSampler, Told
from training.data.predicates import PREDICATES
from training.data.shards import prepare
from training.models.generator import new_generator
from training.studio.further import begin_generator
from training.trainers.autoencoder import load_autoencoder, train_autoencoder
from training.trainers.checkpoint import load_average
from training.trainers.generator import train_generator
from training.trainers.words import _Facts, _new, _WordsTask, taught_adapter, train_words
from training.trainers.world import _precision


@pytest.fixture(scope="module")
def place(made_archive, text_encoder, tmp_path_factory):
    """A folder with shards, an autoencoder's run and settings of words and of a generator."""
    folder = tmp_path_factory.mktemp("words")
    shards = prepare(made_archive, folder / "shards", read_archive)
    texts = {
        "autoencoder": autoencoder_toml(made_archive, folder / "shards"),
        "words": generator_toml(made_archive, folder / "shards", folder / "autoencoder", text_encoder, steps=150),
        "generator": generator_toml(made_archive, folder / "shards", folder / "autoencoder", text_encoder, steps=1),
    }
    kinds = {"autoencoder": AutoencoderTraining, "words": WordsTraining, "generator": GeneratorTraining}
    settings = {}
    for name, text in texts.items():
        (folder / f"{name}.toml").write_text(text, encoding="utf-8")
        settings[name] = kinds[name].read(folder / f"{name}.toml")
    settings["autoencoder"].open_run(folder / "autoencoder")
    train_autoencoder(settings["autoencoder"], shards, folder / "autoencoder")
    settings["words"].open_run(folder / "taught")
    train_words(settings["words"], shards, folder / "taught")
    return folder, shards, settings


def test_facts_of_a_mirrored_clip_are_those_of_its_mirror_image(place):
    folder, shards, settings = place
    autoencoder, _ = load_autoencoder(folder / "autoencoder")
    facts = _Facts(ClipSampler(shards, shards.of("train"), settings["words"].data), autoencoder, shards, 2.0)
    for row in shards.of("train")[:6]:
        features = shards.clip_features(row)[:60]
        for mirror, seen in ((False, features), (True, ms272.mirrored(features))):
            courses, verdicts = facts.of([Told("", row.name, mirror)])
            motion = ms272.decode(seen.astype(np.float64))
            assert verdicts[0].tolist() == [predicate.holds(motion) for predicate in PREDICATES.values()]
            assert torch.isfinite(courses).all()
    left, right = (facts.of([Told("", shards.of("train")[0].name, mirror)])[0] for mirror in (False, True))
    assert not torch.equal(left, right)


def test_words_foretell_better_when_taught(place):
    folder, shards, settings = place
    fabric = Fabric(accelerator="cpu", devices=1)
    task = _WordsTask(settings["words"], shards, fabric)
    torch.manual_seed(0)
    taught, fresh = (_new(settings["words"].model, load_autoencoder(folder / "autoencoder")[0]) for _ in range(2))
    load_average(folder / "taught", taught)
    before, after = (float(task.losses(model.eval(), 9_999)["loss"].detach()) for model in (fresh, taught))
    assert after < 0.8 * before


def test_a_generator_begins_with_the_taught_adapter(place, tmp_path):
    folder, shards, settings = place
    taught = taught_adapter(folder / "taught").state_dict()
    nothing_learnt = settings["generator"].schedule.model_copy(update={"steps": 0})
    config = settings["generator"].model_copy(update={"words": folder / "taught", "schedule": nothing_learnt})
    config.save(tmp_path / "config.json")
    train_generator(config, shards, tmp_path)
    generator = new_generator(config.model)
    load_average(tmp_path, generator)
    assert all(torch.equal(tensor, taught[name]) for name, tensor in generator.adapter.state_dict().items())


def test_a_generator_trained_further_takes_the_taught_adapter_and_keeps_the_rest(place, tmp_path):
    folder, shards, settings = place
    base, run = tmp_path / "base", tmp_path / "run"
    settings["generator"].open_run(base)
    train_generator(settings["generator"], shards, base)
    begin_generator(base, run, folder / "taught")
    before, after = new_generator(settings["generator"].model), new_generator(settings["generator"].model)
    load_average(base, before), load_average(run, after)
    taught = taught_adapter(folder / "taught").state_dict()
    for name, tensor in after.state_dict().items():
        is_adapter = name.startswith("adapter.")
        expected = taught[name.removeprefix("adapter.")] if is_adapter else before.state_dict()[name]
        assert torch.equal(tensor, expected), name


def test_words_are_taught_further_from_a_generator(place, tmp_path):
    _, shards, settings = place
    settings["generator"].open_run(tmp_path / "base")
    train_generator(settings["generator"], shards, tmp_path / "base")
    nothing_learnt = settings["words"].schedule.model_copy(update={"steps": 0})
    config = settings["words"].model_copy(update={"base": tmp_path / "base", "schedule": nothing_learnt})
    config.open_run(tmp_path / "taught")
    train_words(config, shards, tmp_path / "taught")
    generator = new_generator(settings["generator"].model)
    load_average(tmp_path / "base", generator)
    taught = taught_adapter(tmp_path / "taught").state_dict()
    assert all(torch.equal(tensor, taught[name]) for name, tensor in generator.adapter.state_dict().items())


@pytest.mark.parametrize(("asked", "has_bfloat16", "expected"), [
    ("bf16-mixed", True, "bf16-mixed"), ("bf16-mixed", False, "32-true"), ("32-true", False, "32-true"),
])  # fmt: skip
def test_a_processor_without_bfloat16_computes_in_float32(monkeypatch, asked, has_bfloat16, expected):
    monkeypatch.setattr(torch.ops.mkldnn, "_is_mkldnn_bf16_supported", lambda: has_bfloat16, raising=False)
    assert (
        _precision(ScheduleConfig(batch_size=1, steps=1, learning_rate=1.0, precision=asked, accelerator="cpu"))
        == expected
    )
