"""The rows of a word-embedding table that a training may move, and that alone: all else of it is as it was."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from training.models.text import TextEncoder
from training.word_embeddings.config import MateConfig
from training.word_embeddings.low_rank import add_low_rank
from training.word_embeddings.table import WordEmbeddings, fingerprint


class TrainableRows(nn.Module):
    """Stands in the place of an encoder's word-embedding table (V, D): row r is table[r] + move of r, if r may move.

    What is trained is the move (n, D), which begins at zero: weight decay then draws a row back to where it was, and a
    row that may not move has no number that could change.
    """

    rows: Tensor
    place: Tensor

    def __init__(self, table: nn.Embedding, rows: Tensor) -> None:
        """rows: (n,) token ids, distinct."""
        super().__init__()
        self.table = table.requires_grad_(requires_grad=False)
        self.move = nn.Parameter(torch.zeros(len(rows), table.embedding_dim))
        place = torch.full((table.num_embeddings,), -1)
        place[rows] = torch.arange(len(rows))
        self.register_buffer("rows", rows.clone())
        self.register_buffer("place", place)

    def forward(self, ids: Tensor) -> Tensor:
        """(..., D) of token ids (...)."""
        place = self.place[ids]
        moves = torch.where(place[..., None] >= 0, self.move[place.clamp(min=0)], 0.0)
        return torch.add(self.table(ids), moves)

    @property
    def weight(self) -> Tensor:
        """The table as it was before; transformers' models ask for its type and shape."""
        return self.table.weight

    def word_embeddings(self) -> WordEmbeddings:
        """The moved rows, for a file."""
        moved = self.table.weight[self.rows] + self.move
        return WordEmbeddings(self.rows, moved.detach(), fingerprint(self.table.weight))


def make_trainable(encoder: TextEncoder, rows: Tensor, config: MateConfig) -> None:
    """Let be trained of the frozen encoder what the settings say; by default these rows of its table, nothing else."""
    encoder.requires_grad_(requires_grad=False)
    if config.trained in ("rest", "all"):
        encoder.requires_grad_(requires_grad=True)
    if config.trained == "lora":
        add_low_rank(encoder.model, config.lora_rank)
    trainable = TrainableRows(encoder.model.get_input_embeddings(), rows)
    trainable.move.requires_grad_(requires_grad=config.trained in ("embeddings", "all"))
    encoder.model.set_input_embeddings(trainable)
