"""Metrics of pairs of captions and motions in an evaluator's space: is a motion found by its words?

torchmetrics' retrieval metrics know neither pools of 32 nor ties, which a model that always does the same would win by.
"""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.spatial import distance

POOL = 32
"""A caption and its motion among 31 others: Guo et al. (2022)."""

Similarity = Literal["cosine", "euclidean"]


def draw_pools(alike: NDArray[np.bool_], random: np.random.Generator, size: int = POOL) -> NDArray[np.intp]:
    """(n, size') for each of n captions its own index, then those of the motions that it has to be told from.

    alike: (n, n), symmetric, true where one's caption may as well describe the other. No two of a pool are alike, so
    that exactly one motion of a pool is right. size' is `size`, or less where there are not so many unlike captions.
    """
    return _of_one_size([_pool(row, alike, random.permutation(len(alike)), size) for row in range(len(alike))])


def hard_pools(alike: NDArray[np.bool_], captions: ArrayLike, size: int = POOL) -> NDArray[np.intp]:
    """The same, but of the captions (n, D) that are nearest to each by their cosine: near misses instead of strangers.

    Where R-Precision among strangers is as good as certain, this one still tells models apart.
    """
    points = _points(captions, "cosine")
    nearest = np.argsort(-points @ points.T, axis=1, kind="stable")
    return _of_one_size([_pool(row, alike, nearest[row], size) for row in range(len(alike))])


def _of_one_size(pools: list[list[int]]) -> NDArray[np.intp]:
    smallest = min(len(pool) for pool in pools)
    return np.array([pool[:smallest] for pool in pools])


def _pool(own: int, alike: NDArray[np.bool_], candidates: NDArray[np.intp], size: int) -> list[int]:
    pool = [own]
    for candidate in candidates:
        if len(pool) == size:
            break
        if candidate != own and not alike[candidate, pool].any():
            pool.append(int(candidate))
    return pool


def ranks(
    captions: ArrayLike, motions: ArrayLike, pools: NDArray[np.intp], similarity: Similarity = "euclidean"
) -> NDArray[np.int64]:
    """(n,) how many motions of its pool are nearer to each caption than its own, ties being shared evenly.

    captions, motions: (n, D), in pairs. pools: (n, size), the own index first.
    """
    captions, motions = _points(captions, similarity), _points(motions, similarity)
    found = np.linalg.norm(captions[:, None] - motions[pools], axis=-1)
    nearer, as_near = (found < found[:, :1]).sum(axis=1), (found == found[:, :1]).sum(axis=1) - 1
    return nearer + as_near // 2


def r_precision(ranks_of_captions: NDArray[np.int64], top: int) -> float:
    """The share of captions whose own motion is among the `top` nearest."""
    return float((ranks_of_captions < top).mean())


def matching_distance(captions: ArrayLike, motions: ArrayLike) -> float:
    """MM-Dist: the mean Euclidean distance of a caption and its motion, (n, D) each."""
    return float(np.linalg.norm(np.asarray(captions, float) - np.asarray(motions, float), axis=-1).mean())


def cosine_score(captions: ArrayLike, motions: ArrayLike) -> float:
    """CLIP-Score: the mean cosine of a caption and its motion, (n, D) each."""
    return float(cosines(captions, motions).mean())


def cosines(captions: ArrayLike, motions: ArrayLike) -> NDArray[np.float64]:
    """(n,) of pairs."""
    pairs = zip(np.asarray(captions, float), np.asarray(motions, float), strict=True)
    return np.array([1.0 - distance.cosine(caption, motion) for caption, motion in pairs])


def _points(points: ArrayLike, similarity: Similarity) -> NDArray[np.float64]:
    """Points whose Euclidean distances rank as `similarity` does."""
    array = np.asarray(points, dtype=np.float64)
    return array / np.linalg.norm(array, axis=-1, keepdims=True) if similarity == "cosine" else array
