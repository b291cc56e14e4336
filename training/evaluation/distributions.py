"""Metrics of points in an evaluator's space: how near two sets of motions are, and how various one is.

Diversity and MultiModality are what Guo et al. (2022) estimate from random pairs, here over all pairs: the same
expectation without the draw, so that neither the order of the clips nor a seed plays any part. torchmetrics has a
Fréchet distance, but of images, through an Inception network; SciPy has the linear algebra and the pairs.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike
from scipy import linalg
from scipy.spatial import distance


def frechet_distance(one: ArrayLike, other: ArrayLike) -> float:
    """FID of two sets of points (n, D) and (m, D), n, m ≥ 2, as Gaussians (Heusel et al. 2017).

    ‖μ − μ'‖² + tr(Σ + Σ' − 2·(Σ·Σ')^½). With Σ = A·Aᵀ and Σ' = A'·A'ᵀ the last trace is the sum of the singular values
    of Aᵀ·A', which stays exact where a covariance is singular, as it is for fewer points than dimensions.
    """
    one, other = np.asarray(one, dtype=np.float64), np.asarray(other, dtype=np.float64)
    if len(one) < 2 or len(other) < 2:
        raise ValueError("a covariance needs at least two points")
    factor, other_factor = _covariance_factor(one), _covariance_factor(other)
    shift = one.mean(axis=0) - other.mean(axis=0)
    traces = np.sum(factor**2) + np.sum(other_factor**2)
    return float(shift @ shift + traces - 2.0 * linalg.svdvals(factor.T @ other_factor).sum())


def _covariance_factor(points: np.ndarray) -> np.ndarray:
    """A (D, D) with A·Aᵀ the covariance."""
    values, vectors = linalg.eigh(np.cov(points, rowvar=False).reshape(points.shape[1], -1))
    return vectors * np.sqrt(np.clip(values, 0.0, None))


def diversity(points: ArrayLike) -> float:
    """The mean distance of two different points of (n, D), n ≥ 2."""
    return float(distance.pdist(np.asarray(points, dtype=np.float64)).mean())


def multimodality(points: ArrayLike) -> float:
    """The mean distance of two different motions of one prompt; points: (prompts, variations ≥ 2, D)."""
    return float(np.mean([diversity(variations) for variations in np.asarray(points, dtype=np.float64)]))
