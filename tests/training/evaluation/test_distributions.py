"""FID, Diversity and MultiModality: closed forms, identities, and other people's arithmetic."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import linalg

from training.evaluation.distributions import diversity, frechet_distance, multimodality


def gaussian(seed, count=400, width=16):
    random = np.random.default_rng(seed)
    return random.standard_normal((count, width)) @ random.standard_normal((width, width)) + random.standard_normal(
        width
    )


def reference_frechet_distance(one, other):
    """As Guo et al. compute it, with the matrix square root of the product."""
    root = linalg.sqrtm(np.cov(one, rowvar=False) @ np.cov(other, rowvar=False)).real
    shift = one.mean(axis=0) - other.mean(axis=0)
    return shift @ shift + np.trace(np.cov(one, rowvar=False) + np.cov(other, rowvar=False) - 2.0 * root)


def test_a_set_is_at_no_distance_from_itself():
    for points in (gaussian(0), gaussian(0, count=9), gaussian(1, count=60, width=128)):
        assert abs(frechet_distance(points, points)) < 1e-6 * np.trace(np.cov(points, rowvar=False))
        assert abs(frechet_distance(points / 10, points / 10)) < 1e-6


def test_agrees_with_the_matrix_square_root():
    one, other = gaussian(0), gaussian(1)
    assert frechet_distance(one, other) == pytest.approx(reference_frechet_distance(one, other), abs=1e-6)
    assert frechet_distance(one, other) == pytest.approx(frechet_distance(other, one), abs=1e-6)


def test_two_gaussians_are_as_far_as_the_closed_form_says():
    """For N(μ, σ²I) and N(μ', σ'²I) it is ‖μ − μ'‖² + d·(σ − σ')²."""
    random = np.random.default_rng(2)
    shift, deviation, other_deviation, width = 3.0, 1.0, 2.5, 8
    one = deviation * random.standard_normal((40_000, width))
    other = other_deviation * random.standard_normal((40_000, width)) + shift
    exact = width * shift**2 + width * (deviation - other_deviation) ** 2
    assert frechet_distance(one, other) == pytest.approx(exact, rel=0.02)


def test_a_single_point_has_no_covariance():
    with pytest.raises(ValueError, match="two points"):
        frechet_distance(gaussian(0, count=1), gaussian(1))


def test_diversity_is_the_expectation_of_random_pairs():
    points = gaussian(3, count=50)
    pairs = [np.linalg.norm(points[i] - points[j]) for i in range(50) for j in range(50) if i != j]
    assert diversity(points) == pytest.approx(np.mean(pairs), abs=1e-6)
    random = np.random.default_rng(0)
    first, second = random.integers(50, size=(2, 40_000))
    drawn = np.linalg.norm(points[first] - points[second], axis=1)[first != second].mean()
    assert diversity(points) == pytest.approx(drawn, rel=0.02)


def test_multimodality_is_zero_for_motions_that_are_the_same():
    same = np.repeat(gaussian(4, count=5)[:, None], 7, axis=1)
    assert multimodality(same) == 0.0
    prompts = np.stack([gaussian(seed, count=6) for seed in range(3)])
    assert multimodality(prompts) == pytest.approx(np.mean([diversity(one) for one in prompts]))
    assert multimodality(prompts) > 0.0


def test_the_order_of_the_clips_plays_no_part():
    one, other = gaussian(5), gaussian(6)
    order = np.random.default_rng(0).permutation(len(one))
    assert frechet_distance(one[order], other) == pytest.approx(frechet_distance(one, other), abs=1e-6)
    assert diversity(one[order]) == pytest.approx(diversity(one), abs=1e-9)
    prompts = one.reshape(40, 10, 16)
    assert multimodality(prompts[order[order < 40]]) == pytest.approx(multimodality(prompts), abs=1e-9)
