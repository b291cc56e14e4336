"""Training word embeddings: captions and motions in, a file of moved rows out."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np
import torch
from lightning_fabric import Fabric
from numpy.typing import NDArray
from torch import Tensor, nn

from engine.errors import UserError
from training.data.composition.pool import composites_of
from training.data.shards import ClipRow, Shards
from training.evaluation.evaluator import OwnEvaluator, load_evaluator, own_evaluator
from training.evaluation.meanings import CaptionMeanings
from training.models.text import TextEncoder
from training.trainers.checkpoint import WEIGHTS, save_weights
from training.trainers.loop import Losses, train
from training.word_embeddings.config import MateTraining
from training.word_embeddings.examples import WordBatch, WordSampler, all_captions
from training.word_embeddings.motion_words import MotionWords
from training.word_embeddings.network import Mate
from training.word_embeddings.pieces import TokenizedCaptions, rows_of
from training.word_embeddings.retrieval import Segmenter, segmented
from training.word_embeddings.segmentation import Segment
from training.word_embeddings.sub_texts import ClauseSplitter

EMBEDDINGS = "embeddings.safetensors"
_VALIDATION_SEED = 2**31
_VALIDATION_BATCHES = 4


class MateData:
    """What a training draws from: clips and segmented composites, motion words, the frozen retrieval model."""

    def __init__(self, config: MateTraining, shards: Shards, on_clip: Callable[[int], None] = lambda _: None) -> None:
        """on_clip hears how many composites are segmented; their segments are kept beside the shards."""
        self._config, self.shards = config, shards
        self.evaluator = evaluator_of(config)
        pool = composites_of(shards, config.data)
        composed = pool.rows[: config.segmented_composites] if pool is not None else ()
        self.captions = all_captions(shards.of("train"), composed, config.data)
        self.words = MotionWords.of(self.captions, config.words)
        self.splitter = ClauseSplitter(self.words.verbs)
        self._segmenter = Segmenter(self.evaluator, self.splitter)
        self.patch, (_, self.mean, self.std) = self._segmenter.patch, self.evaluator.network
        self._composites = None
        if pool is not None:
            partitions = segmented(self._segmenter, pool, composed, config.data.shards, on_clip)
            self._composites = (pool, composed, partitions)
        labels = {(row.content, row.style) for row in shards.rows if not row.captions}
        self.meanings = CaptionMeanings(labels, config.data.captions_per_label)

    def partition(self, features: NDArray[np.float32], caption: str) -> tuple[Segment, ...]:
        """The segments of a motion's (N, 272) sub-texts, in patches; none for a caption of a single sub-text."""
        return self._segmenter.partition(features, caption)

    def sampler(self, rows: Sequence[ClipRow], is_composed: bool) -> WordSampler:
        """Of clips, and, where it says so, of composites, which are all made of training clips."""
        composites = self._composites if is_composed else None
        near = self._config.near_captions if is_composed else 0.0
        return WordSampler(
            self.shards, rows, self._config.data, self.words, self.splitter, self.patch, near, composites
        )


def evaluator_of(config: MateTraining) -> OwnEvaluator:
    """The frozen retrieval model; UserError for one that looks at other features."""
    evaluator = own_evaluator("ms-272") if config.evaluator is None else load_evaluator(config.evaluator)
    if evaluator.protocol != "ms-272":
        raise UserError(f"{config.evaluator} is an evaluator for {evaluator.protocol}; give one for ms-272.")
    return evaluator


def mate_of(config: MateTraining, data: MateData) -> Mate:
    """The network before it is trained."""
    torch.manual_seed(config.schedule.seed)  # nn.Module's initialization takes no generator
    encoder = TextEncoder(config.text_encoder)
    rows = rows_of(encoder, data.words.words)
    return Mate(config.model, encoder, rows, evaluator_of(config).network[0], len(data.words.words))


class _MateTask:
    def __init__(self, config: MateTraining, shards: Shards, data: MateData, fabric: Fabric) -> None:
        self._config, self._fabric, self._data = config, fabric, data
        self._sampler = data.sampler(shards.of("train"), is_composed=True)
        self._validation = data.sampler(shards.of("validation"), is_composed=False)

    def losses(self, model: nn.Module, step: int) -> Losses:
        seed = self._config.schedule.seed + 7919 * self._fabric.global_rank
        batch = self._sampler.draw(self._config.schedule.batch_size, self._data.mean, self._data.std, (seed, step))
        random = torch.Generator(self._fabric.device).manual_seed(self._config.schedule.seed + step)
        return self._losses(model, batch, random)

    def _losses(self, model: nn.Module, batch: WordBatch, random: torch.Generator) -> Losses:
        device = self._fabric.device
        texts = TokenizedCaptions.of(model.encoder, batch.captions, batch.places)
        forgiven = torch.from_numpy(self._data.meanings.alike_matrix(batch.captions)).to(device)
        return model(batch.to(device), texts.to(device), forgiven, self._config.loss, random)

    @torch.no_grad()
    def validate(self, model: nn.Module) -> Mapping[str, float]:
        """The losses on the validation split, always of the same triplets."""
        size, mean, std = self._config.schedule.batch_size, self._data.mean, self._data.std
        random = torch.Generator(self._fabric.device).manual_seed(_VALIDATION_SEED)
        batches = [self._validation.draw(size, mean, std, (_VALIDATION_SEED, n)) for n in range(_VALIDATION_BATCHES)]
        rows: list[Mapping[str, Tensor]] = [self._losses(model, batch, random) for batch in batches]
        return {name: float(np.mean([float(row[name]) for row in rows])) for name in rows[0]}


def train_mate(config: MateTraining, shards: Shards, folder: Path, data: MateData, **callbacks) -> Mate:  # noqa: ANN003
    """Train (or go on training) in `folder`; at the end it holds the moved rows, and all that found them.

    Returns the averaged network. The file of rows is written where rows were trained.
    """
    model = mate_of(config, data)
    average = train(model, lambda fabric: _MateTask(config, shards, data, fabric), config.schedule, folder, **callbacks)
    trained: Mate = average.cpu()
    save_weights(folder / WEIGHTS, trained, {})
    if config.model.trained in ("none", "embeddings"):
        trained.table.word_embeddings().save(folder / EMBEDDINGS)
    return trained
