"""Free wordings: what people of all kinds would say of a motion, one a line, in text files beside this module.

A line is “a subject | an action”, the action beginning with its verb in the base form. {the} stands for “the” or “his”,
“her” and “their”, {side} and {other} for a side and the opposite one.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import NamedTuple

_FOLDER = Path(__file__).parent
_BAR = " | "


class Wording(NamedTuple):
    """Who does what, as one person would say it."""

    subject: str
    action: str

    def of_side(self, side: str) -> Wording:
        """The wording for “left” or “right”."""
        other = {"left": "right", "right": "left"}[side]
        return Wording(*(part.replace("{side}", side).replace("{other}", other) for part in self))


@cache
def lines(name: str) -> tuple[str, ...]:
    """The lines of a file of this folder, by its name without the ending; none where there is no such file."""
    path = _FOLDER / f"{name}.txt"
    return tuple(path.read_text(encoding="utf-8").splitlines()) if path.is_file() else ()


@cache
def wordings(name: str, side: str | None = None) -> tuple[Wording, ...]:
    """The wordings of a file. side: of those for either side, the ones for this one."""
    told = tuple(Wording(*line.split(_BAR)) for line in lines(name))
    return told if side is None else tuple(wording.of_side(side) for wording in told)
