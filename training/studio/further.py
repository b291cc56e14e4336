"""Training a finished run further on other clips: a new run that begins with its weights, on its scale of features."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import torch

from engine.errors import UserError
from training.config import GeneratorTraining
from training.data.shards import keep_normalization
from training.models.generator import new_generator
from training.trainers.autoencoder import load_autoencoder
from training.trainers.checkpoint import LATEST, load_average, save_state
from training.trainers.words import taught_adapter

TRAINING_FILE = "training.safetensors"
"""Of a bundle: settings, and the weights that its graphs lack."""


def manifest_of(base: Path) -> dict[str, Any] | None:
    """What a bundle says of itself; None of a run. UserError where it is neither, or can't be trained further."""
    if (base / "config.json").is_file():
        return None
    try:
        manifest: dict[str, Any] = json.loads((base / "bundle.json").read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise UserError(f"{base} is neither a bundle nor the run of a generator; give the folder of one.") from error
    if TRAINING_FILE not in manifest.get("files", {}):
        raise UserError(
            f"{base} was exported without what training further needs; give another --base, or --from-scratch."
        )
    return manifest


def begin_autoencoder(base: Path, run: Path, shards: Path) -> None:
    """Put the base's weights into the new run as its step 0, and the base's mean and deviation beside the shards.

    A run that has a checkpoint is left as it is. UserError where the base isn't trained.
    """
    model, statistics = load_autoencoder(base)
    keep_normalization(shards, statistics["mean"].numpy(), statistics["std"].numpy())
    _begin(model.requires_grad_(), run)


def begin_generator(base: Path, run: Path, words: Path | None = None) -> None:
    """Put the base's weights into the new run as its step 0, and the adapter of a run of words, where there is one.

    UserError where these aren't trained.
    """
    model = new_generator(GeneratorTraining.read(base / "config.json").model)
    load_average(base, model)
    if words is not None:
        model.adapter.load_state_dict(taught_adapter(words).state_dict())
    _begin(model, run)


def autoencoder_of(base: Path) -> Path:
    """The folder of the autoencoder's run that a generator's run was trained on, wherever both were moved to.

    UserError where it is neither where the run says nor beside it.
    """
    named = GeneratorTraining.read(base / "config.json").autoencoder
    for folder in (named, base.parent / named.name):
        if (folder / "config.json").is_file():
            return folder
    raise UserError(f"The autoencoder of {base} is neither at {named} nor beside it; put its run there.")


def _begin(model: torch.nn.Module, run: Path) -> None:
    if (run / LATEST).is_file():
        return
    run.mkdir(parents=True, exist_ok=True)
    save_state(run / LATEST, model, copy.deepcopy(model), torch.optim.AdamW(model.parameters()), step=0)
