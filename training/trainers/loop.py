"""The training loop: Lightning Fabric, AdamW under a cosine, an average of the weights, checkpoints that resume."""

from __future__ import annotations

import copy
import csv
import math
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Protocol

import torch
from lightning_fabric import Fabric
from torch import Tensor, nn

from training.config import ScheduleConfig
from training.trainers.checkpoint import LATEST, load_state, save_state

Losses = Mapping[str, Tensor]


class Task(Protocol):
    """What is trained: a step's losses, of which "loss" is minimized, and a validation."""

    def losses(self, model: nn.Module, step: int) -> Losses: ...

    def validate(self, model: nn.Module) -> Mapping[str, float]: ...


def learning_rate(schedule: ScheduleConfig, step: int) -> float:
    """Linear warm-up, then half a cosine down to 1 % of the peak."""
    if step < schedule.warm_up_steps:
        return schedule.learning_rate * (step + 1) / schedule.warm_up_steps
    done = (step - schedule.warm_up_steps) / max(1, schedule.steps - schedule.warm_up_steps)
    return schedule.learning_rate * (0.01 + 0.99 * 0.5 * (1 + math.cos(math.pi * min(done, 1.0))))


def train(
    model: nn.Module,
    make_task: Callable[[Fabric], Task],
    schedule: ScheduleConfig,
    folder: Path,
    on_step: Callable[[int, Mapping[str, float]], None] = lambda *_: None,
) -> nn.Module:
    """Train `model` to `schedule.steps`, from the latest checkpoint in `folder` where there is one.

    Returns the averaged weights' model. `on_step` hears of every logged step; a CSV log lies in the folder.
    """
    fabric = Fabric(accelerator=schedule.accelerator, devices="auto" if _is_gpu(schedule) else 1,
                    precision=schedule.precision)  # fmt: skip
    fabric.launch()
    optimizer = torch.optim.AdamW(
        model.parameters(), lr=schedule.learning_rate, betas=schedule.betas, weight_decay=schedule.weight_decay
    )
    average = copy.deepcopy(model).requires_grad_(requires_grad=False).eval()
    step = load_state(folder / LATEST, model, average, optimizer) if (folder / LATEST).is_file() else 0
    wrapped, wrapped_optimizer = fabric.setup(model, optimizer)
    average.to(fabric.device)
    task = make_task(fabric)
    saved_at = started_at = time.monotonic()
    first_step = step
    while step < schedule.steps:
        for group in optimizer.param_groups:
            group["lr"] = learning_rate(schedule, step)
        losses = task.losses(wrapped, step)
        fabric.backward(losses["loss"])
        fabric.clip_gradients(wrapped, wrapped_optimizer, max_norm=schedule.gradient_clip)
        wrapped_optimizer.step()
        wrapped_optimizer.zero_grad(set_to_none=True)
        step += 1
        _update_average(average, model, min(schedule.ema_decay, (1 + step) / (10 + step)))
        if step % schedule.log_every_steps == 0 or step == schedule.steps:
            row = {name: float(value.detach()) for name, value in losses.items()}
            row["steps_per_second"] = (step - first_step) / (time.monotonic() - started_at)
            _log(folder / "log.csv", step, row)
            on_step(step, row)
        if time.monotonic() - saved_at > schedule.checkpoint_every_seconds or step == schedule.steps:
            if fabric.is_global_zero:
                save_state(folder / LATEST, model, average, optimizer, step)
            saved_at = time.monotonic()
            _log(folder / "validation.csv", step, task.validate(average))
    return average


def _is_gpu(schedule: ScheduleConfig) -> bool:
    return schedule.accelerator != "cpu" and torch.cuda.is_available()


@torch.no_grad()
def _update_average(average: nn.Module, model: nn.Module, decay: float) -> None:
    for kept, new in zip(average.parameters(), model.parameters(), strict=True):
        kept.lerp_(new, 1.0 - decay)


def _log(path: Path, step: int, row: Mapping[str, float]) -> None:
    is_new = not path.is_file()
    with path.open("a", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        if is_new:
            writer.writerow(["step", *row])
        writer.writerow([step, *(f"{value:.6g}" for value in row.values())])
