"""The loop itself on a network of one number: schedule, average, logs."""

from __future__ import annotations

import copy
import csv
import math
import os
import shutil
import struct
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import pytest
import torch
from matplotlib import image
from safetensors.torch import load_file
from tensorboardX.proto import event_pb2
from torch import nn

from engine.errors import UserError
from training.config import ScheduleConfig
from training.trainers.checkpoint import best_value, load_state
from training.trainers.loop import learning_rate, train
from training.trainers.world import world_of

SCHEDULE = ScheduleConfig(
    batch_size=1, steps=10, learning_rate=0.1, warm_up_steps=4, weight_decay=0.0, precision="32-true",
    accelerator="cpu", log_every_steps=3, gradient_clip=1e9,
)  # fmt: skip


class Number(nn.Module):
    def __init__(self):
        super().__init__()
        self.value = nn.Parameter(torch.tensor([5.0]))

    def forward(self):
        return self.value


class TowardsZero:
    """Half the square of the number; hears of every weight that it is asked about."""

    def __init__(self):
        self.seen, self.validated = [], []

    def losses(self, model, step):
        self.seen.append((step, float(model().detach())))
        return {"loss": 0.5 * (model() ** 2).sum()}

    def validate(self, model):
        self.validated.append(float(model()))
        return {"value": self.validated[-1]}


def rows(path):
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file))


def test_the_rate_rises_in_a_line_and_falls_in_half_a_cosine():
    schedule = SCHEDULE.model_copy(update={"steps": 104})
    rates = [learning_rate(schedule, step) for step in range(104)]
    assert rates[:4] == pytest.approx([0.025, 0.05, 0.075, 0.1])
    assert rates[4] == pytest.approx(0.1)
    assert rates[54] == pytest.approx(0.1 * (0.01 + 0.99 * 0.5))
    assert learning_rate(schedule, 104) == pytest.approx(0.001)
    assert learning_rate(schedule, 10_000) == pytest.approx(0.001)
    assert all(later < earlier for earlier, later in pairwise(rates[4:]))


def test_the_first_steps_are_adams(tmp_path):
    """Adam's first step is the whole rate against the gradient's sign, whatever the gradient's size."""
    task = TowardsZero()
    train(Number(), lambda _: task, SCHEDULE.model_copy(update={"steps": 2}), tmp_path)
    (_, first), (_, second) = task.seen
    assert first == 5.0
    assert second == pytest.approx(5.0 - 0.025, abs=1e-6)


def test_the_average_is_of_all_weights_and_follows_the_decay(tmp_path):
    task = TowardsZero()
    model = Number()
    average = train(model, lambda _: task, SCHEDULE, tmp_path)
    weights = [value for _, value in task.seen[1:]] + [model.value.item()]
    expected = 5.0
    for step, value in enumerate(weights, start=1):
        decay = min(SCHEDULE.ema_decay, (1 + step) / (10 + step))
        expected = decay * expected + (1 - decay) * value
    assert average.value.item() == pytest.approx(expected, rel=1e-5)
    assert task.validated == [pytest.approx(expected, rel=1e-5)]
    assert not average.value.requires_grad


def test_gradients_are_clipped(tmp_path):
    """Adam hides a gradient's size in its step, but not in its first moment: (1 − β₁) · g."""
    heard = []
    model = Number()
    model.value.register_hook(lambda gradient: heard.append(float(gradient)))
    task = TowardsZero()
    train(model, lambda _: task, SCHEDULE.model_copy(update={"steps": 1, "gradient_clip": 1.0}), tmp_path)
    assert heard == [5.0]
    state = load_file(tmp_path / "latest.safetensors")
    assert float(state["optimizer.0.exp_avg"]) == pytest.approx(0.1 * 1.0, rel=1e-4)


def test_logs_have_a_head_once_every_third_step_and_the_last(tmp_path):
    heard = []
    train(Number(), lambda _: TowardsZero(), SCHEDULE, tmp_path, on_step=lambda step, row: heard.append((step, row)))
    log = rows(tmp_path / "log.csv")
    assert log[0] == ["step", "loss", "steps_per_second"]
    assert [row[0] for row in log[1:]] == ["3", "6", "9", "10"]
    assert [step for step, _ in heard] == [3, 6, 9, 10]
    for (_, row), written in zip(heard, log[1:], strict=True):
        assert float(written[1]) == pytest.approx(row["loss"], rel=1e-5)
        assert row["steps_per_second"] > 0
    assert rows(tmp_path / "validation.csv")[0] == ["step", "value"]
    assert [row[0] for row in rows(tmp_path / "validation.csv")[1:]] == ["10"]
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "best.safetensors", "curves.png", "latest.safetensors", "log.csv", "tensorboard", "validation.csv"
    ]  # fmt: skip


class StoppedError(Exception):
    pass


def stopping_at(last):
    def stop(step, _row):
        if step == last:
            raise StoppedError

    return stop


