"""A training run's state on disk: safetensors, no pickle."""

from __future__ import annotations

import json
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
WEIGHTS = "weights.safetensors"


def save_state(path: Path, model: nn.Module, average: nn.Module, optimizer: torch.optim.Optimizer, step: int) -> None:
    """Everything that a resumed run needs: weights, their average, the optimizer's moments, the step."""
    tensors = {f"model.{name}": tensor for name, tensor in model.state_dict().items()}
    tensors |= {f"average.{name}": tensor for name, tensor in average.state_dict().items()}
    for index, moments in optimizer.state_dict()["state"].items():
        tensors |= {f"optimizer.{index}.{name}": torch.as_tensor(value) for name, value in moments.items()}
    with written_whole(path) as temporary:
        save_file({name: tensor.detach().cpu().contiguous() for name, tensor in tensors.items()}, temporary,
                  metadata={"step": json.dumps(step)})  # fmt: skip


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


def save_weights(path: Path, model: nn.Module, extra: Mapping[str, Tensor]) -> None:
    """The weights alone, with named tensors beside them (statistics)."""
    tensors = {f"model.{name}": tensor for name, tensor in model.state_dict().items()} | dict(extra)
    with written_whole(path) as temporary:
        save_file({name: tensor.detach().cpu().contiguous() for name, tensor in tensors.items()}, temporary)


def load_weights(path: Path, model: nn.Module) -> dict[str, Tensor]:
    """Read `save_weights` into the model; return the tensors beside the weights."""
    if not path.is_file():
        raise UserError(f"There are no trained weights at {path}; train that network first.")
    tensors = load_file(path)
    model.load_state_dict(_under("model.", tensors))
    return {name: tensor for name, tensor in tensors.items() if not name.startswith("model.")}


def load_average(run: Path, model: nn.Module) -> None:
    """The averaged weights of a run: the final ones, or those of the latest checkpoint while it is still training."""
    if (run / WEIGHTS).is_file() or not (run / LATEST).is_file():
        load_weights(run / WEIGHTS, model)
    else:
        model.load_state_dict(_under("average.", load_file(run / LATEST)))


def _under(prefix: str, tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    return {name.removeprefix(prefix): tensor for name, tensor in tensors.items() if name.startswith(prefix)}
