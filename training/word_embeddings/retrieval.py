"""The frozen retrieval model, as it tells which stretch of a motion a sub-text speaks of (MATE, design 1)."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from engine.files import written_whole
from training.data.shards import ClipRow, Shards
from training.evaluation.evaluator import OwnEvaluator
from training.word_embeddings.segmentation import Segment, best_partition, candidate_segments, matching_costs
from training.word_embeddings.sub_texts import Splitter

_STEP_PATCHES = 2
"""Between two places where a segment may begin: about half a second, as fine as the retrieval model sees."""

_SHORTEST_STEPS = 2
_BATCH = 256
OnClip = Callable[[int], None]
Partitions = Mapping[str, tuple[Segment, ...]]
"""Caption → the segments of its sub-texts, in patches of the retrieval model."""


class Segmenter:
    """Partitions motions with a frozen evaluator of MS-272. fingerprint: of all that partitions depend on."""

    def __init__(self, evaluator: OwnEvaluator, splitter: Splitter) -> None:
        self._evaluator, self._split = evaluator, splitter
        self._network, self._mean, self._std = evaluator.network
        self.patch = self._network.config.frames_per_patch
        self.fingerprint = evaluator.fingerprint, repr(splitter)

    def partitions(self, shards: Shards, rows: Sequence[ClipRow], on_clip: OnClip = lambda _: None) -> Partitions:
        """Of each caption of the rows that has several sub-texts, where the motion is long enough for all of them."""
        parted = {caption: [part.text for part in self._split(caption)] for row in rows for caption in row.captions}
        parted = {caption: texts for caption, texts in parted.items() if len(texts) > 1}
        if not parted:
            return {}
        points = self._evaluator.embed_captions([text for texts in parted.values() for text in texts])
        ends = np.cumsum([len(texts) for texts in parted.values()])[:-1]
        of_texts = dict(zip(parted, np.split(points, ends), strict=True))
        result: dict[str, tuple[Segment, ...]] = {}
        for number, row in enumerate(rows, start=1):
            own = {caption: of_texts[caption] for caption in row.captions if caption in of_texts}
            result |= self._of_motion(shards.clip_features(row), own) if own else {}
            on_clip(number)
        return result

    def partition(self, features: NDArray[np.float32], caption: str) -> tuple[Segment, ...]:
        """Of one motion (N, 272); none for a caption of a single sub-text, and for too short a motion."""
        texts = [part.text for part in self._split(caption)]
        if len(texts) == 1:
            return ()
        return self._of_motion(features, {caption: self._evaluator.embed_captions(texts)}).get(caption, ())

    def _of_motion(
        self, features: NDArray[np.float32], of_texts: Mapping[str, NDArray[np.float64]]
    ) -> dict[str, tuple[Segment, ...]]:
        patches = len(features) // self.patch
        steps = -(-patches // _STEP_PATCHES)
        segments = candidate_segments(steps, _SHORTEST_STEPS)
        in_patches = [(start * _STEP_PATCHES, min(end * _STEP_PATCHES, patches)) for start, end in segments]
        motions = self._motion_points(features, in_patches)
        result = {}
        for caption, points in of_texts.items():
            if len(points) * _SHORTEST_STEPS <= steps:
                best = best_partition(matching_costs(points, segments, motions, steps))
                result[caption] = tuple(
                    (first * _STEP_PATCHES, min(end * _STEP_PATCHES, patches)) for first, end in best
                )
        return result

    @torch.inference_mode()
    def _motion_points(self, features: NDArray[np.float32], segments: Sequence[Segment]) -> NDArray[np.float64]:
        """(S, D) of the stretches [start, end) of patches of a motion (N, F)."""
        patches = torch.from_numpy((features - self._mean) / self._std)[: len(features) // self.patch * self.patch]
        patches = patches.unflatten(0, (-1, self.patch))
        points = []
        by_length = sorted(range(len(segments)), key=lambda index: segments[index][1] - segments[index][0])
        for at in range(0, len(by_length), _BATCH):
            chosen = torch.tensor([segments[index] for index in by_length[at : at + _BATCH]])
            starts, lengths = chosen[:, 0], chosen[:, 1] - chosen[:, 0]
            place = torch.arange(int(lengths.max()))
            valid = place < lengths[:, None]
            windows = patches[torch.where(valid, starts[:, None] + place, 0)] * valid[..., None, None]
            points.append(self._network.encode_motion(windows.flatten(1, 2), valid).mean)
        order = torch.tensor(by_length)
        return torch.cat(points)[order.argsort()].double().numpy()


def segmented(
    segmenter: Segmenter, composites: Shards, rows: Sequence[ClipRow], folder: Path, on_clip: OnClip = lambda _: None
) -> Partitions:
    """The partitions of the captions of these composites: from `folder` where they lie, else made and put there."""
    key = hashlib.sha256(repr((composites.fingerprint, segmenter.fingerprint, len(rows))).encode("utf-8")).hexdigest()
    path = folder / f"segments-{key[:16]}.json"
    if path.is_file():
        kept = json.loads(path.read_text(encoding="utf-8"))
        return {caption: tuple((start, end) for start, end in parts) for caption, parts in kept.items()}
    found = segmenter.partitions(composites, rows, on_clip)
    with written_whole(path) as temporary:
        temporary.write_text(json.dumps(found), encoding="utf-8")
    return found
