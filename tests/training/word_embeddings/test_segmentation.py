"""The dynamic program against every partition there is."""

from itertools import combinations

import numpy as np
import pytest

from training.word_embeddings.segmentation import best_partition, candidate_segments, matching_costs


def cheapest_of_all(costs):
    """By trying every partition; costs of one number each, so that no two tie."""
    texts, steps = len(costs), costs.shape[1] - 1
    found = list(combinations(range(1, steps), texts - 1))
    inner = np.array(found, dtype=int).reshape(len(found), texts - 1)
    borders = np.concatenate([np.zeros((len(inner), 1), int), inner, np.full((len(inner), 1), steps)], axis=1)
    totals = sum(costs[text, borders[:, text], borders[:, text + 1]] for text in range(texts))
    return tuple(zip(borders[totals.argmin(), :-1].tolist(), borders[totals.argmin(), 1:].tolist(), strict=True))


@pytest.mark.parametrize("texts", range(1, 6))
@pytest.mark.parametrize("steps", range(1, 31))
def test_it_is_the_cheapest_of_all_partitions(texts, steps):
    costs = np.random.default_rng(31 * texts + steps).random((texts, steps + 1, steps + 1))
    if steps < texts:
        with pytest.raises(ValueError, match="more sub-texts than steps"):
            best_partition(costs)
    else:
        assert best_partition(costs) == cheapest_of_all(costs)


def test_a_forbidden_segment_is_not_chosen():
    costs = np.ones((2, 4, 4))
    costs[0, 0, 1] = 0.0
    assert best_partition(costs)[0] == (0, 1)
    costs[1, 1, 3] = np.inf
    assert best_partition(costs) == ((0, 2), (2, 3))


def test_costs_are_one_less_the_cosine():
    texts = np.array([[1.0, 0.0], [3.0, 4.0]])
    costs = matching_costs(texts, [(0, 1), (1, 3)], np.array([[2.0, 0.0], [0.0, 5.0]]), 3)
    assert costs[0, 0, 1] == pytest.approx(0.0)
    assert costs[0, 1, 3] == pytest.approx(1.0)
    assert costs[1, 0, 1] == pytest.approx(0.4)
    assert costs[1, 1, 3] == pytest.approx(0.2)
    assert np.isinf(costs).sum() == 2 * 16 - 4


def test_segments_are_long_enough_and_all_there():
    assert candidate_segments(4, 3) == [(0, 3), (0, 4), (1, 4)]
    assert candidate_segments(2, 3) == [(0, 2)]
