"""How well words are found in motions: on pairs of held-out clips put one after the other, whose border is known."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

import numpy as np
import torch
from numpy.typing import NDArray

from training.data.captions import knows
from training.data.composition import phrases
from training.data.shards import ClipRow, Shards
from training.word_embeddings.examples import WordBatch
from training.word_embeddings.motion_words import MotionWords
from training.word_embeddings.network import Mate
from training.word_embeddings.pieces import TokenizedCaptions
from training.word_embeddings.segmentation import Segment

_LONGEST_PATCHES = 15
"""Of each of the two clips: 4 s."""

_BATCH = 64


@dataclass(frozen=True)
class JoinedClips:
    """Two clips one after the other. features: (N, 272) as shards have them. border: the patch at which the second
    begins. halves: which motion words stand in the caption only for the first, and only for the second."""

    features: NDArray[np.float32]
    caption: str
    border: int
    words: tuple[tuple[int, int, int, bool], ...]


@dataclass(frozen=True)
class Localized:
    """Shares of attention in a word's own half: their mean, and how many of the words have most of theirs there."""

    mean_share: float
    words_over_85: float
    words: int
    border_error_s: float

    def __str__(self) -> str:
        return (
            f"{self.mean_share:.1%} of a word's attention in its own half ({self.words} words, "
            f"{self.words_over_85:.0%} over 85 %); borders found within {self.border_error_s:.2f} s"
        )


def join_clips(
    shards: Shards, rows: Sequence[ClipRow], words: MotionWords, patch: int, count: int, seed: int = 0
) -> list[JoinedClips]:
    """`count` pairs of clips of different contents and one style, told in one sentence."""
    random = Random(seed)
    known = [row for row in rows if not row.captions and knows(row.content, row.style) and row.frames >= 4 * patch]
    joined: list[JoinedClips] = []
    for _ in range(20 * count):
        first, second = random.sample(known, 2)
        made = _joined(shards, first, second, words, patch, random)
        if first.content != second.content and made.words:
            joined.append(made)
        if len(joined) == count:
            break
    return joined


def _joined(
    shards: Shards, first: ClipRow, second: ClipRow, words: MotionWords, patch: int, random: Random
) -> JoinedClips:
    actions = [phrases.action_of(row.content, row.style, random) for row in (first, second)]
    caption = f"a person {phrases.told('a person', actions[0], 0)}, then {phrases.told('a person', actions[1], 0)}"
    second_starts = len(f"a person {phrases.told('a person', actions[0], 0)}")
    features = [shards.clip_features(row)[: _LONGEST_PATCHES * patch] for row in (first, second)]
    features = [clip[: len(clip) // patch * patch] for clip in features]
    places = words.places(caption)
    of_half = [{word for word, start, _ in places if (start > second_starts) == half} for half in (False, True)]
    own = tuple(
        (word, start, end, start > second_starts)
        for word, start, end in places
        if word not in of_half[start < second_starts]
    )
    return JoinedClips(np.concatenate(features), caption, len(features[0]) // patch, own)


@torch.inference_mode()
def localized(
    mate: Mate,
    joined: Sequence[JoinedClips],
    partitions: Sequence[Sequence[Segment]],
    mean: NDArray[np.float32],
    std: NDArray[np.float32],
    patch: int,
) -> Localized:
    """partitions: the two segments of each, as the segmentation found them, in patches."""
    asked = [(clip, parts, word) for clip, parts in zip(joined, partitions, strict=True) for word in clip.words]
    shares: list[float] = []
    for at in range(0, len(asked), _BATCH):
        some = asked[at : at + _BATCH]
        batch = _batch([clip for clip, _, _ in some], [parts[word[3]] for _, parts, word in some],
                       [word for _, _, word in some], mean, std, patch)  # fmt: skip
        texts = TokenizedCaptions.of(mate.encoder, batch.captions, batch.places)
        _, frames = mate.motions(batch)
        _, weights = mate.localized(mate.embeddings(texts.pieces), frames, batch)
        for (clip, _, word), attention in zip(some, weights.numpy(), strict=True):
            of_second = float(attention[clip.border :].sum())
            shares.append(of_second if word[3] else 1.0 - of_second)
    errors = [abs(parts[0][1] - clip.border) for clip, parts in zip(joined, partitions, strict=True)]
    return Localized(
        mean_share=float(np.mean(shares)),
        words_over_85=float(np.mean(np.array(shares) >= 0.85)),
        words=len(shares),
        border_error_s=float(np.mean(errors)) * patch / 30,
    )


def _batch(
    clips: Sequence[JoinedClips],
    segments: Sequence[Segment],
    words: Sequence[tuple[int, int, int, bool]],
    mean: NDArray[np.float32],
    std: NDArray[np.float32],
    patch: int,
) -> WordBatch:
    longest = max(len(clip.features) for clip in clips)
    features = np.zeros((len(clips), longest, clips[0].features.shape[1]), dtype=np.float32)
    for row, clip in enumerate(clips):
        features[row, : len(clip.features)] = (clip.features - mean) / std
    lengths = torch.tensor([len(clip.features) // patch for clip in clips])
    return WordBatch(
        features=torch.from_numpy(features),
        valid=torch.arange(longest // patch) < lengths[:, None],
        captions=tuple(clip.caption for clip in clips),
        words=torch.tensor([word[0] for word in words]),
        places=tuple((word[1], word[2]) for word in words),
        starts=torch.tensor([segment[0] for segment in segments]),
        ends=torch.tensor([segment[1] for segment in segments]),
        said=torch.zeros(len(clips), 1, dtype=torch.bool),
    )
