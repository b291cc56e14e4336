"""Which rows of an encoder's table a word is made of, since tokenizers cut rare words into pieces."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import torch
from torch import Tensor

from training.models.text import MAX_WORDS, TextEncoder
from training.word_embeddings.motion_words import MotionWord


class TokenizedCaptions(NamedTuple):
    """ids, mask: (B, L). pieces: (B, P) the ids of the pieces of each caption's word, −1 where it has fewer."""

    ids: Tensor
    mask: Tensor
    pieces: Tensor

    @classmethod
    def of(cls, encoder: TextEncoder, captions: Sequence[str], places: Sequence[tuple[int, int]]) -> TokenizedCaptions:
        """places: [start, end) of a word in each caption, in characters."""
        tokens = encoder.tokenizer(
            list(captions),
            padding=True,
            truncation=True,
            max_length=MAX_WORDS,
            return_offsets_mapping=True,
            return_tensors="pt",
        )
        ids, offsets = tokens["input_ids"], tokens["offset_mapping"]
        word = torch.tensor(list(places))[:, None]
        # A special token stands at [0, 0), and a piece may begin with the space before its word.
        is_piece = (offsets[..., 0] < word[..., 1]) & (offsets[..., 1] > word[..., 0])
        longest = max(1, int(is_piece.sum(dim=1).max()))
        order = (~is_piece).long().argsort(dim=1, stable=True)[:, :longest]
        pieces = torch.where(is_piece.gather(1, order), ids.gather(1, order), -1)
        return cls(ids, tokens["attention_mask"], pieces)

    def to(self, device: torch.device) -> TokenizedCaptions:
        return TokenizedCaptions(*(tensor.to(device) for tensor in self))


def rows_of(encoder: TextEncoder, words: Iterable[MotionWord]) -> Tensor:
    """(n,) the rows of all pieces of all forms of the words, ascending, at a sentence's start and inside one."""
    forms = [form for word in words for form in word.forms]
    rows: set[int] = set()
    for before in ("", "a person "):
        places = [(len(before), len(before) + len(form)) for form in forms]
        pieces = TokenizedCaptions.of(encoder, [before + form for form in forms], places).pieces
        rows |= set(pieces[pieces >= 0].tolist())
    unknown = encoder.tokenizer.unk_token_id
    return torch.tensor(sorted(rows - set(encoder.tokenizer.all_special_ids) - {unknown}))
