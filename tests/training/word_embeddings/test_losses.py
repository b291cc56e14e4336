"""Every loss against numbers worked out by hand."""

import math

import pytest
import torch

from training.word_embeddings.losses import alignment, cross_decoupling, pairs_of_absent, self_decoupling

EAST, NORTH, WEST = [1.0, 0.0], [0.0, 1.0], [-1.0, 0.0]


def test_self_decoupling_is_a_softmax_over_prototypes():
    features, prototypes = torch.tensor([[2.0, 0.0], EAST]), torch.tensor([EAST, NORTH, WEST])
    total = math.exp(2.0) + 1.0 + math.exp(-2.0)
    expected = (-math.log(math.exp(2.0) / total) - math.log(1.0 / total)) / 2
    assert self_decoupling(features, torch.tensor([0, 1]), prototypes, 0.5) == pytest.approx(expected)


def test_cross_decoupling_is_the_size_of_both_cosines_where_there_is_a_pair():
    own = torch.tensor([EAST, EAST, EAST])
    absent = torch.tensor([[-3.0, 0.0], NORTH, EAST])
    elsewhere = torch.tensor([[1.0, 1.0], NORTH, EAST])
    value = cross_decoupling(own, absent, elsewhere, torch.tensor([True, True, False]))
    assert value == pytest.approx((1.0 + math.sqrt(0.5) + 0.0) / 2)
    assert cross_decoupling(own, absent, elsewhere, torch.tensor([False] * 3)) == 0.0


def test_a_partner_has_not_the_word_and_its_word_is_absent():
    words = torch.tensor([0, 1, 2, 0])
    said = torch.tensor([[1, 0, 0], [0, 1, 1], [0, 0, 1], [1, 1, 1]], dtype=torch.bool)
    seen = set()
    for seed in range(20):
        partner, there_is = pairs_of_absent(words, said, torch.Generator().manual_seed(seed))
        assert there_is.tolist() == [True, True, True, False]
        seen |= set(enumerate(partner[:3].tolist()))
    assert seen == {(0, 1), (0, 2), (1, 0), (2, 0)}


def test_alignment_is_symmetric_infonce_that_leaves_out_the_same_word():
    embeddings, features = torch.tensor([EAST, NORTH, EAST]), torch.tensor([EAST, NORTH, NORTH])
    words = torch.tensor([0, 1, 0])
    # Rows: 0 sees {0: 1, 1: 0}, 1 sees {0: 0, 1: 1, 2: 1}, 2 sees {1: 0, 2: 0}.
    # Columns: 0 sees {0: 1, 1: 0}, 1 sees {0: 0, 1: 1, 2: 0}, 2 sees {1: 1, 2: 0}.
    one_of_two = -math.log(math.e / (math.e + 1.0))
    rows = one_of_two - math.log(math.e / (2 * math.e + 1.0)) + math.log(2.0)
    columns = one_of_two - math.log(math.e / (2 + math.e)) - math.log(1.0 / (1.0 + math.e))
    assert alignment(embeddings, features, words, 1.0) == pytest.approx((rows + columns) / 6)
