"""A student of few steps: what its pairs are in closed form, and that training it straightens the way."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from engine.errors import UserError
from tests.training.tiny_run import autoencoder_toml, generator_toml
from training.config import AutoencoderTraining, GeneratorTraining, ReflowConfig
from training.data.bandai_namco import read_archive
from training.data.caption_table import CaptionTable
from training.data.shards import prepare
from training.models.generator import new_generator
from training.models.text import TextEncoder
from training.trainers.autoencoder import train_autoencoder
from training.trainers.checkpoint import WEIGHTS, load_average, save_weights
from training.trainers.generator import train_generator
from training.trainers.reflow import TeacherPairs

SENTENCES = ("a person walks", "a person waves the left hand")
GUIDANCE, STEPS = 3.0, 5


@pytest.fixture(scope="module")
def settings(made_archive, text_encoder, tmp_path_factory):
    """Of a flow generator on a tiny trained autoencoder."""
    folder = tmp_path_factory.mktemp("reflow")
    shards = prepare(made_archive, folder / "shards", read_archive)
    (folder / "autoencoder.toml").write_text(autoencoder_toml(made_archive, folder / "shards"), encoding="utf-8")
    autoencoder = AutoencoderTraining.read(folder / "autoencoder.toml")
    autoencoder.open_run(folder / "autoencoder")
    train_autoencoder(autoencoder, shards, folder / "autoencoder")
    text = generator_toml(made_archive, folder / "shards", folder / "autoencoder", text_encoder)
    (folder / "flow.toml").write_text(text, encoding="utf-8")
    return GeneratorTraining.read(folder / "flow.toml", ['model.family="flow"'])


@pytest.fixture(scope="module")
def captions(text_encoder):
    return CaptionTable.of(("", *SENTENCES), TextEncoder(str(text_encoder)))


def saved(settings, run, model):
    """A finished run of these weights."""
    settings.open_run(run)
    save_weights(run / WEIGHTS, model, {})
    return run


def test_the_pairs_of_a_teacher_with_one_velocity_are_one_step_apart(settings, captions, tmp_path):
    velocity = torch.tensor([1.0, -2.0, 0.5, 3.0])
    teacher = new_generator(settings.model)
    with torch.no_grad():
        teacher.transformer.out.bias.copy_(velocity)  # its weights begin at 0: v is the bias, whatever it is asked
    run = saved(settings, tmp_path / "teacher", teacher)
    valid = torch.tensor([[True] * 6, [True] * 4 + [False] * 2])
    config = ReflowConfig(teacher=run, pairs=6, guidance=GUIDANCE, flow_steps=STEPS)
    pairs = TeacherPairs(config, 2, lambda _: (valid, SENTENCES), captions, tmp_path / "student")
    for example in (pairs.training(0), *pairs.validation()):
        torch.testing.assert_close(example.latents, example.noise - velocity)
    assert not torch.equal(pairs.training(0).noise, pairs.training(1).noise)
    assert torch.equal(pairs.training(0).noise, pairs.training(2).noise), "three batches, one of them for validation"


def test_the_pairs_are_what_the_guided_teacher_makes(settings, captions, tmp_path):
    torch.manual_seed(0)
    teacher = new_generator(settings.model)
    nn.init.normal_(teacher.transformer.out.weight, std=0.5)
    run = saved(settings, tmp_path / "teacher", teacher)
    valid = torch.ones(2, 5, dtype=torch.bool)
    config = ReflowConfig(teacher=run, pairs=4, guidance=GUIDANCE, flow_steps=1)
    pairs = TeacherPairs(config, 2, lambda _: (valid, SENTENCES), captions, tmp_path / "student")
    example = pairs.training(0)
    found = {}
    for name, sentences in (("prompted", SENTENCES), ("null", ("", ""))):
        words, mask = captions.look_up(sentences, torch.device("cpu"))
        with torch.no_grad():
            adapted = teacher.eval().adapter(words, mask)
            found[name] = teacher.transformer(example.noise, torch.ones(2), valid, adapted, mask)
    expected = example.noise - (found["null"] + GUIDANCE * (found["prompted"] - found["null"]))
    torch.testing.assert_close(example.latents, expected)


def test_a_student_begins_as_its_teacher_and_learns_the_line_between_noise_and_what_that_makes(
    settings, shards, tmp_path
):
    torch.manual_seed(0)
    teacher = new_generator(settings.model)
    nn.init.normal_(teacher.transformer.out.weight, std=0.5)
    run = saved(settings, tmp_path / "teacher", teacher)
    reflow = ReflowConfig(teacher=run, pairs=16, flow_steps=STEPS)
    losses = {}
    for steps in (1, 80):
        schedule = settings.schedule.model_copy(update={"steps": steps, "learning_rate": 1e-2 if steps > 1 else 1e-9})
        student = settings.model_copy(update={"reflow": reflow, "schedule": schedule})
        folder = tmp_path / f"student-{steps}"
        student.open_run(folder)
        rows = []
        train_generator(student, shards, folder, on_step=lambda _, row: rows.append(row["flow"]))  # noqa: B023
        losses[steps] = sum(rows[-4:]) / len(rows[-4:])
        if steps == 1:
            begun = new_generator(settings.model)
            load_average(folder, begun)
            torch.testing.assert_close(begun.state_dict(), teacher.state_dict())
    assert losses[80] < 0.8 * losses[1]


def test_only_the_flow_family_can_teach(settings, captions, tmp_path):
    masked = settings.model_copy(update={"model": settings.model.model_copy(update={"family": "masked-ar"})})
    run = saved(masked, tmp_path / "masked", new_generator(masked.model))
    with pytest.raises(UserError, match="flow family"):
        TeacherPairs(ReflowConfig(teacher=run), 2, lambda _: (torch.ones(2, 5).bool(), SENTENCES), captions, tmp_path)
