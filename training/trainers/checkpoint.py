"""A training run's state on disk: safetensors, no pickle."""

from __future__ import annotations

import errno
import json
import math
import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from engine.errors import UserError
from engine.files import written_whole

LATEST = "latest.safetensors"
BEST = "best.safetensors"
WEIGHTS = "weights.safetensors"

_FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
_FULL_ON_WINDOWS = frozenset({39, 112})  # ERROR_HANDLE_DISK_FULL, ERROR_DISK_FULL


def save_state(path: Path, model: nn.Module, average: nn.Module, optimizer: torch.optim.Optimizer, step: int) -> None:
    """Everything that a resumed run needs: weights, their average, the optimizer's moments, the step."""
    tensors = {f"model.{name}": tensor for name, tensor in model.state_dict().items()}
    tensors |= {f"average.{name}": tensor for name, tensor in average.state_dict().items()}
    for index, moments in optimizer.state_dict()["state"].items():
        tensors |= {f"optimizer.{index}.{name}": torch.as_tensor(value) for name, value in moments.items()}
    _save(path, tensors, {"step": json.dumps(step)})


def load_state(path: Path, model: nn.Module, average: nn.Module, optimizer: torch.optim.Optimizer) -> int:
    """Read what `save_state` wrote into the three; return the step. UserError where it is damaged or doesn't fit."""
    try:
        tensors = load_file(path)
        model.load_state_dict(_under("model.", tensors))
        average.load_state_dict(_under("average.", tensors))
    except (SafetensorError, RuntimeError) as error:
        raise UserError(f"{path} is damaged or of a run with other settings; train in another folder.") from error
    state = optimizer.state_dict()
    moments: dict[int, dict[str, Any]] = {}
    for name, tensor in _under("optimizer.", tensors).items():
        index, key = name.split(".", 1)
        moments.setdefault(int(index), {})[key] = tensor
    optimizer.load_state_dict({"state": moments, "param_groups": state["param_groups"]})
    with safe_open(path, framework="pt") as file:
        return int(json.loads(file.metadata()["step"]))


def save_weights(
    path: Path, model: nn.Module, extra: Mapping[str, Tensor], metadata: Mapping[str, str] | None = None
) -> None:
    """The weights alone, with named tensors beside them (statistics)."""
    tensors = {f"model.{name}": tensor for name, tensor in model.state_dict().items()} | dict(extra)
    _save(path, tensors, metadata)


def best_value(run: Path) -> float:
    """What the weights that were kept as the best measured; infinite where there are none."""
    if not (run / BEST).is_file():
        return math.inf
    try:
        with safe_open(run / BEST, framework="pt") as file:
            return float(file.metadata()["value"])
    except (SafetensorError, KeyError, TypeError, ValueError):
        return math.inf  # of no use: the next validation writes it anew


def _save(path: Path, tensors: Mapping[str, Tensor], metadata: Mapping[str, str] | None) -> None:
    """UserError where the disk is full; what lay at `path` before still does."""
    try:
        with written_whole(path) as temporary:
            whole = {name: tensor.detach().cpu().contiguous() for name, tensor in tensors.items()}
            save_file(whole, temporary, metadata=dict(metadata) if metadata else None)
    except (OSError, SafetensorError) as error:
        if not is_disk_full(error):
            raise
        raise UserError(
            f"The disk is full: {path} could not be written. Make room and give the same command again; "
            "the run goes on from its last checkpoint."
        ) from error


def is_disk_full(error: Exception) -> bool:
    """Whether an error of the system, or one that safetensors passes on, says that there is no room to write."""
    if isinstance(error, OSError) and error.errno is not None:
        return error.errno in _FULL or getattr(error, "winerror", None) in _FULL_ON_WINDOWS
    said = re.search(r"os error (\d+)", str(error))
    return said is not None and int(said[1]) in (_FULL_ON_WINDOWS if os.name == "nt" else _FULL)


def load_weights(path: Path, model: nn.Module) -> dict[str, Tensor]:
    """Read `save_weights` into the model; return the tensors beside the weights."""
    if not path.is_file():
        raise UserError(f"There are no trained weights at {path}; train that network first.")
    tensors = load_file(path)
    model.load_state_dict(_under("model.", tensors))
    return {name: tensor for name, tensor in tensors.items() if not name.startswith("model.")}


def load_average(run: Path, model: nn.Module) -> dict[str, Tensor]:
    """The averaged weights of a run: the final ones, or those of the latest checkpoint while it is still training.

    Returns the tensors beside the final ones.
    """
    if (run / WEIGHTS).is_file() or not (run / LATEST).is_file():
        return load_weights(run / WEIGHTS, model)
    average_of_checkpoint(run / LATEST, model)
    return {}


def average_of_checkpoint(path: Path, model: nn.Module) -> None:
    """The averaged weights of a checkpoint."""
    model.load_state_dict(_under("average.", load_file(path)))


def _under(prefix: str, tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    return {name.removeprefix(prefix): tensor for name, tensor in tensors.items() if name.startswith(prefix)}