def test_a_run_that_goes_on_logs_no_row_twice(tmp_path):
    """Killed at step 9, three steps behind its checkpoint, with a row torn in the middle."""
    schedule = SCHEDULE.model_copy(update={"checkpoint_every_seconds": 1e9})
    train(Number(), lambda _: TowardsZero(), schedule.model_copy(update={"steps": 6}), tmp_path)
    with pytest.raises(StoppedError):
        train(Number(), lambda _: TowardsZero(), schedule, tmp_path, on_step=stopping_at(9))
    assert [row[0] for row in rows(tmp_path / "log.csv")[1:]] == ["3", "6", "9"]
    with (tmp_path / "log.csv").open("a", encoding="utf-8") as file:
        file.write("10,0.0")
    task = TowardsZero()
    train(Number(), lambda _: task, schedule, tmp_path)
    assert [step for step, _ in task.seen] == [6, 7, 8, 9]
    assert [row[0] for row in rows(tmp_path / "log.csv")[1:]] == ["3", "6", "9", "10"]
    assert [row[0] for row in rows(tmp_path / "validation.csv")[1:]] == ["6", "10"]


def test_an_accumulated_step_has_the_mean_gradient_of_its_draws(tmp_path):
    """Loss of draw n is n·x: the gradient of the second of two steps of three draws is (3 + 4 + 5) / 3."""
    heard = []

    class Draws:
        def losses(self, model, draw):
            heard.append(draw)
            return {"loss": draw * model().sum()}

        def validate(self, model):
            return {"value": 0.0}

    schedule = SCHEDULE.model_copy(update={"steps": 2, "accumulate": 3, "betas": (0.0, 0.0), "log_every_steps": 1})
    model = Number()
    train(model, lambda _: Draws(), schedule, tmp_path)
    assert heard == [0, 1, 2, 3, 4, 5]
    state = load_file(tmp_path / "latest.safetensors")
    assert float(state["optimizer.0.exp_avg"]) == pytest.approx(4.0)
    value_before_second = 5.0 - 0.025
    assert float(rows(tmp_path / "log.csv")[2][1]) == pytest.approx(4.0 * value_before_second, rel=1e-5)


def test_the_best_is_kept_though_the_last_is_worse(tmp_path):
    class Judged(TowardsZero):
        def validate(self, model):
            self.validated.append(float(model()))
            return {"error": [3.0, 1.0, 2.0, 1.5][len(self.validated) - 1], "other": -9.0}

    schedule = SCHEDULE.model_copy(update={"steps": 4, "log_every_steps": 1, "checkpoint_every_seconds": 0.0})
    task = Judged()
    average = train(Number(), lambda _: task, schedule, tmp_path)
    best = float(load_file(tmp_path / "best.safetensors")["model.value"])
    assert best == pytest.approx(task.validated[1])
    assert best != average.value.item()
    assert best_value(tmp_path) == 1.0


def test_a_resumed_run_knows_its_best(tmp_path):
    class Worse(TowardsZero):
        def validate(self, model):
            return {"error": 7.0}

    train(Number(), lambda _: TowardsZero(), SCHEDULE, tmp_path)
    before = (tmp_path / "best.safetensors").read_bytes()
    train(Number(), lambda _: Worse(), SCHEDULE.model_copy(update={"steps": 12}), tmp_path)
    assert (tmp_path / "best.safetensors").read_bytes() == before


class Breaking(TowardsZero):
    def losses(self, model, draw):
        good = super().losses(model, draw)
        return good if draw < 7 else {"loss": good["loss"] * math.nan, "other": good["loss"]}

    def clip_names(self, draw):
        return ("walk_002", f"clip_{draw}", "walk_002")


def test_a_loss_that_is_not_finite_stops_with_the_clips_of_its_batch(tmp_path):
    schedule = SCHEDULE.model_copy(update={"log_every_steps": 1, "checkpoint_every_seconds": 0.0})
    with pytest.raises(
        UserError, match=r"not finite at step 8 \(loss nan, other .*\(clip_7, walk_002\).*checkpoint\.$"
    ):
        train(Number(), lambda _: Breaking(), schedule, tmp_path)
    kept = load_file(tmp_path / "latest.safetensors")
    assert all(tensor.isfinite().all() for tensor in kept.values())


