"""A training run in the place of a bundle: the same engine, with the networks in torch as training left them."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from itertools import pairwise
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from engine.bundle import Manifest, Normalization
from engine.bundle.bundle import Word
from engine.bundle.manifest import Preset
from engine.errors import UserError
from training.config import GeneratorTraining
from training.models.generator import new_generator
from training.models.text import MAX_WORDS, TextEncoder
from training.trainers.autoencoder import load_autoencoder
from training.trainers.checkpoint import LATEST, WEIGHTS, load_average
from training.trainers.generator import SINK_REFERENCE

Listener = Callable[[Sequence[Tensor], Tensor, Tensor], None]
Floats = NDArray[np.float32]
Flags = NDArray[np.bool_]

PRESETS: Mapping[str, Preset] = {
    "draft": Preset(guidance=2.5, flow_steps=4, tokens_per_round=5),
    "standard": Preset(guidance=2.5, flow_steps=8, tokens_per_round=2.5),
    "best": Preset(guidance=2.5, flow_steps=8, tokens_per_round=1),
}
"""How a run is sampled, which has no manifest of its own: as the exporter's default has it."""

FLOW_PRESETS: Mapping[str, Preset] = {
    "draft": Preset(guidance=2.5, flow_steps=4, solver="euler", time_grid="uniform"),
    "standard": Preset(guidance=2.5, flow_steps=8, solver="euler", time_grid="uniform"),
    "best": Preset(guidance=2.5, flow_steps=8, solver="heun", time_grid="uniform"),
}
"""The same for the flow family; docs/ablations.md has the table of quality against steps that they come from."""


class RunModel:
    """What the engine needs of a `Bundle`, from the folder of a generator's run; shapes as in `engine.bundle.graphs`.

    A word is the text adapter's output, so W is the width of the model. listener: told of each call's weights
    (B, H, l, L), one tensor a layer, with the valid latents (B, l) and the words' mask (B, L).
    """

    provider = "cpu"

    def __init__(self, run: Path) -> None:
        """UserError where the run or its autoencoder is missing or not trained."""
        settings = GeneratorTraining.read(run / "config.json")
        self._autoencoder, statistics = load_autoencoder(settings.autoencoder)
        self._generator = new_generator(settings.model)
        beside = load_average(run, self._generator)
        reference = beside.get(SINK_REFERENCE)
        self._generator.eval()
        self._encoder = TextEncoder(settings.text_encoder, settings.word_embeddings)
        self._mean, self._std = statistics["mean"].numpy(), statistics["std"].numpy()
        self._latent_std = statistics["latent_std"]
        self.manifest = Manifest(
            name=run.resolve().name,
            version="training run",
            latent_width=settings.model.latent_width,
            frames_per_latent=self._autoencoder.config.frames_per_latent,
            condition_width=settings.model.width,
            word_width=settings.model.width,
            max_words=MAX_WORDS,
            max_seconds=settings.data.max_seconds,
            default_seconds=4.0,
            normalization=Normalization(tuple(self._mean.tolist()), tuple(self._std.tolist())),
            presets=FLOW_PRESETS if settings.model.family == "flow" else PRESETS,
            family=settings.model.family,
            sink_reference=None if reference is None else float(reference),
            vocabulary_notes="",
            license="that of its training data",
            attributions=(),
            opset=0,
        )
        self._remembered = lru_cache(maxsize=256)(self._encode_text)
        self.listener: Listener = lambda *_: None

    def encode_text(self, text: str) -> Floats:
        """Words (L, W)."""
        return self._remembered(text)

    def is_too_long(self, text: str) -> bool:
        """Whether `text` has more tokens than the model reads."""
        return len(self._encoder.tokenizer(text)["input_ids"]) > MAX_WORDS

    def words_of(self, text: str) -> tuple[Word, ...]:
        """None: a run tells how far attention sinks, but draws no map of it."""
        return ()

    @torch.inference_mode()
    def transformer(
        self, latents: Floats, known: Flags, valid: Flags, words: Floats, words_mask: Flags
    ) -> tuple[Floats, Floats]:
        """Conditions (B, l, D) and attention (B, l, L) of the masked family."""
        return self._asked(latents, known, valid, words, words_mask)

    @torch.inference_mode()
    def velocity(
        self, latents: Floats, times: Floats, valid: Flags, words: Floats, words_mask: Flags
    ) -> tuple[Floats, Floats]:
        """Velocities (B, l, d) and attention (B, l, L) of the flow family."""
        return self._asked(latents, times, valid, words, words_mask)

    def _asked(self, *arrays: NDArray[np.generic]) -> tuple[Floats, Floats]:
        *others, words_mask = (torch.from_numpy(array) for array in arrays)
        heard: list[Tensor] = []
        answers = self._generator.transformer(*others, self._generator.audible(words_mask), heard)
        self.listener(heard, others[2], words_mask)
        return answers.numpy(), torch.stack([weights.mean(dim=1) for weights in heard]).mean(dim=0).numpy()

    @torch.inference_mode()
    def flow(self, noise: Floats, conditions: Floats, null_conditions: Floats, scale: Floats, times: Floats) -> Floats:
        """Latents (M, d) by Euler's steps from noise (M, d): v = v_null + w · (v_text − v_null)."""
        x_t, both = torch.from_numpy(noise), torch.from_numpy(np.concatenate([conditions, null_conditions]))
        weight = torch.from_numpy(scale)[:, None]
        for t, t_next in pairwise(times.tolist()):
            time = torch.full((2 * len(noise),), t)
            v_text, v_null = self._generator.flow_head(x_t.repeat(2, 1), time, both).chunk(2)
            x_t = x_t - (v_null + weight * (v_text - v_null)) * (t - t_next)
        return x_t.numpy()

    @torch.inference_mode()
    def decode(self, latents: Floats) -> Floats:
        """Features (B, 4l, F) in their own units of latents (B, l, d)."""
        return self._autoencoder.decode(torch.from_numpy(latents) * self._latent_std).numpy() * self._std + self._mean

    @torch.inference_mode()
    def encode(self, features: Floats) -> Floats:
        """Latents (B, N/4, d) of features (B, N, F)."""
        normalized = torch.from_numpy(((features - self._mean) / self._std).astype(np.float32))
        return (self._autoencoder.encode(normalized)[0] / self._latent_std).numpy()

    @torch.inference_mode()
    def _encode_text(self, text: str) -> Floats:
        ids, mask = self._encoder.tokens([text])
        adapted: Tensor = self._generator.adapter(self._encoder(ids, mask), mask.bool())
        return adapted[0].numpy()


def run_fingerprint(run: Path) -> str:
    """Of the weights that `RunModel` takes; UserError where there are none."""
    for name in (WEIGHTS, LATEST):
        if (run / name).is_file():
            with (run / name).open("rb") as file:
                return hashlib.file_digest(file, "sha256").hexdigest()
    raise UserError(f"There are no trained weights in {run}; train that network first.")
