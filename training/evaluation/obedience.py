"""Does a motion do what it was told? Verdicts over predicates, and what shares of them hold."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from numpy.typing import NDArray

from training.data.predicates import KINDS, Predicate, stated
from training.data.shards import Shards
from training.evaluation.held_out import Example, mirrored_label
from training.evaluation.intervals import Share, share


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


@dataclass(frozen=True)
class ActionObedience:
    """One content of the clips, those of the other side being mirror images and counted with it.

    clips: of the training split. real, made: predicates that its labels state, on held-out clips and on what the model
    made of their captions.
    """

    content: str
    clips: int
    real: Share
    made: Share


def obedience_by_action(
    shards: Shards,
    asked: Sequence[Example],
    real: NDArray[Any],
    made: NDArray[Any],
) -> tuple[ActionObedience, ...]:
    """The contents whose labels state something, the rarest first.

    real, made: (n, 2) of the n examples: how many predicates hold, and how many there are.
    """
    clips = Counter(label for row in shards.of("train") for label in {row.content, mirrored_label(row.content)})
    rows = []
    for content in sorted({example.content for example in asked}, key=lambda content: (clips[content], content)):
        places = [place for place, example in enumerate(asked) if example.content == content]
        of_real, of_made = real[places].sum(axis=0), made[places].sum(axis=0)
        if of_real[1]:
            rows.append(ActionObedience(content, clips[content], share(*map(int, of_real)), share(*map(int, of_made))))
    return tuple(rows)
