"""Shards whose three splits all hold clips, and a tiny evaluator trained on them."""

from __future__ import annotations

from itertools import count
from pathlib import Path

import pytest

from engine.motion import ms272
from tests.training.made_clips import moving
from tests.training.tiny_text import WIDTH
from training.data.clip import split_of
from training.data.events import event_span
from training.data.shards import ClipRow, Shards, open_shards, write_shards
from training.evaluation.config import EvaluatorTraining
from training.trainers.evaluator import EVALUATOR, train_evaluator

_MOTIONS = {
    ("walk", "elderly"): {},
    ("walk-turn-left", "elderly"): {"turn_rad": 1.5, "turned": (20, 60)},
    ("bow", "elderly"): {"bend_rad": 0.4},
    ("wave-left-hand", "elderly"): {"raised": "left"},
    ("wave-right-hand", "elderly"): {"raised": "right"},
}
_OF_SPLIT = {"train": 3, "validation": 2, "test": 2}


@pytest.fixture(scope="session")
def split_shards(tmp_path_factory) -> Shards:
    """35 clips of five contents, in all three splits."""
    folder = tmp_path_factory.mktemp("split-shards")

    def clips():
        for (content, style), shape in _MOTIONS.items():
            for split, wanted in _OF_SPLIT.items():
                names = (f"{content}_{style}_{n:03d}" for n in count())
                for number, name in zip(range(wanted), (name for name in names if split_of(name) == split)):  # noqa: B905
                    motion = moving(72 + 4 * number, **{"bend_rad": 0.1 + 0.1 * number, **shape})
                    features = ms272.encode(motion)
                    yield ClipRow(name, content, style, 0, len(features), *event_span(motion, content)), features

    write_shards(clips(), folder, "made")
    return open_shards(folder)


@pytest.fixture(scope="session")
def evaluator_toml(split_shards, text_encoder, tmp_path_factory) -> Path:
    """The settings of the smallest evaluator."""
    path = tmp_path_factory.mktemp("evaluator") / "evaluator-tiny.toml"
    path.write_text(
        f"text_encoder = {str(text_encoder)!r}\npooled_examples = 64\n[data]\narchive = 'none'\n"
        f"shards = {str(Path(split_shards.features.filename).parent)!r}\ncaptions_per_label = 4\nmax_seconds = 2.0\n"
        f"[model]\ntext_width = {WIDTH}\nwidth = 16\nheads = 2\nmotion_depth = 1\ntext_depth = 1\nembedding_width = 8\n"
        "[schedule]\nbatch_size = 8\nsteps = 3\nlearning_rate = 1e-3\nwarm_up_steps = 1\nlog_every_steps = 1\n"
        "precision = '32-true'\naccelerator = 'cpu'\n",
        encoding="utf-8",
    )
    return path


@pytest.fixture(scope="session")
def evaluator_file(evaluator_toml, split_shards) -> Path:
    """A tiny evaluator, trained for three steps."""
    settings = EvaluatorTraining.read(evaluator_toml)
    run = evaluator_toml.parent / "run"
    settings.open_run(run)
    train_evaluator(settings, split_shards, run)
    return run / EVALUATOR
