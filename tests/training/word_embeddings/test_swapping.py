from tests.training.evaluation.made_subject import MadeSubject
from training.data.predicates import PREDICATES
from training.word_embeddings.swapping import SWAPS, shares, swap_outcomes


def test_a_pair_flips_where_both_motions_do_what_their_word_says():
    """The made model raises the hand that it is told, waves none, and walks ahead whatever is said."""
    outcomes = swap_outcomes(MadeSubject("made"), 2 * len(SWAPS))
    flips = {(outcome.swap.prompt, outcome.swap.words) for outcome in outcomes if outcome.flips}
    assert flips == {
        (swap.prompt, swap.words) for swap in SWAPS if "hand" in swap.prompt and "raises the" in swap.predicates[0]
    }
    found = shares(outcomes)
    assert found["all"].total == 2 * len(SWAPS)
    assert found["all"].count == 2 * len(flips) == found["left/right"].count
    assert found["forward/backward"].count == 0


def test_a_pair_has_one_seed_and_every_pair_another():
    assert [outcome.seed for outcome in swap_outcomes(MadeSubject("made"), 3, seed=7)] == [7, 8, 9]


def test_both_predicates_of_a_swap_can_not_hold_of_one_motion():
    motion = MadeSubject("made").answer("raise the left hand", 3.0, 0, None).motions[0]
    for swap in SWAPS:
        assert not all(PREDICATES[name].holds(motion) for name in swap.predicates)
