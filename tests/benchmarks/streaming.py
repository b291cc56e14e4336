"""Drawing training examples from shards that are larger than memory, and from some that are not; beside libraries.

Run by hand: `python -m tests.benchmarks.streaming FOLDER GIGABYTES`, under a cap of memory that the larger shards
exceed, as with `systemd-run --user --scope -p MemoryMax=1G …` or a memory cgroup; page cache counts towards it. FOLDER
is where the made shards go, on the disk that is to be measured. The exit status is 1 where the larger set does not keep
up with what two CPU cores train on.

Where LitData and WebDataset are installed (no part of the project needs them), they read the same clips in turns with
the project's sampler, so that whatever else the machine does hits all alike: LitData at random, as batches are drawn
here, and both from front to back through a shuffle, by which these batches can't be drawn.
"""

from __future__ import annotations

import importlib.util
import sys
import time
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

import numpy as np

from engine.motion import ms272
from training.config import DataConfig
from training.data.batches import ClipSampler
from training.data.shards import ClipRow, Shards, keep_normalization, open_shards, write_shards

FRAMES, WINDOW, BATCH = 200, 48, 64
SMALL_GIGABYTES, TURNS, TURN_S = 0.25, 6, 4.0
WINDOWS_TRAINED, CLIPS_TRAINED = 500.0, 137.0
"""What an autoencoder of 2.8 M and a generator of 6.3 M parameters take a second on two CPU cores."""

Draw = Callable[[int], int]
"""From the number of a batch to how many examples it has, which are in memory then."""


def made(folder: Path, clips: int) -> Shards:
    """Shards of noise; made once."""
    if not (folder / "index.json").is_file():
        write_shards(((_row(number), features) for number, features in _noise(clips)), folder, "noise")
        keep_normalization(folder, np.zeros(ms272.WIDTH, np.float32), np.ones(ms272.WIDTH, np.float32))
    return open_shards(folder)


def _row(number: int) -> ClipRow:
    captions = ("a person walks",)
    return ClipRow(f"noise-{number}", "walk", "normal", 0, FRAMES, 0, 0, captions, (), published_split="train")


def _noise(clips: int) -> Iterator[tuple[int, np.ndarray]]:
    frames = np.random.default_rng(0).standard_normal((FRAMES, ms272.WIDTH)).astype(np.float32)
    return ((number, np.roll(frames, number, axis=0)) for number in range(clips))


def own_readers(shards: Shards) -> dict[str, Draw]:
    """The project's two kinds of batches."""
    sampler, random = ClipSampler(shards, shards.rows, DataConfig(shards=Path("-"))), np.random.default_rng(1)
    return {
        "windows": lambda _: len(sampler.windows(BATCH, WINDOW, random)),
        "captioned clips": lambda number: len(sampler.captioned_batch(BATCH, 0, number).captions),
    }


def litdata_readers(folder: Path, clips: int) -> dict[str, Draw]:
    """Windows from LitData's chunks of 64 MB: at random, and from front to back."""
    from litdata import StreamingDataset
    from litdata.streaming.writer import BinaryWriter

    if not (folder / "index.json").is_file():
        folder.mkdir(parents=True)
        writer = BinaryWriter(str(folder), chunk_bytes="64MB")
        for number, features in _noise(clips):
            writer[number] = {"features": features}
        writer.done()
        writer.merge(1)
    data, random = StreamingDataset(str(folder), max_cache_size="1TB"), np.random.default_rng(1)
    stream = iter(StreamingDataset(str(folder), shuffle=True, max_cache_size="1TB"))
    return {
        "windows by LitData, at random": lambda _: _windows(
            (data[int(number)]["features"] for number in random.integers(clips, size=BATCH)), random
        ),
        "windows by LitData, from front to back": lambda _: _windows(
            (next(stream)["features"] for _ in range(BATCH)), random
        ),
    }


def webdataset_readers(folder: Path, clips: int) -> dict[str, Draw]:
    """Windows from WebDataset's tar files of 64 MB, from front to back through a buffer of a thousand clips."""
    import webdataset

    if not folder.is_dir():
        folder.mkdir(parents=True)
        with webdataset.ShardWriter(str(folder / "%05d.tar"), maxsize=64e6, verbose=0) as writer:
            for number, features in _noise(clips):
                writer.write({"__key__": f"{number:06d}", "npy": features})
    files, random = sorted(map(str, folder.glob("*.tar"))), np.random.default_rng(1)
    data = webdataset.WebDataset(files, shardshuffle=len(files), seed=1).shuffle(1000).decode().repeat()
    stream = iter(data)
    return {
        "windows by WebDataset, from front to back": lambda _: _windows(
            (next(stream)["npy"] for _ in range(BATCH)), random
        )
    }


def _windows(clips: Iterator[np.ndarray], random: np.random.Generator) -> int:
    """What the project's sampler does with a clip, of clips that somebody else has read."""
    windows = []
    for clip in clips:
        start = int(random.integers(FRAMES - WINDOW + 1))
        window = clip[start : start + WINDOW]
        windows.append(ms272.mirrored(window) if random.random() < 0.5 else window)
    return len(np.stack(windows))


def rates(readers: dict[str, Draw]) -> dict[str, float]:
    """Examples a second of each reader, in turns."""
    drawn, spent, numbers = dict.fromkeys(readers, 0), dict.fromkeys(readers, 0.0), count()
    for draw in readers.values():
        draw(next(numbers))
    for _ in range(TURNS):
        for name, draw in readers.items():
            began = time.perf_counter()
            while time.perf_counter() - began < TURN_S:
                drawn[name] += draw(next(numbers))
            spent[name] += time.perf_counter() - began
    return {name: drawn[name] / spent[name] for name in readers}


def main(folder: str, gigabytes: str) -> int:
    held = True
    for size in (SMALL_GIGABYTES, float(gigabytes)):
        clips = int(size * 1e9 / (FRAMES * ms272.WIDTH * 4))
        place = Path(folder) / f"{clips}-clips"
        readers = own_readers(made(place / "own", clips))
        if importlib.util.find_spec("litdata"):
            readers |= litdata_readers(place / "litdata", clips)
        if importlib.util.find_spec("webdataset"):
            readers |= webdataset_readers(place / "webdataset", clips)
        found = rates(readers)
        held = found["windows"] > WINDOWS_TRAINED and found["captioned clips"] > CLIPS_TRAINED
        for name, rate in found.items():
            print(f"{size:g} GB: {rate:.0f} {name} a second", flush=True)
    return 0 if held else 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
