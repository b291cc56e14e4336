"""Drawing training examples from shards that are larger than memory, and from some that are not.

Run by hand: `python -m tests.benchmarks.streaming FOLDER GIGABYTES`, under a cap of memory that the larger shards
exceed, as with `systemd-run --user --scope -p MemoryMax=1G …` or a memory cgroup; page cache counts towards it. FOLDER
is where the made shards go, on the disk that is to be measured. The exit status is 1 where the larger set does not keep
up with what two CPU cores train on.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np

from engine.motion import ms272
from training.config import DataConfig
from training.data.batches import ClipSampler
from training.data.clip import split_of
from training.data.shards import ClipRow, Shards, open_shards, write_shards

FRAMES, SMALL_GIGABYTES, SECONDS = 200, 0.25, 20.0
WINDOWS_TRAINED, CLIPS_TRAINED = 500.0, 137.0
"""What an autoencoder of 2.8 M and a generator of 6.3 M parameters take a second on two CPU cores."""


def made(folder: Path, gigabytes: float) -> Shards:
    """Shards of noise, of a size; made once."""
    clips = int(gigabytes * 1e9 / (FRAMES * ms272.WIDTH * 4))
    folder = folder / f"{clips}-clips"
    if not (folder / "index.json").is_file():
        write_shards(_noise(clips), folder, "noise")
    return open_shards(folder)


def _noise(clips: int) -> Iterator[tuple[ClipRow, np.ndarray]]:
    random = np.random.default_rng(0)
    frames = random.standard_normal((FRAMES, ms272.WIDTH)).astype(np.float32)
    for number in range(clips):
        row = ClipRow(f"noise-{number}", "walk", "normal", 0, FRAMES, 0, 0, ("a person walks",), ())
        yield row, np.roll(frames, number, axis=0)


def rates(shards: Shards) -> tuple[float, float]:
    """Windows of 48 frames, and captioned examples, drawn in a second."""
    rows = [row for row in shards.rows if split_of(row.name) == "train"]
    sampler, random = ClipSampler(shards, rows, DataConfig(shards="-")), np.random.default_rng(1)
    return (
        _rate(lambda _: len(sampler.windows(64, 48, random))),
        _rate(lambda group: sum(len(batch.captions) for batch in sampler.captioned_batches(32, 0, group))),
    )


def _rate(draw: Callable[[int], int]) -> float:
    began, drawn, number = time.perf_counter(), 0, 0
    while time.perf_counter() - began < SECONDS:
        drawn, number = drawn + draw(number), number + 1
    return drawn / (time.perf_counter() - began)


def main(folder: str, gigabytes: str) -> int:
    held = True
    for size in (SMALL_GIGABYTES, float(gigabytes)):
        began = time.perf_counter()
        shards = made(Path(folder), size)
        made_in = time.perf_counter() - began
        began = time.perf_counter()
        _ = shards.normalization
        normalized_in = time.perf_counter() - began
        windows, clips = rates(shards)
        held = windows > WINDOWS_TRAINED and clips > CLIPS_TRAINED
        print(
            f"{size:g} GB: made in {made_in:.0f} s, mean and deviation in {normalized_in:.0f} s, "
            f"{windows:.0f} windows/s, {clips:.0f} captioned clips/s"
        )
    return 0 if held else 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
