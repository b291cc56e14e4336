"""The networks of a bundle in PyTorch, for `motionwright bench`: the same weights, the same methods, no ONNX."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from engine.bundle import Bundle
from engine.errors import UserError
from export.bundle import opened_run
from export.graphs import TrainedModel
from training.models.masked import MaskedFlowGenerator

Floats = NDArray[np.float32]
_FARTHEST = 0.02
"""The largest 1 − cosine between what a bundle's transformer gives and what its own run's does."""


def torch_models(folder: Path, run: Path) -> Iterator[tuple[str, TorchModel]]:
    """Eager and compiled; UserError where the bundle in `folder` was not exported from `run`."""
    model, _ = opened_run(run)
    bundle = Bundle(folder, "cpu")
    eager = TorchModel(model, bundle)
    _check_same(eager, bundle, run)
    yield "PyTorch eager", eager
    yield "torch.compile", TorchModel(model, bundle, compiled=True)


class TorchModel:
    """What the sampler and the decoder ask of a bundle, answered by the modules as they are trained."""

    def __init__(self, model: TrainedModel, bundle: Bundle, *, compiled: bool = False) -> None:
        def prepared(module: Any) -> Any:
            return torch.compile(module, dynamic=True) if compiled else module

        self._bundle, self._encoder = bundle, model.encoder
        self._adapter = prepared(model.generator.adapter)
        self._transformer, self._audible = prepared(model.generator.transformer), model.generator.audible
        if isinstance(model.generator, MaskedFlowGenerator):
            self._flow_head = prepared(model.generator.flow_head)
        self._decoder = prepared(model.modules()["decoder"])
        self._mean, self._std = (np.float32(getattr(bundle.manifest.normalization, name)) for name in ("mean", "std"))
        self._words: dict[str, Floats] = {}

    @torch.inference_mode()
    def encode_text(self, text: str) -> Floats:
        """Words (L, D) of the adapter; remembered, as a bundle does."""
        if text not in self._words:
            tokens = self._encoder.tokenizer(
                [text], truncation=True, max_length=self._bundle.manifest.max_words, return_tensors="pt"
            )
            ids, mask = tokens["input_ids"], tokens["attention_mask"]
            self._words[text] = self._adapter(self._encoder(ids, mask), mask.bool())[0].numpy()
        return self._words[text]

    @torch.inference_mode()
    def transformer(self, *inputs: NDArray[Any]) -> tuple[Floats, Floats]:
        """Conditions of the masked family, and no attention: nobody asks for it here."""
        return self._asked(*inputs)

    @torch.inference_mode()
    def velocity(self, *inputs: NDArray[Any]) -> tuple[Floats, Floats]:
        """Velocities of the flow family, and no attention."""
        return self._asked(*inputs)

    def _asked(self, *inputs: NDArray[Any]) -> tuple[Floats, Floats]:
        *others, words_mask = (torch.from_numpy(value) for value in inputs)
        answers = self._transformer(*others, self._audible(words_mask))
        latents, _, _, words, _ = inputs
        return answers.numpy(), np.zeros((*latents.shape[:2], words.shape[1]), np.float32)

    @torch.inference_mode()
    def flow(self, *inputs: Floats) -> Floats:
        """Euler steps under guidance, both branches in one batch."""
        x_t, conditions, null_conditions, scale, times = (torch.from_numpy(value) for value in inputs)
        both = torch.cat([conditions, null_conditions])
        for t, t_next in itertools.pairwise(times):
            v, v_null = self._velocity(torch.cat([x_t, x_t]), t.expand(len(both)), both).chunk(2)
            x_t = x_t - (t - t_next) * (v_null + scale[:, None] * (v - v_null))
        return x_t.numpy()

    @torch.inference_mode()
    def decode(self, latents: Floats) -> Floats:
        """Features (B, 4l, F) in their own units."""
        features: Floats = self._decoder(torch.from_numpy(latents)).numpy()
        return features * self._std + self._mean

    def _velocity(self, noisy: Tensor, time: Tensor, conditions: Tensor) -> Tensor:
        velocity: Tensor = self._flow_head(noisy, time, conditions)
        return velocity


def _check_same(model: TorchModel, bundle: Bundle, run: Path) -> None:
    random = np.random.default_rng(0)
    latents = random.standard_normal((1, 12, bundle.manifest.latent_width)).astype(np.float32)
    flags = np.ones((1, 12), np.bool_)
    try:
        answers = []
        for each in (model, bundle):
            words = each.encode_text("a person walks")[None]
            heard = np.ones(words.shape[:2], np.bool_)
            if bundle.manifest.family == "flow":
                answers.append(each.velocity(latents, np.full(1, 0.5, np.float32), flags, words, heard)[0])
            else:
                answers.append(each.transformer(latents, flags, flags, words, heard)[0])
        one, other = answers
        same = np.sum(one * other) / (np.linalg.norm(one) * np.linalg.norm(other)) > 1.0 - _FARTHEST
    except (RuntimeError, ValueError):  # other widths
        same = False
    if not same:
        raise UserError(f"The bundle was not exported from {run}; give the run that it was exported from.")
