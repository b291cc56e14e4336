"""A model whose parts are timed and counted while the engine uses it."""

from __future__ import annotations

import time
from collections import Counter, defaultdict
from collections.abc import Callable
from typing import Any

from engine.bundle.bundle import Bundle

PARTS = {
    "encode_text": "text",
    "transformer": "transformer",
    "velocity": "velocity",
    "flow": "flow",
    "decode": "decoder",
}
"""Method of a model → what its time is called."""

REST = "clean-up"
"""What is left: from features to a motion, contacts, feet, and the sampler's own bookkeeping."""


class TimedModel:
    """Takes a bundle's place in the engine. What `model` has is asked of it, everything else of the bundle.

    seconds: by part. rows: words of text, latents through transformer, velocity and decoder, and latents times steps
    times branches of guidance through the flow.
    """

    def __init__(self, bundle: Bundle, model: Any) -> None:
        self._bundle, self._model = bundle, model
        self.seconds: dict[str, float] = defaultdict(float)
        self.rows: Counter[str] = Counter()

    def __getattr__(self, name: str) -> Any:
        value = getattr(self._model if hasattr(self._model, name) else self._bundle, name)
        return self._timed(name, value) if name in PARTS else value

    def _timed(self, name: str, method: Callable[..., Any]) -> Callable[..., Any]:
        def timed(*arguments: Any) -> Any:
            start = time.perf_counter()
            result = method(*arguments)
            self.seconds[PARTS[name]] += time.perf_counter() - start
            self.rows[PARTS[name]] += _rows(name, arguments, result)
            return result

        return timed


def _rows(name: str, arguments: tuple[Any, ...], result: Any) -> int:
    if name == "encode_text":
        return len(result)
    if name == "flow":
        noise, times = arguments[0], arguments[-1]
        return 2 * len(noise) * (len(times) - 1)
    batch, length = arguments[0].shape[:2]
    return int(batch * length)
