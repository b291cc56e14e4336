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

_ENCODED_AT_ONCE = 4096


class CaptionTable:
    """The words of S sentences, one after the other without padding: (T, D) in float16, lengths (S,)."""

    def __init__(self, sentences: Sequence[str], words: Tensor, lengths: Tensor) -> None:
        self._rows = {sentence: index for index, sentence in enumerate(sentences)}
        self._words, self._lengths = words, lengths
        self._starts = torch.cumsum(lengths, dim=0) - lengths

    @classmethod
    def of(cls, sentences: Sequence[str], encoder: TextEncoder) -> Self:
        """The table of these sentences."""
        words, lengths = [], []
        for start in range(0, len(sentences), _ENCODED_AT_ONCE):
            embedded, mask = encoder.encode(sentences[start : start + _ENCODED_AT_ONCE])
            words.append(embedded[mask])
            lengths.append(mask.sum(dim=1))
        return cls(sentences, torch.cat(words), torch.cat(lengths))

    @classmethod
    def cached(
        cls, encoder_name: str, sentences: Sequence[str], folder: Path, word_embeddings: Path | None = None
    ) -> Self:
        """The table of these sentences: from `folder` where it lies there, else computed and put there."""
        changed = [] if word_embeddings is None else [hashlib.sha256(word_embeddings.read_bytes()).hexdigest()]
        key = hashlib.sha256("\n".join(["flat", encoder_name, *changed, *sentences]).encode("utf-8")).hexdigest()[:16]
        path = folder / f"captions-{key}.safetensors"
        if path.is_file():
            return cls(sentences, **load_file(path))
        table = cls.of(sentences, TextEncoder(encoder_name, word_embeddings))
        with written_whole(path) as temporary:
            save_file({"words": table._words, "lengths": table._lengths}, temporary)
        return table

    def look_up(self, sentences: Sequence[str], device: torch.device) -> tuple[Tensor, Tensor]:
        """Words (B, L, D) float32 and mask (B, L) of sentences, L the longest of them; KeyError for a stranger."""
        rows = torch.tensor([self._rows[sentence] for sentence in sentences])
        lengths = self._lengths[rows]
        place = torch.arange(int(lengths.max()))
        mask = place < lengths[:, None]
        words = self._words[torch.where(mask, self._starts[rows, None] + place, 0)].float()
        return (words * mask[..., None]).to(device), mask.to(device)
