"""The loop itself on a network of one number: schedule, average, logs."""

from __future__ import annotations

import csv
import math
from itertools import pairwise

import pytest
import torch
from safetensors.torch import load_file
from torch import nn

from training.config import ScheduleConfig
from training.trainers.loop import learning_rate, train

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
    assert sorted(path.name for path in tmp_path.iterdir()) == ["latest.safetensors", "log.csv", "validation.csv"]


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
