"""Which stretch of a motion each sub-text speaks of: the cheapest partition into consecutive segments (MATE, design 1).

min over s_1 < … < s_n of Σ_n (1 − cos(E_t(t_n), E_m(m[s_n : e_n]))), with s_{n+1} = e_n, s_1 = 0 and e_N = T
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Segment = tuple[int, int]


def best_partition(costs: Floats) -> tuple[Segment, ...]:
    """The segments [start, end) of the cheapest partition of T steps, one for each of N sub-texts, none empty.

    costs: (N, T + 1, T + 1), of giving sub-text n the steps [start, end); only start < end is looked at, and infinity
    forbids one. Where there are fewer steps than sub-texts, or all partitions are forbidden, ValueError.

    With best[n, e] the least cost of the first n sub-texts over the first e steps:
    best[n, e] = min over s < e of best[n − 1, s] + costs[n − 1, s, e].
    """
    texts, steps = len(costs), costs.shape[1] - 1
    best = np.full((texts + 1, steps + 1), np.inf)
    best[0, 0] = 0.0
    came_from = np.zeros((texts + 1, steps + 1), dtype=np.int64)
    for text in range(1, texts + 1):
        for end in range(text, steps + 1):
            totals = best[text - 1, :end] + costs[text - 1, :end, end]
            came_from[text, end] = totals.argmin()
            best[text, end] = totals.min()
    if not np.isfinite(best[texts, steps]):
        raise ValueError("there are more sub-texts than steps that they could be given")
    return _walked_back(came_from, texts, steps)


def _walked_back(came_from: NDArray[np.int64], texts: int, end: int) -> tuple[Segment, ...]:
    segments: list[Segment] = []
    for text in range(texts, 0, -1):
        start = int(came_from[text, end])
        segments.append((start, end))
        end = start
    return tuple(reversed(segments))


def matching_costs(texts: Floats, segments: Sequence[Segment], motions: Floats, steps: int) -> Floats:
    """(N, steps + 1, steps + 1): 1 − cos between sub-texts (N, D) and the segments' motions (S, D); else infinity."""
    unit_texts, unit_motions = (array / np.linalg.norm(array, axis=1, keepdims=True) for array in (texts, motions))
    costs = np.full((len(texts), steps + 1, steps + 1), np.inf)
    starts, ends = (np.array(side) for side in zip(*segments, strict=True))
    costs[:, starts, ends] = 1.0 - unit_texts @ unit_motions.T
    return costs


def candidate_segments(steps: int, shortest: int) -> list[Segment]:
    """Every stretch [start, end) of at least `shortest` of the steps, and the whole where it is shorter."""
    shortest = min(shortest, steps)
    return [(start, end) for start in range(steps) for end in range(start + shortest, steps + 1)]
