"""Text encoders of four families, all tiny, and what it takes to train their word embeddings for a few steps."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import pytest

from engine.motion import ms272
from tests.training import tiny_text
from tests.training.made_clips import moving
from tests.training.tiny_text import WIDTH
from training.data.clip import split_of
from training.data.events import event_span
from training.data.shards import ClipRow, open_shards, write_shards
from training.evaluation.config import EvaluatorConfig
from training.evaluation.evaluator import save_evaluator
from training.models.evaluator import EvaluatorModel
from training.models.text import TextEncoder
from training.word_embeddings.config import MateTraining

FAMILIES = ("minilm", "distilbert", "clip", "t5")
_CLIPS = {
    "walk": {},
    "walk-turn-left": {"turn_rad": 1.5, "turned": (20, 60)},
    "wave-left-hand": {"raised": "left"},
    "wave-right-hand": {"raised": "right"},
    "bow": {"bend_rad": 0.4},
}


@pytest.fixture(scope="session")
def encoder_folders(text_encoder, tmp_path_factory) -> dict[str, Path]:
    """Family → the folder of a tiny encoder. MiniLM is a BERT."""
    folder = tmp_path_factory.mktemp("families")
    return {
        "minilm": text_encoder,
        "distilbert": tiny_text.write_distilbert(folder / "distilbert", text_encoder),
        "clip": tiny_text.write_clip(folder / "clip"),
        "t5": tiny_text.write_t5(folder / "t5"),
    }


@pytest.fixture(params=FAMILIES)
def encoder_folder(request, encoder_folders) -> Path:
    """The folder of an encoder of each family in turn."""
    return encoder_folders[request.param]


@pytest.fixture
def encoder(encoder_folder) -> TextEncoder:
    """An encoder of each family in turn."""
    return TextEncoder(str(encoder_folder))


@pytest.fixture(scope="session")
def word_shards(tmp_path_factory):
    """Clips of five contents in all three splits."""
    folder = tmp_path_factory.mktemp("word-shards")

    def clips():
        for content, shape in _CLIPS.items():
            names = {split_of(name): name for name in (f"{content}_{n:03d}" for n in range(200))}
            for name in names.values():
                features = ms272.encode(moving(96, **shape))
                yield (
                    ClipRow(name, content, "elderly", 0, len(features), *event_span(moving(96, **shape), content)),
                    features,
                )

    write_shards(clips(), folder, "made")
    return open_shards(folder)


@pytest.fixture(scope="session")
def evaluator_file(word_shards, text_encoder, tmp_path_factory) -> Path:
    """A tiny retrieval model as it is drawn: training needs one that runs, not one that knows."""
    path = tmp_path_factory.mktemp("evaluator") / "evaluator.safetensors"
    config = EvaluatorConfig(text_width=WIDTH, width=16, heads=2, motion_depth=1, text_depth=1, embedding_width=8)
    save_evaluator(path, EvaluatorModel(config), *word_shards.normalization, str(text_encoder))
    return path


@pytest.fixture(scope="session")
def settings(word_shards, evaluator_file):
    """The settings of a training of three steps, for the encoder in a folder; other keys as they are given."""
    return partial(_settings, Path(word_shards.features.filename).parent, evaluator_file)


def _settings(shards: Path, evaluator: Path, encoder: Path, **model) -> MateTraining:
    return MateTraining.model_validate({
        "data": {"shards": shards, "captions_per_label": 8, "max_seconds": 3.0},
        "model": model,
        "words": {"least_count": 2},
        "schedule": {"batch_size": 8, "steps": 3, "learning_rate": 1e-2, "warm_up_steps": 1, "log_every_steps": 1,
                     "precision": "32-true", "accelerator": "cpu"},
        "text_encoder": str(encoder),
        "evaluator": evaluator,
    })  # fmt: skip
