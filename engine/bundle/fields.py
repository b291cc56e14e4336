"""Reading JSON fields that came from elsewhere: each with its type and its limits, or a sentence that names it."""

from __future__ import annotations

import json
import math
from typing import Any, NoReturn

from engine.errors import UserError


class Fields:
    """The keys of one JSON object. Each reader takes one key out; `finished` refuses what is left."""

    def __init__(self, data: Any, source: str) -> None:
        self._source = source
        if not isinstance(data, dict):
            self._refuse("must be a JSON object")
        self._left: dict[str, Any] = dict(data)

    @classmethod
    def parse(cls, text: str, source: str) -> Fields:
        """The object in `text`; UserError where it is no JSON, or holds NaN, infinity or one key twice."""
        try:
            return cls(json.loads(text, parse_constant=_refuse_constant, object_pairs_hook=_without_twins), source)
        except (ValueError, RecursionError) as error:
            raise UserError(f"{source} is not valid JSON ({error}); export the bundle again.") from error

    def text(self, key: str, longest: int = 2000) -> str:
        value = self._take(key)
        if not isinstance(value, str) or not value.strip() or len(value) > longest:
            self._refuse(f"needs “{key}” as a text of 1 to {longest} characters")
        return value

    def texts(self, key: str) -> tuple[str, ...]:
        value = self._take(key)
        if not isinstance(value, list) or len(value) > 1000 or not all(isinstance(item, str) for item in value):
            self._refuse(f"needs “{key}” as a list of texts")
        return tuple(value)

    def integer(self, key: str, low: int, high: int) -> int:
        value = self._take(key)
        if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
            self._refuse(f"needs “{key}” as a whole number from {low} to {high}")
        return value

    def number(self, key: str, low: float, high: float) -> float:
        value = self._take(key)
        if not _is_number(value) or not low <= value <= high:
            self._refuse(f"needs “{key}” as a number from {low:g} to {high:g}")
        return float(value)

    def vector(self, key: str, length: int, low: float, high: float) -> tuple[float, ...]:
        value = self._take(key)
        if not isinstance(value, list) or len(value) != length:
            self._refuse(f"needs “{key}” as a list of {length} numbers")
        if not all(_is_number(item) and low <= item <= high for item in value):
            self._refuse(f"needs every “{key}” to be a number from {low:g} to {high:g}")
        return tuple(float(item) for item in value)

    def choice(self, key: str, known: tuple[str, ...]) -> str:
        value = self._take(key)
        if value not in known:
            shown = value if isinstance(value, str) and len(value) < 80 else type(value).__name__
            self._refuse(f"has the {key} “{shown}”, and this version reads {' or '.join(f'“{k}”' for k in known)}")
        return str(value)

    def mapping(self, key: str) -> dict[str, Any]:
        value = self._take(key)
        if not isinstance(value, dict):
            self._refuse(f"needs “{key}” as a JSON object")
        return value

    def object(self, key: str) -> Fields:
        return Fields(self._take(key), f"{self._source}: “{key}”")

    def has(self, key: str) -> bool:
        """Whether the key is there, for those that may be left out."""
        return key in self._left

    def finished(self) -> None:
        """Refuse keys that nobody asked for: a misspelt key is a mistake, not a comment."""
        if self._left:
            self._refuse(f"has the unknown key “{next(iter(self._left))[:80]}”")

    def _take(self, key: str) -> Any:
        if key not in self._left:
            self._refuse(f"lacks “{key}”")
        return self._left.pop(key)

    def _refuse(self, complaint: str) -> NoReturn:
        raise UserError(f"{self._source} {complaint}; export the bundle again, or get one for this version.")


def _is_number(value: Any) -> bool:
    if isinstance(value, float):
        return math.isfinite(value)
    return isinstance(value, int) and not isinstance(value, bool)


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not a JSON number")


def _without_twins(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result = dict(pairs)
    if len(result) != len(pairs):
        raise ValueError("a key stands twice in one object")
    return result
