"""How many processes train together: one, or those that torchrun or SLURM started with the same command."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any, NamedTuple

import torch
from lightning_fabric import Fabric

from engine.errors import UserError
from training.config import ScheduleConfig


class World(NamedTuple):
    """Processes on each machine, and machines."""

    processes: int
    machines: int


def world_of(environment: Mapping[str, str]) -> World:
    """Read off the variables that torchrun and `srun` set; a process that nobody started so is alone."""
    try:
        if "TORCHELASTIC_RUN_ID" in environment:
            here = int(environment["LOCAL_WORLD_SIZE"])
            return World(here, int(environment["WORLD_SIZE"]) // here)
        if "SLURM_PROCID" in environment and int(environment.get("SLURM_NTASKS", "1")) > 1:
            machines = int(environment.get("SLURM_NNODES", "1"))
            return World(int(environment["SLURM_NTASKS"]) // machines, machines)
    except (KeyError, ValueError) as error:
        raise UserError(f"The variables that torchrun or SLURM set can't be read: {error}.") from error
    return World(1, 1)


def is_first_process() -> bool:
    """Whether this process is the one that shows and draws what all do."""
    return os.environ.get("RANK", os.environ.get("SLURM_PROCID", "0")) == "0"


def fabric_for(schedule: ScheduleConfig) -> Fabric:
    """Lightning Fabric for the processes that there are, one device each."""
    processes, machines = world_of(os.environ)
    fabric = Fabric(
        accelerator=schedule.accelerator,
        devices=processes,
        num_nodes=machines,
        strategy="ddp" if processes * machines > 1 else "auto",
        precision=_precision(schedule),
    )
    fabric.launch()
    return fabric


def _precision(schedule: ScheduleConfig) -> Any:
    """The schedule's; on a processor that only emulates bfloat16, many times slower than float32, the latter."""
    if schedule.precision != "bf16-mixed":
        return schedule.precision
    on_processor = schedule.accelerator == "cpu" or not (torch.cuda.is_available() or torch.backends.mps.is_available())
    # Where torch was built without oneDNN, as for some Macs, there is no such question to ask.
    is_emulated = torch.backends.mkldnn.is_available() and not torch.ops.mkldnn._is_mkldnn_bf16_supported()
    return "32-true" if on_processor and is_emulated else schedule.precision
