"""Values out of JSON that somebody else wrote, each taken only in its own type and within its bounds. No Qt, no bpy."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from ..errors import AddonError

T = TypeVar("T")

_SHOWN_CHARACTERS = 60


class RefusedError(AddonError):
    """Something from outside is not what it should be; the message is one sentence that names it."""


class Fields:
    """The members of a JSON object, taken one by one; `what` names the object in the sentences of refusals.

    Every method takes a name, and raises RefusedError where the member is missing, of another type or out of bounds.
    """

    def __init__(self, value: Any, what: str) -> None:
        if not isinstance(value, dict):
            raise RefusedError(f"{what} is no JSON object.")
        self._values: dict[str, Any] = value
        self.what = what

    def only(self, *names: str) -> Fields:
        """Itself, where it has no other members than these."""
        unknown = sorted(str(name) for name in set(self._values) - set(names))
        if unknown:
            raise self._refusal(unknown[0], "is unknown")
        return self

    def text(self, name: str, longest: int) -> str:
        """A string of at most `longest` characters that can be written as UTF-8."""
        value = self._value(name)
        if not isinstance(value, str):
            raise self._refusal(name, "is no text")
        if len(value) > longest:
            raise self._refusal(name, f"is longer than {longest} characters")
        if any("\ud800" <= character <= "\udfff" for character in value):
            raise self._refusal(name, "holds half a character")
        return value

    def number(self, name: str, least: float, most: float) -> float:
        """A finite number, least and most included."""
        value = self._value(name)
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise self._refusal(name, "is no number")
        if not least <= value <= most or not math.isfinite(value):
            raise self._refusal(name, f"is not between {least:g} and {most:g}")
        return float(value)

    def whole(self, name: str, least: int, most: int) -> int:
        """A whole number, least and most included."""
        value = self._value(name)
        if isinstance(value, bool) or not isinstance(value, int):
            raise self._refusal(name, "is no whole number")
        if not least <= value <= most:
            raise self._refusal(name, f"is not between {least} and {most}")
        return value

    def truth(self, name: str) -> bool:
        """True or false."""
        value = self._value(name)
        if not isinstance(value, bool):
            raise self._refusal(name, "is neither true nor false")
        return value

    def choice(self, name: str, choices: tuple[str, ...]) -> str:
        """One of a few words."""
        value = self._value(name)
        if value not in choices:
            raise self._refusal(name, f"is none of {', '.join(choices)}")
        return str(value)

    def rows(self, name: str, most: int) -> list[Any]:
        """An array of at most `most` values."""
        value = self._value(name)
        if not isinstance(value, list):
            raise self._refusal(name, "is no array")
        if len(value) > most:
            raise self._refusal(name, f"has more than {most} entries")
        return value

    def texts(self, name: str, most: int, longest: int) -> tuple[str, ...]:
        """An array of at most `most` strings of at most `longest` characters."""
        rows = self.rows(name, most)
        return tuple(Fields({name: row}, self.what).text(name, longest) for row in rows)

    def record(self, name: str) -> Fields:
        """An object."""
        return Fields(self._value(name), f"{name} of {self.what}")

    def or_none(self, name: str, take: Callable[[str], T]) -> T | None:
        """What `take` makes of a member, None where that is null."""
        return None if self._value(name) is None else take(name)

    def has(self, name: str) -> bool:
        """Whether there is such a member."""
        return name in self._values

    def _value(self, name: str) -> Any:
        if name not in self._values:
            raise self._refusal(name, "is missing")
        return self._values[name]

    def _refusal(self, name: str, reason: str) -> RefusedError:
        return RefusedError(f"“{shortened(name)}” of {self.what} {reason}.")


def shortened(text: str) -> str:
    """The beginning of a text that may be of any length, in one line of what can be printed."""
    line = "".join(character if character.isprintable() else " " for character in text[: _SHOWN_CHARACTERS + 1])
    return f"{line[:_SHOWN_CHARACTERS]}…" if len(line) > _SHOWN_CHARACTERS else line


def parsed(text: str | bytes, what: str, largest: int) -> Fields:
    """A JSON object of at most `largest` bytes or characters. RefusedError where the text is none."""
    if len(text) > largest:
        raise RefusedError(f"{what} is larger than {largest} bytes.")
    try:
        if isinstance(text, bytes):
            text = text.decode("utf-8")
        value = json.loads(text, parse_constant=_no_constant, object_pairs_hook=_no_twins)
    except (ValueError, RecursionError) as error:
        raise RefusedError(f"{what} is no JSON.") from error
    return Fields(value, what)


def _no_constant(name: str) -> float:
    raise ValueError(name)


def _no_twins(pairs: list[tuple[str, Any]]) -> Mapping[str, Any]:
    values = dict(pairs)
    if len(values) != len(pairs):
        raise ValueError("a name comes twice")
    return values
