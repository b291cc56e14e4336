"""Token embeddings of every caption, computed once and kept beside the shards."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Self

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor

from engine.files import written_whole
from training.models.text import TextEncoder


class CaptionTable:
    """Words (S, L, D) in float16 and mask (S, L) of S sentences."""

    def __init__(self, sentences: Sequence[str], words: Tensor, mask: Tensor) -> None:
        self._rows = {sentence: index for index, sentence in enumerate(sentences)}
        self._words, self._mask = words, mask

    @classmethod
    def cached(cls, encoder_name: str, sentences: Sequence[str], folder: Path) -> Self:
        """The table of these sentences: from `folder` where it lies there, else computed and put there."""
        key = hashlib.sha256("\n".join([encoder_name, *sentences]).encode("utf-8")).hexdigest()[:16]
        path = folder / f"captions-{key}.safetensors"
        if not path.is_file():
            words, mask = TextEncoder(encoder_name).encode(sentences)
            with written_whole(path) as temporary:
                save_file({"words": words, "mask": mask}, temporary)
        return cls(sentences, **load_file(path))

    def look_up(self, sentences: Sequence[str], device: torch.device) -> tuple[Tensor, Tensor]:
        """Words (B, L, D) float32 and mask (B, L) of sentences, L the longest of them; KeyError for a stranger."""
        rows = torch.tensor([self._rows[sentence] for sentence in sentences])
        mask = self._mask[rows]
        longest = int(mask.sum(dim=1).max())
        return self._words[rows, :longest].float().to(device), mask[:, :longest].to(device)
