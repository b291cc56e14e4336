"""The pool of composites: made once for one source and one setting, in shards of their own beside the source's."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import suppress
from itertools import chain

from numpy.typing import NDArray

from engine.errors import UserError
from engine.motion import ms272
from training.config import DataConfig
from training.data.composition.composer import Composer
from training.data.labels import observed_labels
from training.data.shards import ClipRow, Shards, open_shards, write_shards

_VERSION = 12
"""To be raised when the composites of a seed change."""

_MADE_AT_ONCE = 100
_Entry = tuple[ClipRow, NDArray]


def composites_of(
    shards: Shards, config: DataConfig, on_composite: Callable[[int], None] = lambda _: None, workers: int = 1
) -> Shards | None:
    """The pool that the settings ask for, made where it doesn't lie beside the shards yet; None for a share of 0.

    UserError where the training split's clips offer no composite.
    """
    if config.composed_share == 0.0:
        return None
    settings = (_VERSION, shards.fingerprint, config.composites, config.captions_per_composite, config.max_seconds)
    fingerprint = "composites " + hashlib.sha256(repr(settings).encode("utf-8")).hexdigest()
    folder = config.shards / f"composites-{fingerprint[-16:]}"
    with suppress(UserError):  # none there yet, or damaged ones: they are made anew
        pool = open_shards(folder)
        if pool.fingerprint == fingerprint:
            return pool
    entries = _counted(_made(config, workers), on_composite)
    first = next(entries, None)
    if first is None:
        raise UserError("The clips offer nothing to compose; set `composed_share = 0` in the section [data].")
    write_shards(chain([first], entries), folder, fingerprint)
    return open_shards(folder)


def _made(config: DataConfig, workers: int) -> Iterator[_Entry]:
    starts = range(0, config.composites, _MADE_AT_ONCE)
    if workers == 1:
        for start in starts:
            yield from _some(config, start)
        return
    with ProcessPoolExecutor(workers) as executor:
        for some in executor.map(_some, [config] * len(starts), starts):
            yield from some


def _some(config: DataConfig, start: int) -> list[_Entry]:
    """The composites of the next seeds. Opens the shards itself: a process is handed a path, not gigabytes."""
    shards = open_shards(config.shards)
    composer = Composer(shards, shards.of("train"), int(config.max_seconds * ms272.FPS), config.captions_per_composite)
    entries = []
    for seed in range(start, min(start + _MADE_AT_ONCE, config.composites)):
        made = composer.composite(seed)
        if made is not None:
            labels = observed_labels(ms272.decode(made.features))
            frames = len(made.features)
            event_end = 0 if made.is_steady else frames
            row = ClipRow(f"composite-{seed}", made.kind, "", 0, frames, 0, event_end, made.captions, labels)
            entries.append((row, made.features))
    return entries


def _counted(entries: Iterator[_Entry], on_composite: Callable[[int], None]) -> Iterator[_Entry]:
    for number, entry in enumerate(entries, start=1):
        yield entry
        on_composite(number)
