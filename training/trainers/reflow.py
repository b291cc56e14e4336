"""Reflow: a student of few steps learns from noise and what its teacher makes of it (Liu et al. 2022, section 2.2).

A teacher's way from noise to data is bent, so that few steps leave it; the student learns the straight line between the
two ends, with the teacher's guidance in it. It is sampled without guidance: half of the work is gone, too.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor

from engine.errors import UserError
from engine.files import written_whole
from training.config import GeneratorTraining, ReflowConfig
from training.data.caption_table import CaptionTable
from training.models.generator import new_generator
from training.models.whole_sequence import WholeSequenceGenerator
from training.trainers.checkpoint import load_average

_PAIRS = "pairs.safetensors"
_VALIDATION_SHARE = 0.1


class Example(NamedTuple):
    """A batch for a generator. latents: (B, l, d), valid: (B, l). noise: (B, l, d), where each latent has its own."""

    latents: Tensor
    valid: Tensor
    captions: tuple[str, ...]
    noise: Tensor | None = None


def teacher_of(config: ReflowConfig) -> WholeSequenceGenerator:
    """The trained teacher, in the place where the student begins; UserError where it is none of the flow family."""
    settings = GeneratorTraining.read(config.teacher / "config.json")
    model = new_generator(settings.model)
    if not isinstance(model, WholeSequenceGenerator):
        raise UserError(f"{config.teacher} is no run of the flow family; only such a one can teach a student.")
    load_average(config.teacher, model)
    return model


class TeacherPairs:
    """Batches of noise and what the teacher makes of it, made once and kept in the student's folder."""

    def __init__(
        self,
        config: ReflowConfig,
        batch_size: int,
        asked: Callable[[int], tuple[Tensor, tuple[str, ...]]],
        captions: CaptionTable,
        folder: Path,
    ) -> None:
        """asked: of a batch's number, the valid latents (B, l) and the sentences."""
        count = max(2, config.pairs // batch_size)
        self._asked = [asked(number) for number in range(count)]
        self._validation = max(1, round(_VALIDATION_SHARE * count))
        path = folder / _PAIRS
        if not path.is_file():
            _write(path, _made(config, self._asked, captions))
        self._tensors = load_file(path)

    def training(self, draw: int) -> Example:
        """The batch of a draw."""
        return self._example(self._validation + draw % (len(self._asked) - self._validation))

    def validation(self) -> list[Example]:
        """Batches that are not trained on."""
        return [self._example(number) for number in range(self._validation)]

    def _example(self, number: int) -> Example:
        valid, sentences = self._asked[number]
        return Example(self._tensors[f"{number}.made"], valid, sentences, self._tensors[f"{number}.noise"])


@torch.inference_mode()
def _made(
    config: ReflowConfig, asked: list[tuple[Tensor, tuple[str, ...]]], captions: CaptionTable
) -> dict[str, Tensor]:
    teacher = teacher_of(config).eval()
    tensors = {}
    for number, (valid, sentences) in enumerate(asked):
        random = torch.Generator().manual_seed(number)
        noise = torch.randn(*valid.shape, teacher.config.latent_width, generator=random)
        tensors[f"{number}.noise"] = noise
        tensors[f"{number}.made"] = _sampled(teacher, noise, valid, sentences, captions, config)
    return tensors


def _sampled(
    teacher: WholeSequenceGenerator,
    noise: Tensor,
    valid: Tensor,
    sentences: tuple[str, ...],
    captions: CaptionTable,
    config: ReflowConfig,
) -> Tensor:
    """(B, l, d) by Euler's steps from t = 1 to t = 0 along v_null + w · (v − v_null)."""
    prompted, null = (
        (teacher.adapter(words, mask), teacher.audible(mask))
        for words, mask in (captions.look_up(some, noise.device) for some in (sentences, ("",) * len(sentences)))
    )
    x_t = noise
    for t, t_next in pairwise(torch.linspace(1.0, 0.0, config.flow_steps + 1).tolist()):
        time = torch.full((len(noise),), t)
        v, v_null = (teacher.transformer(x_t, time, valid, *words) for words in (prompted, null))
        x_t = x_t - (t - t_next) * (v_null + config.guidance * (v - v_null))
    return x_t


def _write(path: Path, tensors: dict[str, Tensor]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with written_whole(path) as temporary:
        save_file(tensors, temporary)
