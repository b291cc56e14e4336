"""The words × time map of one motion, as the service sends it and the store keeps it."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from engine.errors import UserError

MOST_WORDS = 10_000
MOST_COLUMNS = 100_000
MOST_ROUNDS = 100_000
_DIGITS = 5


@dataclass(frozen=True)
class Alignment:
    """Attention on each word over time; all weights are shares, 0..1, of one latent's attention.

    words: as they were typed, those of several prompts one after another. frame_starts: the first frame of each column,
    rising, at the motion's own rate. weights: a row for each word, a value for each column; what a column's rows lack
    to 1 lies on the tokens that are no words. sink_ratio: the mean share of attention that lands on the start token of
    the text, over layers, heads, latents and rounds (MLA-Gen); a high one means that the words are hardly heard.
    sink_ratio_by_round: the same for each round of sampling.
    """

    words: tuple[str, ...]
    frame_starts: tuple[int, ...]
    weights: tuple[tuple[float, ...], ...]
    sink_ratio: float
    sink_ratio_by_round: tuple[float, ...]

    def __post_init__(self) -> None:
        columns = len(self.frame_starts)
        if len(self.weights) != len(self.words) or any(len(row) != columns for row in self.weights):
            raise UserError("An alignment needs a row of weights for each word and a value for each column.")

    def to_json(self) -> dict[str, Any]:
        """The fields as JSON values."""
        return {
            "words": list(self.words),
            "frame_starts": list(self.frame_starts),
            "weights": [_rounded(row) for row in self.weights],
            "sink_ratio": round(self.sink_ratio, _DIGITS),
            "sink_ratio_by_round": _rounded(self.sink_ratio_by_round),
        }

    def to_text(self) -> str:
        """`to_json` as one line of text, for a file."""
        return json.dumps(self.to_json(), ensure_ascii=False)

    @classmethod
    def from_json(cls, data: Any) -> Alignment:
        """The alignment of `to_json`'s values; UserError where they are not one."""
        if not isinstance(data, dict) or set(data) != set(cls.__dataclass_fields__):
            raise UserError("This is no alignment: it must hold words, frame_starts, weights and the sink ratios.")
        words = _listed(data, "words", MOST_WORDS, lambda value: isinstance(value, str))
        rows = _listed(data, "weights", MOST_WORDS, lambda value: isinstance(value, list))
        return cls(
            words=tuple(words),
            frame_starts=tuple(_listed(data, "frame_starts", MOST_COLUMNS, _is_frame)),
            weights=tuple(tuple(_listed({"weights": row}, "weights", MOST_COLUMNS, _is_share)) for row in rows),
            sink_ratio=_listed({"sink_ratio": [data["sink_ratio"]]}, "sink_ratio", 1, _is_share)[0],
            sink_ratio_by_round=tuple(_listed(data, "sink_ratio_by_round", MOST_ROUNDS, _is_share)),
        )

    @classmethod
    def from_text(cls, text: str) -> Alignment:
        """The alignment in the JSON `text`; UserError where there is none."""
        try:
            data = json.loads(text)
        except (ValueError, RecursionError) as error:
            raise UserError(f"This is no alignment ({error}); generate the motion again.") from error
        return cls.from_json(data)


def _listed(data: dict[str, Any], key: str, longest: int, fits: Callable[[Any], bool]) -> list[Any]:
    value = data[key]
    if not isinstance(value, list) or len(value) > longest or not all(fits(item) for item in value):
        raise UserError(f"The alignment's “{key}” is not what it must be; generate the motion again.")
    return value


def _is_frame(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 10**9


def _is_share(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value) and 0 <= value <= 1


def _rounded(values: tuple[float, ...]) -> list[float]:
    return [round(value, _DIGITS) for value in values]
