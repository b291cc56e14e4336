"""The file of changed word embeddings: the rows that a training moved, and of which encoder they are.

safetensors: `rows` (n,) int64, token ids in ascending order; `embeddings` (n, D) float32. Metadata: the format, and the
SHA-256 of the whole table of the encoder as it was before, so that another encoder refuses the file.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from engine.errors import UserError
from engine.files import written_whole

_FORMAT = "motionwright-word-embeddings/1"


@dataclass(frozen=True, eq=False)
class WordEmbeddings:
    """rows: (n,) token ids. embeddings: (n, D). encoder: `fingerprint` of the table that they replace rows of."""

    rows: Tensor
    embeddings: Tensor
    encoder: str

    def save(self, path: Path) -> None:
        """Write the file whole."""
        order = self.rows.argsort()
        tensors = {
            "rows": self.rows[order].to(torch.int64).cpu(),
            "embeddings": self.embeddings[order].detach().to(torch.float32).cpu(),
        }
        with written_whole(path) as temporary:
            save_file(tensors, temporary, metadata={"format": _FORMAT, "encoder": self.encoder})

    @classmethod
    def read(cls, path: Path) -> Self:
        """Read `save`'s file; UserError where there is none, or another."""
        try:
            with safe_open(path, framework="pt") as file:
                metadata = file.metadata() or {}
            tensors = load_file(path)
            rows, embeddings, encoder = tensors["rows"], tensors["embeddings"], metadata["encoder"]
            fits = rows.ndim == 1 and embeddings.ndim == 2 and len(rows) == len(embeddings)
            if metadata.get("format") != _FORMAT or not fits or rows.dtype != torch.int64:
                raise ValueError("it has another format")
        except (OSError, SafetensorError, KeyError, ValueError) as error:
            reason = str(error).splitlines()[0]
            raise UserError(
                f"{path} is no file of word embeddings: {reason}. Train one with `motionwright train mate`."
            ) from error
        return cls(rows, embeddings, encoder)

    @torch.no_grad()
    def put_into(self, model: nn.Module, path: Path) -> None:
        """Replace the rows in a transformers model's own table; UserError where it is another encoder's.

        path: of the file, for the message.
        """
        table: nn.Embedding = model.get_input_embeddings()  # type: ignore[operator]
        if fingerprint(table.weight) != self.encoder:
            raise UserError(f"{path} belongs to another text encoder; give the encoder that it was trained for.")
        table.weight[self.rows] = self.embeddings.to(table.weight)


def fingerprint(table: Tensor) -> str:
    """SHA-256 of the numbers of a table (V, D) as float32; −0 counts as 0, which averaging turns it into."""
    numbers = table.detach().to(torch.float32).cpu() + 0.0
    return hashlib.sha256(numbers.contiguous().numpy().tobytes()).hexdigest()
