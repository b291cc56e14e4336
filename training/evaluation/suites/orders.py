"""Orders: prompts with the predicates that their words state, and whether a motion fulfils them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from engine.motion.motion import Motion
from training.data.predicates import PREDICATES

Suite = Literal["seen", "unseen", "composed"]

_WINDOW_SHARE, _WINDOWS = 0.4, 7


@dataclass(frozen=True)
class Order:
    """A prompt, how long its motion shall last, and the names of the predicates that must hold.

    afterwards: those of what is to be done in the second place; where there are any, `predicates` are of the first.
    """

    prompt: str
    seconds: float
    predicates: tuple[str, ...]
    suite: Suite
    afterwards: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if strangers := {*self.predicates, *self.afterwards} - set(PREDICATES):
            raise ValueError(f"no such predicates: {strangers}")

    @property
    def names(self) -> tuple[str, ...]:
        """All predicates, in the order of `held`."""
        return (*self.predicates, *self.afterwards)

    def held(self, motion: Motion) -> tuple[bool, ...]:
        """Which predicates hold: of the whole motion, or, in a row, of some stretch of two fifths of it.

        What comes second must be seen in a stretch that begins later than the first in which what comes first is.
        """
        if not self.afterwards:
            return tuple(PREDICATES[name].holds(motion) for name in self.predicates)
        stretches = _stretches(motion)
        first = {name: [PREDICATES[name].holds(one) for one in stretches] for name in self.predicates}
        seen = [place for place in range(len(stretches)) if all(holds[place] for holds in first.values())]
        later = stretches[seen[0] + 1 :] if seen else stretches
        return (
            *(any(holds) for holds in first.values()),
            *(any(PREDICATES[name].holds(one) for one in later) for name in self.afterwards),
        )


def _stretches(motion: Motion) -> list[Motion]:
    length = max(2, round(_WINDOW_SHARE * len(motion)))
    starts = [round(place * (len(motion) - length) / (_WINDOWS - 1)) for place in range(_WINDOWS)]
    return [motion.frames(start, start + length) for start in starts]


Row = tuple[str, float, tuple[str, ...]] | tuple[str, float, tuple[str, ...], tuple[str, ...]]


def orders(suite: Suite, rows: Iterable[Row]) -> tuple[Order, ...]:
    """An order for each row; those with “{side}” in them, for both sides, “{other}” being the other one."""
    result = []
    for prompt, seconds, first, *rest in rows:
        sides = ({"side": "left", "other": "right"}, {"side": "right", "other": "left"})
        for told in sides if "{side}" in prompt else ({},):
            names, later = (_filled(part, told) for part in (first, rest[0] if rest else ()))
            result.append(Order(prompt.format(**told), seconds, names, suite, later))
    return tuple(result)


def _filled(names: tuple[str, ...], told: Mapping[str, str]) -> tuple[str, ...]:
    return tuple(name.format(**told) for name in names)
