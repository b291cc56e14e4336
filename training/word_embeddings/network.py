"""MATE's network: a text encoder of which the word embeddings are trained, and a motion encoder to train them with."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Self

import torch
from torch import Tensor, nn
from torch.nn import functional

from training.losses.retrieval import forgiving_contrast
from training.models.evaluator import EvaluatorModel, PatchDecoder
from training.models.text import TextEncoder, pooled
from training.word_embeddings.config import MateConfig, MateLossConfig
from training.word_embeddings.examples import WordBatch
from training.word_embeddings.localization import Localization, attention_prior
from training.word_embeddings.losses import alignment, cross_decoupling, pairs_of_absent, self_decoupling
from training.word_embeddings.pieces import TokenizedCaptions
from training.word_embeddings.rows import TrainableRows, make_trainable


class Mate(nn.Module):
    """A text encoder whose rows move, a motion encoder and its decoder, and what finds words in motions.

    The motion encoder starts as the retrieval model's and is trained along: it has been shown to know a motion from
    another, and starting from nothing would take longer than the words need.
    """

    def __init__(
        self, config: MateConfig, encoder: TextEncoder, rows: Tensor, evaluator: EvaluatorModel, motion_words: int
    ) -> None:
        """rows: (n,) token ids of all motion words' pieces. motion_words: K, one prototype for each."""
        super().__init__()
        self.config = config
        width = evaluator.config.width
        self.encoder = encoder
        make_trainable(encoder, rows, config)
        self.motion = evaluator.motion.requires_grad_(requires_grad=True)
        self.frames_per_patch = evaluator.config.frames_per_patch
        self.decoder = PatchDecoder(evaluator.config)
        self.word = nn.Linear(encoder.width, width)
        self.localization = Localization(width, config.heads, config.prior_strength)
        self.prototypes = nn.Parameter(torch.randn(motion_words, width))
        self.sentence = nn.Linear(evaluator.config.embedding_width, encoder.width)

    @property
    def table(self) -> TrainableRows:
        """The encoder's word-embedding table."""
        table: TrainableRows = self.encoder.model.get_input_embeddings()
        return table

    def patches(self, features: Tensor, every: int = 1) -> Tensor:
        """(B, N / patch, patch / every · F): of each patch, its frames 0, every, 2 · every …"""
        return features.unflatten(1, (-1, self.frames_per_patch))[:, :, ::every].flatten(2)

    def train(self, mode: bool = True) -> Self:
        """The text encoder stays as it is used, without dropout."""
        super().train(mode)
        self.encoder.eval()
        return self

    def sentences(self, ids: Tensor, mask: Tensor) -> Tensor:
        """(B, D_text), as whoever uses the encoder would pool them."""
        return pooled(self.encoder(ids, mask), mask, last=self.encoder.pools_last)

    def embeddings(self, pieces: Tensor) -> Tensor:
        """WE(w) (B, D_text): the mean over the pieces (B, P) of each word, −1 where there are fewer."""
        there = (pieces >= 0).float()[..., None]
        return (self.table(pieces.clamp(min=0)) * there).sum(dim=1) / there.sum(dim=1).clamp(
            min=1
        )  # none of a word beyond the longest sentence

    def motions(self, batch: WordBatch) -> tuple[Tensor, Tensor]:
        """The sequence's point (B, E) and the features of its patches (B, T, D)."""
        states = self.motion.states(self.patches(batch.features), batch.valid)
        return self.motion.mean(states[:, 0]), states[:, 2:]

    def localized(self, embeddings: Tensor, frames: Tensor, batch: WordBatch) -> tuple[Tensor, Tensor]:
        """f_word (B, D) of words (B, D_text) in the motions' segments of the batch, and their attention (B, T)."""
        prior = attention_prior(self.config.prior, batch.starts, batch.ends, batch.valid)
        return self.localization(self.word(embeddings), frames, prior, batch.valid)

    def forward(
        self,
        batch: WordBatch,
        texts: TokenizedCaptions,
        forgiven: Tensor,
        loss: MateLossConfig,
        random: torch.Generator,
    ) -> Mapping[str, Tensor]:
        """Every loss by its name, "loss" the sum that is minimized. forgiven: (B, B) of captions that say the same."""
        point, frames = self.motions(batch)
        embeddings = self.embeddings(texts.pieces)
        parts = self._word_losses(embeddings, frames, batch, loss, random)
        rebuilt, target = self.decoder(point, batch.valid), self.patches(batch.features, 4)
        parts["reconstruction"] = functional.smooth_l1_loss(rebuilt[batch.valid], target[batch.valid])
        sentences = self.sentences(texts.ids, texts.mask)
        parts["sentence"] = forgiving_contrast(sentences, self.sentence(point), forgiven, loss.sentence_temperature)
        words = (
            loss.self_decoupling * parts["self"]
            + loss.cross_decoupling * parts["cross"]
            + loss.alignment * parts["alignment"]
        )
        total = (
            loss.reconstruction * parts["reconstruction"] + loss.of_words * words + loss.sentence * parts["sentence"]
        )
        return {"loss": total, **parts}

    def _word_losses(
        self, embeddings: Tensor, frames: Tensor, batch: WordBatch, loss: MateLossConfig, random: torch.Generator
    ) -> dict[str, Tensor]:
        own, _ = self.localized(embeddings, frames, batch)
        partner, there_is = pairs_of_absent(batch.words, batch.said, random)
        absent, _ = self.localized(embeddings[partner], frames, batch)
        elsewhere, _ = self.localized(embeddings, frames[partner], batch.motions_of(partner))
        return {
            "self": self_decoupling(own, batch.words, self.prototypes, loss.temperature),
            "cross": cross_decoupling(own, absent, elsewhere, there_is),
            "alignment": alignment(self.word(embeddings), own, batch.words, loss.temperature),
        }
