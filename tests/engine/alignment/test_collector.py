"""From rounds to a map, by hand; and from the toy model, whose attention is known."""

from pathlib import Path

import numpy as np
import pytest

from engine.alignment import Collector, Placing, Word
from engine.bundle import Bundle
from engine.generator import Engine
from engine.requests import GenerationRequest, Prompt, SamplingOptions

TOY = Path(__file__).parent.parent / "bundle" / "toy"


def test_words_join_their_pieces_and_follow_their_own_prompt():
    collector = Collector(1)
    collector.add(0, np.array([2, 0]), np.float32([[0.5, 0.2, 0.1, 0.2], [0.4, 0.3, 0.2, 0.1]]), 0.5)
    collector.add(0, np.array([1]), np.float32([[0.9, 0.1]]), 0.3)
    prompts = [(Word("unhurriedly", (1, 2)), Word("walks", (3,))), (Word("bows", (1,)),)]
    found = collector.alignment(0, prompts, np.array([0, 1, 0]), Placing(11, 4))
    assert found.words == ("unhurriedly", "walks", "bows")
    assert found.frame_starts == (0, 4, 8)
    np.testing.assert_allclose(found.weights, [[0.5, 0, 0.3], [0.1, 0, 0.2], [0, 0.1, 0]], atol=1e-6)
    assert found.sink_ratio == pytest.approx(0.4)
    assert found.sink_ratio_by_round == pytest.approx((0.5, 0.3))


def test_of_a_latent_that_is_made_twice_the_last_counts():
    collector = Collector(2)
    for share in (0.25, 0.75):
        collector.add(1, np.array([0]), np.float32([[0, share]]), 0.0)
    found = collector.alignment(1, [(Word("walks", (1,)),)], np.array([0]), Placing(4, 4))
    assert found.weights == ((0.75,),)
    assert found.sink_ratio_by_round == (0.0, 0.0)


def test_latents_beyond_the_last_frame_have_no_column():
    collector = Collector(1)
    collector.add(0, np.array([0, 1, 2]), np.ones((3, 1), np.float32), 1.0)
    found = collector.alignment(0, [(Word("walks", (0,)),)], np.zeros(3, int), Placing(8, 4))
    assert found.frame_starts == (0, 4)
    assert found.weights == ((1.0, 1.0),)


def test_an_engine_tells_what_the_words_of_every_variation_did():
    """The toy hears all tokens alike: “a person walks” has five with the special ones, “a person waves slowly” six."""
    heard = []
    request = GenerationRequest(
        (Prompt("a person walks", 1.0), Prompt("a person waves slowly", 1.0)), SamplingOptions(seed=3, variations=2)
    )
    motions = Engine(Bundle(TOY, "cpu", threads=1)).generate(request, aligned=heard.extend)
    assert len(heard) == len(motions) == 2
    first = np.arange(0, 60, 4) < 8 * 4
    for alignment in heard:
        assert alignment.words == ("a", "person", "walks", "a", "person", "waves", "slowly")
        assert alignment.frame_starts == tuple(range(0, 60, 4))
        np.testing.assert_allclose(alignment.weights[:3], np.tile(np.where(first, 0.2, 0.0), (3, 1)), atol=1e-6)
        np.testing.assert_allclose(alignment.weights[3:], np.tile(np.where(first, 0.0, 1 / 6), (4, 1)), atol=1e-6)
        assert 1 / 6 - 1e-6 <= alignment.sink_ratio <= 0.2 + 1e-6
        assert len(alignment.sink_ratio_by_round) > 1
