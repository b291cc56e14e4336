"""What the training loop costs beside the network: held to a bare torch loop over the same module in the same run.

Run by hand, on an idle machine: `python -m tests.benchmarks.training SHARDS AUTOENCODER_RUN`. The two loops take turns
of a few steps, so that whatever else the machine does hits both. The exit status is 1 where something does not hold.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import torch
from lightning_fabric import Fabric
from torch import Tensor, nn
from torch.profiler import ProfilerActivity, profile

from training.config import DataConfig, GeneratorConfig, GeneratorTraining, ScheduleConfig
from training.data.shards import open_shards
from training.models.generator import new_generator
from training.trainers.generator import _GeneratorTask
from training.trainers.loop import _Run

BATCH, TURNS, STEPS = 32, 7, 4
SHARE_OF_BARE, MOST_OF_DATA = 0.8, 0.1


def configuration(shards: Path, autoencoder: Path) -> GeneratorTraining:
    """A generator of 18.8 M parameters: 384 wide, 6 heads, 5 deep, with two layers of adapter."""
    return GeneratorTraining(
        data=DataConfig(shards=shards),
        autoencoder=autoencoder,
        model=GeneratorConfig(width=384, depth=5, heads=6, adapter_depth=2, flow_depth=3, flow_width=384),
        schedule=ScheduleConfig(batch_size=BATCH, steps=10**9, learning_rate=1e-4, log_every_steps=1),
    )


class BareLoop:
    """What one would write without this project: made-up latents of the usual size, AdamW, bfloat16."""

    def __init__(self, model: nn.Module, config: GeneratorTraining) -> None:
        self._model, self._config = model, config
        self._optimizer = torch.optim.AdamW(model.parameters(), lr=1e-4)
        self._random = torch.Generator().manual_seed(0)

    def steps(self, batches: list[tuple[Tensor, Tensor, Tensor, Tensor]]) -> None:
        for latents, valid, words, words_mask in batches:
            with torch.autocast("cpu", torch.bfloat16):
                losses = self._model(latents, valid, words, words_mask, self._config.draws_per_target, self._random)
                loss = losses.flow + losses.guess
            loss.backward()
            self._optimizer.step()
            self._optimizer.zero_grad(set_to_none=True)


class Recorded(_GeneratorTask):
    """The project's task, which keeps what it handed to the network, so that the bare loop trains on the same."""

    def __init__(self, *arguments: object) -> None:
        super().__init__(*arguments)  # type: ignore[arg-type]
        self.seen: list[tuple[Tensor, Tensor, Tensor, Tensor]] = []

    def losses(self, model: nn.Module, draw: int) -> dict[str, Tensor]:
        def recorded(*inputs: Tensor, **others: object) -> object:
            self.seen.append(tuple(tensor.clone() for tensor in inputs[:4]))  # type: ignore[arg-type]
            return model(*inputs, **others)

        return dict(super().losses(recorded, draw))  # type: ignore[arg-type]


def rates(config: GeneratorTraining, folder: Path) -> tuple[float, float, float, int]:
    """Clips a second of processor time in the project's loop and in the bare one; data's share; parameters."""
    shards = open_shards(config.data.shards)
    torch.manual_seed(0)
    run = _Run(Fabric(accelerator="cpu", devices=1, precision="bf16-mixed"), new_generator(config.model),
               config.schedule, folder)  # fmt: skip
    task = Recorded(config, shards, run.fabric, folder)
    bare = BareLoop(new_generator(config.model), config)
    ours = run.steps(task)
    _advance(ours, STEPS)
    bare.steps(task.seen)
    own_s, bare_s = [], []
    for _ in range(TURNS):
        task.seen.clear()
        start = time.process_time()
        _advance(ours, STEPS)
        own_s.append(time.process_time() - start)
        start = time.process_time()
        bare.steps(task.seen)
        bare_s.append(time.process_time() - start)
    parameters = sum(parameter.numel() for parameter in run.model.parameters())
    clips = BATCH * STEPS
    return clips / statistics.median(own_s), clips / statistics.median(bare_s), _data_share(ours), parameters


def _advance(steps: Iterator[object], count: int) -> None:
    for _ in range(count):
        next(steps)


def _data_share(steps: Iterator[object]) -> float:
    """Of the profiler's time, what is spent between asking for a batch and having it."""
    with profile(activities=[ProfilerActivity.CPU]) as profiled:
        start = time.perf_counter()
        _advance(steps, 2 * STEPS)
        elapsed_us = 1e6 * (time.perf_counter() - start)
    data = next(row for row in profiled.key_averages() if row.key == "data")
    return data.cpu_time_total / elapsed_us


def main() -> int:
    config = configuration(Path(sys.argv[1]), Path(sys.argv[2]))
    with tempfile.TemporaryDirectory() as folder:
        own, bare, data, parameters = rates(config, Path(folder))
    print(f"{parameters / 1e6:.1f} M parameters, {torch.get_num_threads()} threads, batches of {BATCH}")
    print(f"the project's loop {own:.1f} clips/s of processor time, a bare loop {bare:.1f}: {own / bare:.0%}")
    print(f"data loading takes {data:.1%} of the step by the profiler")
    holds = own / bare >= SHARE_OF_BARE and data <= MOST_OF_DATA
    print("holds" if holds else f"does not hold: {SHARE_OF_BARE:.0%} and at most {MOST_OF_DATA:.0%} are promised")
    return 0 if holds else 1


if __name__ == "__main__":
    sys.exit(main())
