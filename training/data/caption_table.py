"""Token embeddings of every caption, computed once and kept beside the shards."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Self

import torch
from torch import Tensor

from training.data.word_store import WordStore
from training.models.text import TextEncoder, encoder_fingerprint

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
        words = [embedded for _, embedded in _encoded(sentences, encoder)]
        return cls(sentences, torch.cat(words), torch.tensor([len(embedded) for embedded in words]))

    @classmethod
    def cached(
        cls, encoder_name: str, sentences: Sequence[str], folder: Path, word_embeddings: Path | None = None
    ) -> Self:
        """The table of these sentences; those that were ever encoded before are found in `folder`."""
        store, fingerprint = WordStore(folder / "words.sqlite"), encoder_fingerprint(encoder_name, word_embeddings)
        words = store.read(fingerprint, sentences)
        missing = [sentence for sentence in sentences if sentence not in words]
        if missing:
            missing.sort(key=len)  # each batch is as long as its longest sentence
            new = dict(_encoded(missing, TextEncoder(encoder_name, word_embeddings)))
            store.add(fingerprint, new)
            words |= new
        in_order = [words[sentence] for sentence in sentences]
        return cls(sentences, torch.cat(in_order), torch.tensor([len(embedded) for embedded in in_order]))

    def look_up(self, sentences: Sequence[str], device: torch.device) -> tuple[Tensor, Tensor]:
        """Words (B, L, D) float32 and mask (B, L) of sentences, L the longest of them; KeyError for a stranger."""
        rows = torch.tensor([self._rows[sentence] for sentence in sentences])
        lengths = self._lengths[rows]
        place = torch.arange(int(lengths.max()))
        mask = place < lengths[:, None]
        words = self._words[torch.where(mask, self._starts[rows, None] + place, 0)].float()
        return (words * mask[..., None]).to(device), mask.to(device)


def _encoded(sentences: Sequence[str], encoder: TextEncoder) -> Iterator[tuple[str, Tensor]]:
    """Each sentence and its words (L, D)."""
    for start in range(0, len(sentences), _ENCODED_AT_ONCE):
        some = sentences[start : start + _ENCODED_AT_ONCE]
        embedded, mask = encoder.encode(some)
        for sentence, words, length in zip(some, embedded, mask.sum(dim=1).tolist(), strict=True):
            yield sentence, words[:length].clone()  # else the padding would stay in memory with it
