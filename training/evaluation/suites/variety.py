"""Do several motions of one prompt differ as people's do, and is none of them a copy of a training clip?"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.motion import ms272
from engine.motion.motion import Motion
from training.data.captions import captions as captions_of
from training.data.captions import knows
from training.data.shards import ClipRow, Shards

SECONDS = 3.0
VARIATIONS = 8
PROMPTS = 12
_FRAMES = round(SECONDS * ms272.FPS)
_POSES, _EVERY = 8, 8
_SPAN = (_POSES - 1) * _EVERY + 1
_HOP = 2

Poses = NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Asked:
    """A caption, and up to as many real clips with its label as there are variations, each `SECONDS` long."""

    caption: str
    real: tuple[Motion, ...]


def prompts_with_clips(shards: Shards, count: int = PROMPTS) -> list[Asked]:
    """The commonest labels of the training split that have two long clips or more, a caption of each.

    Gestures are cut from their beginning, so that the clips of a label show the same of it.
    """
    long_rows = [
        row
        for row in shards.of("train")
        if row.frames >= _FRAMES and not row.captions and knows(row.content, row.style)
    ]
    common = Counter((row.content, row.style) for row in long_rows).most_common()
    chosen = [label for label, clips in common if clips > 1][:count]
    result = []
    for content, style in chosen:
        rows = [row for row in long_rows if (row.content, row.style) == (content, style)][:VARIATIONS]
        real = tuple(ms272.decode(shards.clip_features(row)[:_FRAMES]) for row in rows)
        result.append(Asked(captions_of(content, style, 1)[0], real))
    return result


def spread_cm(motions: Sequence[Motion]) -> float:
    """The mean distance of a joint in the same frame of two of the motions, all begun at one place, facing one way."""
    placed = [_from_origin(motion) for motion in motions]
    frames = min(len(one) for one in placed)
    apart = [np.linalg.norm(one[:frames] - other[:frames], axis=-1).mean() for one, other in combinations(placed, 2)]
    return 100.0 * float(np.mean(apart))


def _from_origin(motion: Motion) -> NDArray[np.float64]:
    """(N, J, 3); what was encoded is decoded over the origin, facing ahead."""
    return np.asarray(ms272.decode(ms272.encode(motion).astype(np.float32)).positions_m)


def middles(motions: Sequence[Motion]) -> Poses:
    """(2n, P) what of n motions and their mirror images is compared: eight poses of their middle, 0.27 s apart."""
    return np.stack([_middle(one).ravel() for motion in motions for one in (motion, motion.mirrored())])


def nearest_cm(of_motions: NDArray[np.floating[Any]], shards: Shards) -> NDArray[np.float64]:
    """(n,) how near the nearest stretch of a training clip comes to each of n motions, or to its mirror image.

    of_motions: (2n, P) of `middles`. The distance is the root mean square of a joint's, in the heading frame.
    """
    flat = of_motions.astype(np.float64)
    best = np.full(len(flat), np.inf)
    for row in shards.of("train"):
        if row.frames >= _SPAN:
            windows = _windows(shards, row)
            of_clip = windows.reshape(len(windows), -1).astype(np.float64)
            # |q − w|² = |q|² + |w|² − 2·q·w
            squares = (flat**2).sum(axis=1)[:, None] + (of_clip**2).sum(axis=1) - 2.0 * flat @ of_clip.T
            best = np.minimum(best, squares.min(axis=1))
    joints = flat.shape[1] // 3
    return 100.0 * np.sqrt(np.clip(best, 0.0, None) / joints).reshape(-1, 2).min(axis=1)


def _middle(motion: Motion) -> Poses:
    """(poses, J, 3)."""
    poses = _poses(ms272.encode(motion).astype(np.float32))
    start = max(0, (len(poses) - _SPAN) // 2)
    return poses[np.minimum(start + _EVERY * np.arange(_POSES), len(poses) - 1)]


def _windows(shards: Shards, row: ClipRow) -> Poses:
    """(windows, poses, J, 3)."""
    poses = _poses(shards.clip_features(row))
    starts = np.arange(0, row.frames - _SPAN + 1, _HOP)
    return poses[starts[:, None] + _EVERY * np.arange(_POSES)]


def _poses(features: NDArray[np.float32]) -> Poses:
    """(N, J, 3) joint positions in the heading frame."""
    return features[:, ms272.SLICES["joint_positions"]].reshape(len(features), -1, 3)
