"""What is measured: a bundle as it ships, or a training run as it stands. Both answer a prompt with a motion."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol, cast

import numpy as np
from torch import Tensor

from engine.alignment.alignment import Alignment
from engine.bundle.bundle import Bundle
from engine.bundle.manifest import MANIFEST_FILE
from engine.errors import UserError
from engine.generator import Engine
from engine.motion.motion import Motion
from engine.requests import GenerationRequest, Prompt, SamplingOptions
from training.evaluation.run_model import RunModel, run_fingerprint
from training.models.sinking import sunk_share


@dataclass(frozen=True, eq=False)
class Answer:
    """motions: one for each seed. sink_ratio, sunk_share: NaN where the model doesn't tell.

    sunk_share: of (layer, head, latent), those whose weight on the start token exceeds 0.3.
    """

    motions: list[Motion]
    sink_ratio: float = math.nan
    sunk_share: float = math.nan


class Subject(Protocol):
    """A model under test.

    name, license: for the report. fingerprint: changes with the weights. longest_seconds: of one prompt.
    """

    name: str
    license: str
    fingerprint: str
    longest_seconds: float

    def answer(
        self, text: str, seconds: float, seed: int, sampling: SamplingOptions, variations: int = 1
    ) -> Answer: ...

    def script(self, prompts: Sequence[tuple[str, float]], seed: int, sampling: SamplingOptions) -> Motion: ...


class EngineSubject:
    """A model through the engine that ships: clean-up and all."""

    def __init__(self, model: Bundle | RunModel, fingerprint: str) -> None:
        self._engine = Engine(cast(Bundle, model))
        self._sunk = _SunkShares(model) if isinstance(model, RunModel) else None
        self.name, self.license = f"{model.manifest.name} {model.manifest.version}", model.manifest.license
        self.fingerprint, self.longest_seconds = fingerprint, model.manifest.max_seconds

    def answer(self, text: str, seconds: float, seed: int, sampling: SamplingOptions, variations: int = 1) -> Answer:
        """One motion for each of the seeds seed, seed + 1, …"""
        options = replace(sampling, seed=seed, variations=variations)
        alignments: list[Alignment] = []
        motions = self._engine.generate(GenerationRequest((Prompt(text, seconds),), options), aligned=alignments.extend)
        sinks = [alignment.sink_ratio for alignment in alignments]
        return Answer(motions, float(np.mean(sinks)), math.nan if self._sunk is None else self._sunk.take())

    def script(self, prompts: Sequence[tuple[str, float]], seed: int, sampling: SamplingOptions) -> Motion:
        """One motion of several prompts, each with its seconds, one after the other."""
        request = GenerationRequest(tuple(Prompt(*prompt) for prompt in prompts), replace(sampling, seed=seed))
        (motion,) = self._engine.generate(request)
        return motion


class _SunkShares:
    """What a run's attention does in the passes with a prompt; a bundle tells the mean of layers and heads only."""

    def __init__(self, model: RunModel) -> None:
        self._null_words, self._shares = len(model.encode_text("")), list[float]()
        model.listener = self._listen

    def _listen(self, weights: Sequence[Tensor], valid: Tensor, words_mask: Tensor) -> None:
        prompted = words_mask.sum(dim=1) > self._null_words
        if prompted.any():
            self._shares.append(float(sunk_share([layer[prompted] for layer in weights], valid[prompted])))

    def take(self) -> float:
        """The mean since the last call."""
        mean = float(np.mean(self._shares)) if self._shares else math.nan
        self._shares.clear()
        return mean


def open_subject(path: Path) -> Subject:
    """The model in a folder, on the CPU; UserError where it is neither a bundle nor a generator's run."""
    if (path / MANIFEST_FILE).is_file():
        fingerprint = hashlib.sha256((path / MANIFEST_FILE).read_bytes()).hexdigest()
        return EngineSubject(Bundle(path, provider="cpu"), fingerprint)
    if (path / "config.json").is_file():
        return EngineSubject(RunModel(path), run_fingerprint(path))
    raise UserError(f"{path} is neither an exported bundle nor the run of a generator; give the folder of one.")
