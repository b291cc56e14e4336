"""Does a motion do what it was told? Prompts, each with the predicates that its words state.

The prompts of `SEEN` are worded as captions are, those of `UNSEEN` as no caption is, those of `COMPOSED` ask for two
things at once or one after the other.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import groupby
from typing import Literal

from training.data.predicates import KINDS, PREDICATES, Predicate, stated
from training.evaluation.held_out import Example
from training.evaluation.intervals import Share, share

Suite = Literal["seen", "unseen", "composed"]


@dataclass(frozen=True)
class Order:
    """A prompt, how long its motion shall last, and the names of the predicates that must hold."""

    prompt: str
    seconds: float
    predicates: tuple[str, ...]
    suite: Suite

    def __post_init__(self) -> None:
        if strangers := set(self.predicates) - set(PREDICATES):
            raise ValueError(f"no such predicates: {strangers}")


def _both_sides(rows: Iterable[tuple[str, float, tuple[str, ...]]]) -> Iterable[tuple[str, float, tuple[str, ...]]]:
    for prompt, seconds, names in rows:
        sides = (("left", "right"), ("right", "left")) if "{side}" in prompt else (("", ""),)
        for side, other in sides:
            told = {"side": side, "other": other}
            yield prompt.format(**told), seconds, tuple(name.format(**told) for name in names)


_WAVES, _RAISES = "waves the {side} hand, not the {other} one", "raises the {side} hand, not the {other} one"

_ROWS: Mapping[Suite, tuple[tuple[str, float, tuple[str, ...]], ...]] = {
    "seen": (
        ("a person walks forward", 4.0, ("moves forward", "walks")),
        ("a person walks backward", 4.0, ("moves backward", "walks")),
        ("a person walks diagonally to the {side}", 4.0, ("moves to the {side}", "walks")),
        ("a person walks and turns {side}", 4.0, ("turns {side}", "moves forward", "walks")),
        ("a person runs forward", 3.0, ("moves forward", "runs")),
        ("a man sprints ahead", 2.0, ("moves forward", "runs", "runs fast")),
        ("an old man walks", 4.0, ("walks", "walks as the old do")),
        ("an active person walks", 4.0, ("walks", "walks as the active do")),
        ("an elderly woman is running", 3.0, ("runs", "runs as the old do")),
        ("an energetic man runs forward", 3.0, ("runs", "runs as the active do")),
        ("a person walks slowly", 4.0, ("walks slowly",)),
        ("a person walks quickly", 4.0, ("walks quickly",)),
        ("a person waves the {side} hand", 4.0, (_WAVES, "waves", "stays in place")),
        ("a woman raises her {side} hand", 3.0, (_RAISES, "raises a hand", "stays in place")),
        ("a person waves both hands", 4.0, ("waves both hands", "waves", "stays in place")),
        ("someone raises both arms", 3.0, ("raises both hands", "stays in place")),
        ("a person bows politely", 3.0, ("bows", "stays in place")),
    ),
    "unseen": (
        ("the guy strides onward at an ordinary pace", 4.0, ("moves forward", "walks")),
        ("she retreats with a few steps back", 4.0, ("moves backward", "walks")),
        ("someone strolls ahead and then makes a turn towards the {side}", 4.0, ("turns {side}", "walks")),
        ("he is heading straight, then bends off {side} around the bend", 5.0, ("turns {side}", "walks")),
        ("the child is jogging along the street", 3.0, ("moves forward", "runs")),
        ("an aged granny shuffles along", 4.0, ("walks", "walks as the old do")),
        ("a lively fellow marches ahead", 4.0, ("walks", "walks as the active do")),
        ("the guy greets his neighbor, waving with his {side} arm", 4.0, (_WAVES, "waves", "stays in place")),
        ("a pupil puts up the {side} hand to ask a question", 3.0, (_RAISES, "raises a hand", "stays in place")),
        ("a fan throws two arms up to cheer", 3.0, ("raises both hands", "stays in place")),
        ("the butler bends at the waist to greet a guest", 3.0, ("bows", "stays in place")),
    ),
    "composed": (
        ("a person walks forward while waving the {side} hand", 5.0, ("moves forward", _WAVES)),
        ("a person walks with the {side} hand raised", 5.0, ("moves forward", _RAISES)),
        ("a man bows, then walks forward", 6.0, ("bows", "moves forward")),
        ("a person walks forward, stops and waves the {side} hand", 7.0, ("moves forward", "waves")),
        ("someone walks, then turns {side} and runs", 7.0, ("turns {side}", "moves forward")),
        ("a tired man walks forward and raises both hands", 6.0, ("moves forward", "raises both hands")),
    ),
}

SUITE: tuple[Order, ...] = tuple(Order(*row, suite=suite) for suite, rows in _ROWS.items() for row in _both_sides(rows))


@dataclass(frozen=True)
class Verdict:
    """Whether one motion fulfilled one predicate of its order."""

    suite: str
    prompt: str
    predicate: Predicate
    holds: bool


@dataclass(frozen=True)
class Obedience:
    """Shares of fulfilled predicates: of all, by kind of word, by suite, and by prompt."""

    overall: Share
    by_kind: Mapping[str, Share]
    by_suite: Mapping[str, Share]
    by_prompt: Mapping[str, Share]

    @classmethod
    def of(cls, verdicts: list[Verdict]) -> Obedience:
        """Of at least one verdict."""
        by_kind = _shares((verdict.predicate.kind, verdict.holds) for verdict in verdicts)
        return cls(
            overall=share(sum(verdict.holds for verdict in verdicts), len(verdicts)),
            by_kind={kind: by_kind[kind] for kind in KINDS if kind in by_kind},
            by_suite=_shares((verdict.suite, verdict.holds) for verdict in verdicts),
            by_prompt=_shares((verdict.prompt, verdict.holds) for verdict in verdicts),
        )


def _shares(pairs: Iterable[tuple[str, bool]]) -> dict[str, Share]:
    ordered = sorted(pairs, key=lambda pair: pair[0])
    groups = ((key, [holds for _, holds in group]) for key, group in groupby(ordered, key=lambda pair: pair[0]))
    return {key: share(sum(held), len(held)) for key, held in groups}


def obedience_of_real(examples: Iterable[Example]) -> list[Verdict]:
    """The predicates that the labels of real clips state, on the clips themselves: nearly all must hold."""
    return [
        Verdict("real", example.content, predicate, predicate.holds(example.motion))
        for example in examples
        for predicate in stated(example.content, example.style)
    ]