FULL_DISK = """
import resource, sys
from pathlib import Path
import torch
from tests.training.trainers.test_loop import SCHEDULE, Number, TowardsZero
from training.trainers.loop import train
from engine.errors import UserError

class Wide(Number):
    def __init__(self):
        super().__init__()
        self.ballast = torch.nn.Parameter(torch.zeros(100_000))

train(Wide(), lambda _: TowardsZero(), SCHEDULE.model_copy(update={"steps": 3}), Path(sys.argv[1]))
resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, 200_000))
try:
    train(Wide(), lambda _: TowardsZero(), SCHEDULE, Path(sys.argv[1]))
except UserError as error:
    print(error)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="no system call there bounds what a process may write")
def test_a_full_disk_is_a_sentence_and_the_checkpoint_before_it_stays(tmp_path):
    """A process that may write no file over 200 kB, which fails as a full disk does."""
    script = tmp_path / "full_disk.py"
    script.write_text(FULL_DISK, encoding="utf-8")
    root = Path(__file__).parents[3]
    run = tmp_path / "run"
    run.mkdir()
    done = subprocess.run(
        [sys.executable, str(script), str(run)],
        env={**os.environ, "PYTHONPATH": str(root)}, capture_output=True, text=True, timeout=300, check=True,
    )  # fmt: skip
    assert "The disk is full: " in done.stdout
    assert "goes on from its last checkpoint." in done.stdout
    model = Number()
    model.ballast = nn.Parameter(torch.zeros(100_000))
    optimizer = torch.optim.AdamW(model.parameters())
    assert load_state(run / "latest.safetensors", model, copy.deepcopy(model), optimizer) == 3
    assert not [path for path in run.iterdir() if path.name.startswith(".")]


def test_tensorboard_has_what_the_tables_have(tmp_path):
    train(Number(), lambda _: TowardsZero(), SCHEDULE, tmp_path)
    found = {}
    for path in (tmp_path / "tensorboard").iterdir():
        content = path.read_bytes()
        while content:  # records of TFRecord: length, its checksum, the event, its checksum
            (length,) = struct.unpack("<Q", content[:8])
            event = event_pb2.Event.FromString(content[12 : 12 + length])
            content = content[16 + length :]
            found |= {(value.tag, event.step): value.simple_value for value in event.summary.value}
    table = rows(tmp_path / "log.csv")
    for step, loss, _ in table[1:]:
        assert found["log/loss", int(step)] == pytest.approx(float(loss), rel=1e-5)
    assert ("validation/value", 10) in found


def test_the_curves_are_a_picture_of_every_column(tmp_path):
    train(Number(), lambda _: TowardsZero(), SCHEDULE, tmp_path)
    picture = image.imread(tmp_path / "curves.png")
    height, width = picture.shape[:2]
    assert width > 2 * height, "three panels in a row: loss, steps per second, value"
    thirds = [picture[:, n * width // 3 : (n + 1) * width // 3] for n in range(3)]
    blue = [int(((third[..., 2] - third[..., 0]) > 0.3).sum()) for third in thirds]
    assert min(blue) > 5, "each with a line"


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        ({}, (1, 1)),
        ({"TORCHELASTIC_RUN_ID": "x", "LOCAL_WORLD_SIZE": "2", "WORLD_SIZE": "6"}, (2, 3)),
        ({"SLURM_PROCID": "3", "SLURM_NTASKS": "8", "SLURM_NNODES": "2"}, (4, 2)),
        ({"SLURM_PROCID": "0", "SLURM_NTASKS": "1"}, (1, 1)),
        ({"SLURM_JOB_ID": "7", "SLURM_NTASKS": "8"}, (1, 1)),  # inside an allocation, but not started by srun
    ],
)
def test_processes_are_those_that_torchrun_or_slurm_started(environment, expected):
    assert world_of(environment) == expected


def test_broken_variables_are_a_sentence():
    with pytest.raises(UserError, match=r"torchrun or SLURM set can't be read: .*\.$"):
        world_of({"TORCHELASTIC_RUN_ID": "x", "LOCAL_WORLD_SIZE": "two", "WORLD_SIZE": "2"})


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("c++") is None, reason="torch.compile needs a C++ compiler")
def test_a_compiled_network_is_trained_and_kept_as_the_plain_one_is(tmp_path):
    found = {}
    for name, is_compiled in (("plain", False), ("compiled", True)):
        folder = tmp_path / name
        folder.mkdir()
        schedule = SCHEDULE.model_copy(update={"compile": is_compiled})
        train(Number(), lambda _: TowardsZero(), schedule, folder)
        found[name] = load_file(folder / "latest.safetensors")
    assert found["plain"].keys() == found["compiled"].keys()
    for tensor_name, tensor in found["plain"].items():
        torch.testing.assert_close(found["compiled"][tensor_name], tensor)


def test_a_finished_run_is_left_as_it_is(tmp_path):
    first = train(Number(), lambda _: TowardsZero(), SCHEDULE, tmp_path)
    task = TowardsZero()
    again = train(Number(), lambda _: task, SCHEDULE, tmp_path)
    assert task.seen == []
    assert torch.equal(first.value, again.value)


def test_a_longer_schedule_goes_on(tmp_path):
    train(Number(), lambda _: TowardsZero(), SCHEDULE, tmp_path)
    task = TowardsZero()
    train(Number(), lambda _: task, SCHEDULE.model_copy(update={"steps": 12}), tmp_path)
    assert [step for step, _ in task.seen] == [10, 11]
    assert math.isfinite(task.seen[-1][1])
