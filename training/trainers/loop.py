"""The training loop: Lightning Fabric, AdamW under a cosine, an average of the weights, checkpoints that resume."""

from __future__ import annotations

import copy
import math
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Protocol, runtime_checkable

import torch
from lightning_fabric import Fabric
from torch import Tensor, nn
from torch.nn.attention import SDPBackend, sdpa_kernel

from engine.errors import UserError
from training.config import ScheduleConfig
from training.trainers.checkpoint import BEST, LATEST, best_value, is_disk_full, load_state, save_state, save_weights
from training.trainers.run_log import RunLog
from training.trainers.world import fabric_for

Losses = Mapping[str, Tensor]
OnStep = Callable[[int, Mapping[str, float]], None]


class Task(Protocol):
    """What is trained: the losses of a draw, of which "loss" is minimized, and a validation.

    Draws are numbered over all processes, so that no two see the same batch: what a draw holds follows from its number
    and the seed. Of what validation measures the first decides which weights are the best; less is better.
    """

    def losses(self, model: nn.Module, draw: int) -> Losses: ...

    def validate(self, model: nn.Module) -> Mapping[str, float]: ...


@runtime_checkable
class NamesClips(Protocol):
    """A task that can say which clips a draw holds, for whoever must find the one that broke a training."""

    def clip_names(self, draw: int) -> Sequence[str]: ...


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
    on_step: OnStep = lambda *_: None,
    on_checkpoint: Callable[[int], None] = lambda _: None,
) -> nn.Module:
    """Train `model` to `schedule.steps`, from the latest checkpoint in `folder` where there is one.

    Returns the averaged weights' model. `on_step` hears of every logged step, `on_checkpoint` of every checkpoint that
    has been written. In the folder lie tables and curves of the losses, the latest state and the best average.
    UserError where a loss is not finite or the disk is full.
    """
    fabric = fabric_for(schedule)
    run = _Run(fabric, model, schedule, folder)
    task = make_task(fabric)
    log = RunLog(folder, run.step) if fabric.is_global_zero else None
    try:
        with _attention_on(fabric.device):
            for row in run.steps(task):
                if log is not None:
                    log.training(run.step, row)
                    on_step(run.step, row)
                if run.is_checkpoint_due():
                    _keep(run, task, folder, log)
                    if log is not None:
                        on_checkpoint(run.step)
    except OSError as error:
        if not is_disk_full(error):
            raise
        raise UserError(f"The disk of {folder} is full; make room and give the same command again.") from error
    finally:
        if log is not None:
            log.close()
    return run.average


def _attention_on(device: torch.device) -> AbstractContextManager[None]:
    """On a processor the plain kernel of attention: the gradient of the fused one takes longer there."""
    return sdpa_kernel(SDPBackend.MATH) if device.type == "cpu" else nullcontext()


def _keep(run: _Run, task: Task, folder: Path, log: RunLog | None) -> None:
    """Validate, and write the state: in this order, so that a run killed in between validates once more."""
    measured = task.validate(run.average)
    if log is not None:
        log.validation(run.step, measured)
        value = next(iter(measured.values()))
        if value < best_value(folder):
            save_weights(folder / BEST, run.average, {}, {"step": str(run.step), "value": repr(value)})
        save_state(folder / LATEST, run.model, run.average, run.optimizer, run.step)
        log.show()
    run.fabric.barrier()


class _Run:
    """The model in training, its average, its optimizer, and the step that they have come to."""

    def __init__(self, fabric: Fabric, model: nn.Module, schedule: ScheduleConfig, folder: Path) -> None:
        self.fabric, self.model, self.schedule = fabric, model, schedule
        self.optimizer = torch.optim.AdamW(
            model.parameters(), lr=schedule.learning_rate, betas=schedule.betas, weight_decay=schedule.weight_decay
        )
        self.average = copy.deepcopy(model).requires_grad_(requires_grad=False).eval()
        self.step = 0
        if (folder / LATEST).is_file():
            self.step = load_state(folder / LATEST, model, self.average, self.optimizer)
        self._wrapped, self._wrapped_optimizer = fabric.setup(
            torch.compile(model) if schedule.compile else model, self.optimizer
        )
        self.average.to(fabric.device)
        self._saved_at = time.monotonic()

    def steps(self, task: Task) -> Iterator[dict[str, float]]:
        """Train to the schedule's end; a row at every step that is to be logged."""
        started_at, first_step = time.monotonic(), self.step
        while self.step < self.schedule.steps:
            for group in self.optimizer.param_groups:
                group["lr"] = learning_rate(self.schedule, self.step)
            losses = self._accumulated(task)
            self.fabric.clip_gradients(self._wrapped, self._wrapped_optimizer, max_norm=self.schedule.gradient_clip)
            self._wrapped_optimizer.step()
            self._wrapped_optimizer.zero_grad(set_to_none=True)
            self.step += 1
            _update_average(self.average, self.model, min(self.schedule.ema_decay, (1 + self.step) / (10 + self.step)))
            if self.step % self.schedule.log_every_steps == 0 or self.step == self.schedule.steps:
                row = {name: float(self.fabric.all_reduce(value)) for name, value in losses.items()}
                row["steps_per_second"] = (self.step - first_step) / (time.monotonic() - started_at)
                yield row

    def is_checkpoint_due(self) -> bool:
        """Whether it is time, by the clock of the first process, or the end."""
        due = time.monotonic() - self._saved_at > self.schedule.checkpoint_every_seconds
        due = self.fabric.broadcast(due) or self.step == self.schedule.steps
        if due:
            self._saved_at = time.monotonic()
        return due

    def _accumulated(self, task: Task) -> dict[str, Tensor]:
        """Mean losses of the step's batches, whose mean gradient is left in the model."""
        count, world = self.schedule.accumulate, self.fabric.world_size
        sums: dict[str, Tensor] = {}
        for part in range(count):
            draw = (self.step * count + part) * world + self.fabric.global_rank
            with self.fabric.no_backward_sync(self._wrapped, enabled=part + 1 < count):
                losses = task.losses(self._wrapped, draw)
                if not torch.isfinite(losses["loss"]):
                    raise UserError(_not_finite(task, losses, self.step, draw))
                self.fabric.backward(losses["loss"] / count)
            for name, value in losses.items():
                sums[name] = sums.get(name, torch.zeros_like(value)) + value.detach() / count
        return sums


def _not_finite(task: Task, losses: Losses, step: int, draw: int) -> str:
    values = ", ".join(f"{name} {float(value.detach()):g}" for name, value in losses.items())
    clips = ", ".join(sorted(set(task.clip_names(draw)))) if isinstance(task, NamesClips) else ""
    return (
        f"The loss is not finite at step {step + 1} ({values}). Look at the clips of this batch"
        f"{f' ({clips})' if clips else ''}, or lower schedule.learning_rate; the run goes on from its last checkpoint."
    )


@torch.no_grad()
def _update_average(average: nn.Module, model: nn.Module, decay: float) -> None:
    for kept, new in zip(average.parameters(), model.parameters(), strict=True):
        kept.lerp_(new, 1.0 - decay)
