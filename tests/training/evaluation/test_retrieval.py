"""R-Precision, MM-Dist and CLIP-Score: chance, certainty, an independent computation, and pools without two answers."""

from __future__ import annotations

import numpy as np
import pytest

from training.evaluation.intervals import share
from training.evaluation.retrieval import (
    cosine_score,
    cosines,
    draw_pools,
    hard_pools,
    matching_distance,
    r_precision,
    ranks,
)


def pairs(seed=0, count=256, noise=0.5, width=12):
    random = np.random.default_rng(seed)
    captions = random.standard_normal((count, width))
    return captions, captions + noise * random.standard_normal((count, width))


def unlike(count):
    return np.eye(count, dtype=bool)


def pools_of(count, seed=0):
    return draw_pools(unlike(count), np.random.default_rng(seed))


def reference_ranks(captions, motions, pools):
    """One caption after the other, in plain Python."""
    result = []
    for row, pool in enumerate(pools):
        distances = {int(i): sum((float(a) - float(b)) ** 2 for a, b in zip(captions[row], motions[i], strict=True))
                     for i in pool}  # fmt: skip
        result.append(sum(found < distances[row] for found in distances.values()))
    return result


@pytest.mark.parametrize("noise", [0.1, 1.0, 3.0])
def test_ranks_agree_with_an_independent_computation(noise):
    captions, motions = pairs(noise=noise)
    pools = pools_of(len(captions))
    assert ranks(captions, motions, pools).tolist() == reference_ranks(captions, motions, pools)
    long, short = captions * 3.0, motions / np.linalg.norm(motions, axis=1, keepdims=True)
    unit = captions / np.linalg.norm(captions, axis=1, keepdims=True)
    assert ranks(long, motions, pools, "cosine").tolist() == reference_ranks(unit, short, pools)


def test_motions_that_are_their_captions_are_always_found():
    captions, _ = pairs()
    found = ranks(captions, captions, pools_of(len(captions)))
    assert [r_precision(found, top) for top in (1, 2, 3)] == [1.0, 1.0, 1.0]
    assert matching_distance(captions, captions) == 0.0
    assert cosine_score(captions, captions) == pytest.approx(1.0)


def test_shuffled_captions_are_at_chance():
    captions, motions = pairs(count=2000, noise=0.1)
    shuffled = captions[np.random.default_rng(1).permutation(len(captions))]
    found = ranks(shuffled, motions, pools_of(len(captions)))
    for top in (1, 2, 3):
        interval = share(int((found < top).sum()), len(found))
        assert interval.low <= top / 32 <= interval.high
    assert r_precision(ranks(captions, motions, pools_of(len(captions))), 1) > 0.9


def test_motions_that_are_all_the_same_are_at_chance_and_not_all_found():
    captions, motions = pairs(count=64)
    found = ranks(captions, np.zeros_like(motions), pools_of(64))
    assert set(found.tolist()) == {15}


def test_no_two_of_a_pool_are_alike():
    labels = np.random.default_rng(0).integers(40, size=300)
    alike = labels[:, None] == labels[None]
    pools = draw_pools(alike, np.random.default_rng(1))
    assert pools.shape == (300, 32)
    assert pools[:, 0].tolist() == list(range(300))
    assert all(len(set(labels[pool])) == 32 for pool in pools)


def test_hard_pools_are_of_the_nearest_unlike_captions():
    """On a half circle, ten captions; those of one label are not told from each other."""
    angles = np.radians([0, 10, 20, 30, 40, 90, 100, 110, 120, 170])
    captions = 3.0 * np.stack([np.cos(angles), np.sin(angles)], axis=1)
    labels = np.array([0, 0, 1, 1, 2, 3, 4, 5, 6, 7])
    pools = hard_pools(labels[:, None] == labels[None], captions, size=3)
    assert pools[0].tolist() == [0, 2, 4]
    assert pools[4].tolist() == [4, 3, 1]
    assert pools[9].tolist() == [9, 8, 7]
    captions, motions = pairs(noise=0.6, count=400)
    easy = ranks(captions, motions, draw_pools(unlike(400), np.random.default_rng(0)), "cosine")
    assert r_precision(ranks(captions, motions, hard_pools(unlike(400), captions), "cosine"), 1) < r_precision(easy, 1)


def test_fewer_unlike_captions_make_smaller_pools_for_all():
    labels = np.arange(30) % 10
    assert draw_pools(labels[:, None] == labels[None], np.random.default_rng(0)).shape == (30, 10)


def test_distances_and_cosines_by_hand():
    captions, motions = np.array([[1.0, 0.0], [0.0, 2.0]]), np.array([[1.0, 1.0], [0.0, -1.0]])
    assert matching_distance(captions, motions) == pytest.approx((1.0 + 3.0) / 2)
    assert cosines(captions, motions) == pytest.approx([np.sqrt(0.5), -1.0])
    assert cosine_score(captions, motions) == pytest.approx((np.sqrt(0.5) - 1.0) / 2)


def test_the_order_of_the_clips_plays_no_part():
    captions, motions = pairs(noise=1.0)
    pools = pools_of(len(captions))
    order = np.random.default_rng(0).permutation(len(captions))
    place = np.argsort(order)
    again = ranks(captions[order], motions[order], place[pools[order]])
    assert again.tolist() == ranks(captions, motions, pools)[order].tolist()
    assert matching_distance(captions[order], motions[order]) == pytest.approx(matching_distance(captions, motions))
