"""Does a motion turn round when its word does? One prompt, one seed, the word and then its antonym."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import groupby

from training.data.predicates import PREDICATES
from training.evaluation.intervals import Share, share
from training.evaluation.sampling import sampling_options
from training.evaluation.subjects import Subject


@dataclass(frozen=True)
class Swap:
    """prompt: with a place for {word}. words, predicates: what must hold of the motion for one word and the other."""

    prompt: str
    seconds: float
    words: tuple[str, str]
    predicates: tuple[str, str]

    def __post_init__(self) -> None:
        if strangers := set(self.predicates) - set(PREDICATES):
            raise ValueError(f"no such predicates: {strangers}")

    @property
    def name(self) -> str:
        return "/".join(self.words)


_SIDES, _WAYS, _PACES = ("left", "right"), ("forward", "backward"), ("slowly", "quickly")
_WAVES = ("waves the left hand, not the right one", "waves the right hand, not the left one")
_RAISES = ("raises the left hand, not the right one", "raises the right hand, not the left one")
_TURNS, _SIDEWAYS = ("turns left", "turns right"), ("moves to the left", "moves to the right")
_FORWARD, _SPEED = ("moves forward", "moves backward"), ("walks slowly", "walks quickly")

SWAPS: tuple[Swap, ...] = (
    Swap("a person waves the {word} hand", 4.0, _SIDES, _WAVES),
    Swap("someone waves at a friend with the {word} arm", 4.0, _SIDES, _WAVES),
    Swap("a woman raises her {word} hand", 3.0, _SIDES, _RAISES),
    Swap("a pupil puts up the {word} hand to ask a question", 3.0, _SIDES, _RAISES),
    Swap("a person walks and turns {word}", 4.0, _SIDES, _TURNS),
    Swap("someone strolls ahead and then makes a turn towards the {word}", 5.0, _SIDES, _TURNS),
    Swap("a person walks diagonally to the {word}", 4.0, _SIDES, _SIDEWAYS),
    Swap("a man steps sideways to the {word}", 4.0, _SIDES, _SIDEWAYS),
    Swap("a person walks {word}", 4.0, _WAYS, _FORWARD),
    Swap("the guard takes a few steps {word}", 3.0, _WAYS, _FORWARD),
    Swap("a person walks {word}", 4.0, _PACES, _SPEED),
    Swap("a man walks straight ahead {word}", 4.0, _PACES, _SPEED),
)
"""Half of them worded as captions are, half as none is."""


@dataclass(frozen=True)
class SwapOutcome:
    """Whether both motions of a pair did what their word says."""

    swap: Swap
    seed: int
    flips: bool


def swap_outcomes(
    subject: Subject, pairs: int, seed: int = 0, on_pair: Callable[[int], None] = lambda _: None
) -> list[SwapOutcome]:
    """`pairs` outcomes, every swap in turn, each pair from one seed of its own."""
    outcomes = []
    for number in range(pairs):
        swap, own_seed = SWAPS[number % len(SWAPS)], seed + number
        held = []
        for word, predicate in zip(swap.words, swap.predicates, strict=True):
            answer = subject.answer(swap.prompt.format(word=word), swap.seconds, own_seed, sampling_options({}))
            held.append(PREDICATES[predicate].holds(answer.motions[0]))
        outcomes.append(SwapOutcome(swap, own_seed, all(held)))
        on_pair(number + 1)
    return outcomes


def shares(outcomes: list[SwapOutcome]) -> Mapping[str, Share]:
    """How many pairs flip: by pair of words, and of "all"."""
    ordered = sorted(outcomes, key=lambda outcome: outcome.swap.name)
    found = {}
    for name, group in groupby(ordered, key=lambda outcome: outcome.swap.name):
        flips = [outcome.flips for outcome in group]
        found[name] = share(sum(flips), len(flips))
    return {**found, "all": share(sum(outcome.flips for outcome in outcomes), len(outcomes))}
