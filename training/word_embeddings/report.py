"""What a training of word embeddings changed, measured on sentences and motions that it had not seen."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass

import numpy as np
import torch
from torch import Tensor

from training.models.text import TextEncoder, pooled
from training.word_embeddings.config import MateTraining
from training.word_embeddings.held_out_wordings import GROUPS
from training.word_embeddings.joined_clips import Localized, join_clips, localized
from training.word_embeddings.meaning import Change, Meaning, measured_meaning
from training.word_embeddings.network import Mate
from training.word_embeddings.pieces import TokenizedCaptions
from training.word_embeddings.trainer import MateData
from training.word_embeddings.word_map import WordMap

JOINED_CLIPS = 150
_RETRIEVAL_POOL = 32
_RETRIEVAL_BATCHES = 12


@dataclass(frozen=True)
class WordsReport:
    """in_context: antonyms as a generator reads them, which looks at single words and not at sentences.

    top_1: how often a held-out motion is the nearest of 32 to its caption, in the space of the training itself."""

    meaning: Meaning
    in_context: Change
    localized: Localized
    top_1: float
    motion_words: int
    moved_rows: int
    word_map: WordMap

    def lines(self) -> list[str]:
        """For people."""
        return [
            f"{self.motion_words} motion words, {self.moved_rows} rows moved",
            *self.meaning.lines(),
            str(self.in_context),
            f"Localization on joined clips: {self.localized}",
            f"Held-out motions found by their captions, of {_RETRIEVAL_POOL}: {self.top_1:.1%}",
        ]

    def json(self) -> str:
        """For programs."""

        def told(changes: Sequence[Change]) -> list[dict[str, object]]:
            return [asdict(change) | {"fall": change.fall} for change in changes]

        return json.dumps(
            {
                "antonyms": told(self.meaning.antonyms),
                "paraphrases": told(self.meaning.paraphrases),
                "in_context": told([self.in_context])[0],
                "localization": asdict(self.localized),
                "top_1": self.top_1,
                "motion_words": self.motion_words,
                "moved_rows": self.moved_rows,
            },
            indent=1,
        )


def measured(settings: MateTraining, data: MateData, trained: Mate) -> WordsReport:
    """Against the encoder as it was; on the test split's clips."""
    untrained = TextEncoder(settings.text_encoder)
    rows = data.shards.of("test")
    seen = frozenset(data.captions)
    meaning = measured_meaning(untrained.encode_sentences, trained.encoder.encode_sentences, rows, seen)
    joined = join_clips(data.shards, rows, data.words, data.patch, JOINED_CLIPS)
    partitions = [data.partition(clip.features, clip.caption) for clip in joined]
    found = [(clip, parts) for clip, parts in zip(joined, partitions, strict=True) if len(parts) == 2]
    moves = trained.table.move.detach()
    return WordsReport(
        meaning=meaning,
        in_context=_in_context(untrained, trained.encoder),
        localized=localized(trained, *zip(*found, strict=True), data.mean, data.std, data.patch),
        top_1=_top_1(data, trained),
        motion_words=len(data.words.words),
        moved_rows=int((moves != 0).any(dim=1).sum()),
        word_map=_word_map(data, untrained, trained),
    )


@torch.inference_mode()
def _in_context(before: TextEncoder, after: TextEncoder) -> Change:
    """The cosine of what an encoder makes of a word and of its antonym, each in the same held-out sentence."""
    told = [(wording, group.antonyms) for group in GROUPS for wording in group.wordings]
    cosines = []
    for encoder in (before, after):
        one, other = (
            _words_in_context(encoder, [(wording, words[side]) for wording, words in told]) for side in (0, 1)
        )
        cosines.append(float(torch.cosine_similarity(one, other, dim=-1).mean()))
    return Change("antonyms in their sentences, word by word", len(told), *cosines)


def _words_in_context(encoder: TextEncoder, told: Sequence[tuple[str, str]]) -> Tensor:
    """(n, D) of a word in a wording with a place for it: the mean of its pieces' outputs."""
    starts = [wording.index("{word}") for wording, _ in told]
    places = [(start, start + len(word)) for start, (_, word) in zip(starts, told, strict=True)]
    texts = TokenizedCaptions.of(encoder, [wording.format(word=word) for wording, word in told], places)
    is_piece = (texts.ids[:, :, None] == texts.pieces[:, None]).any(dim=2)
    return pooled(encoder(texts.ids, texts.mask), is_piece.long(), last=False)


@torch.inference_mode()
def _top_1(data: MateData, trained: Mate) -> float:
    sampler = data.sampler(data.shards.of("test"), is_composed=False)
    found = []
    for number in range(_RETRIEVAL_BATCHES):
        batch = sampler.draw(_RETRIEVAL_POOL, data.mean, data.std, (0, number))
        texts = TokenizedCaptions.of(trained.encoder, batch.captions, batch.places)
        point, _ = trained.motions(batch)
        sentences = trained.sentences(texts.ids, texts.mask)
        unit_sentences, unit_points = (
            torch.nn.functional.normalize(vectors, dim=-1) for vectors in (sentences, trained.sentence(point))
        )
        nearest = (unit_sentences @ unit_points.T).argmax(dim=1)
        alike = data.meanings.alike_matrix(batch.captions)
        found.append(alike[np.arange(len(nearest)), nearest.numpy()].mean())
    return float(np.mean(found))


@torch.inference_mode()
def _word_map(data: MateData, untrained: TextEncoder, trained: Mate) -> WordMap:
    """Of every form that the captions have."""
    forms = sorted({form for word in data.words.words for form in word.forms})
    pieces = TokenizedCaptions.of(untrained, forms, [(0, len(form)) for form in forms]).pieces
    there = (pieces >= 0).float()[..., None]
    table = untrained.model.get_input_embeddings()
    before = (table(pieces.clamp(min=0)) * there).sum(dim=1) / there.sum(dim=1).clamp(
        min=1
    )  # none of a word beyond the longest sentence
    return WordMap(tuple(forms), before.numpy(), trained.embeddings(pieces).numpy())
