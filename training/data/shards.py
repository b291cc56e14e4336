"""Features of all clips on disk, memory-mapped: made once, found again by a second run.

A folder holds `features.npy` (F, 272) float32, all clips one after the other, and `index.json` with one row a clip and
the fingerprint of what it was made from. Mirrored copies are not stored: mirroring features is a permutation.

Why no library of streaming shards: a batch is a weighted draw that follows from its number and the seed alone, so that
a killed training goes on bit for bit in any number of processes, and an example is a part of a clip. That is random
access to parts of items. WebDataset has none: it reads tar files from front to back through a buffer that shuffles, and
what comes next depends on all that came before. LitData has it for whole items, of chunks that it opens anew each time.
Examples a second with 3 GB of clips under 1.2 GB of memory, page cache included, all in turns on one core of a busy
machine (`tests/benchmarks/streaming.py`); in brackets those of 0.25 GB, which stay in memory:

    captioned clips from here   168 (173)      windows of 48 frames from LitData, at random            2 (9)
    windows from here           262 (357)      … front to back, LitData 17 (18), WebDataset           30 (41)
"""

from __future__ import annotations

import hashlib
import json
import mmap
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from functools import cached_property
from itertools import chain, islice
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from engine.errors import UserError
from engine.files import written_whole
from engine.motion import ms272
from training.data.clip import Clip, Split, split_of
from training.data.events import event_span
from training.data.labels import FrameLabel, FrameLabels, labels_of

_FORMAT = "motionwright-shards/1"
_NORMALIZATION = "normalization.npy"
_FEWEST_FOR_ALL_SPLITS = 20


@dataclass(frozen=True)
class ClipRow:
    """One clip of a shard: its labels, and where its frames [start, start + frames) lie.

    event_start, event_end: the frames, counted from the clip's start, that a window must show (see `events`).
    captions: sentences of the clip's own; where there are none, its labels make them. labels: of its frames, see
    `Shards.frame_labels`; None in folders that were prepared before there were any. published_split: the source's own.
    """

    name: str
    content: str
    style: str
    start: int
    frames: int
    event_start: int
    event_end: int
    captions: tuple[str, ...] = ()
    labels: FrameLabels | None = None
    published_split: Split | None = None

    @classmethod
    def of_clip(cls, clip: Clip, captions: tuple[str, ...] = ()) -> ClipRow:
        """The row of a clip; where its frames lie is decided when it is written."""
        event = event_span(clip.motion, clip.content)
        labels = clip.labels or labels_of(clip.motion, clip.content, clip.style, event)
        return cls(clip.name, clip.content, clip.style, 0, len(clip.motion), *event, captions, labels, clip.split)

    @classmethod
    def from_json(cls, fields: Mapping[str, Any]) -> ClipRow:
        """The row of what `dataclasses.asdict` and JSON made of one."""
        labels = fields.get("labels")
        read = None if labels is None else tuple(FrameLabel(*label) for label in labels)
        return cls(**{**fields, "captions": tuple(fields.get("captions", ())), "labels": read})

    @property
    def split(self) -> Split:
        return self.published_split or split_of(self.name)


@dataclass(frozen=True)
class Shards:
    """An opened folder of shards."""

    features: NDArray[np.float32]
    rows: tuple[ClipRow, ...]
    fingerprint: str
    kept_normalization: tuple[NDArray[np.float32], NDArray[np.float32]] | None = None

    def of(self, split: Split) -> list[ClipRow]:
        """The clips of one split, in the order of the index.

        Of twenty clips or more, one at least is in every split, though by their names alone none may be.
        """
        return [row for row in self.rows if self._splits.get(row.name, row.split) == split]

    @cached_property
    def _splits(self) -> dict[str, Split]:
        """The clips that are moved, into splits that would be empty: the training clips with the last names."""
        moved: dict[str, Split] = {}
        if len(self.rows) >= _FEWEST_FOR_ALL_SPLITS:
            held: tuple[Split, ...] = ("validation", "test")
            empty = [split for split in held if all(row.split != split for row in self.rows)]
            names = sorted({row.name for row in self.rows if row.split == "train"})
            moved = {names.pop(): split for split in empty}
        return moved

    def clip_features(self, row: ClipRow) -> NDArray[np.float32]:
        """(frames, 272) of one clip."""
        self.announce(row, 0, row.frames)
        return self.stretch(row, 0, row.frames)

    def stretch(self, row: ClipRow, start: int, end: int) -> NDArray[np.float32]:
        """(end − start, 272) of the frames [start, end) of one clip."""
        return self.features[row.start + start : row.start + end]

    def announce(self, row: ClipRow, start: int, end: int) -> None:
        """Have the disk read the frames [start, end) of a clip from now on, in one go; nobody waits for it here.

        Who needs many stretches announces them all before the first is looked at, so that the disk always has work.
        """
        _announce(self.features, row.start + start, row.start + end)

    def frame_labels(self, row: ClipRow) -> FrameLabels:
        """What is done in which frames [start, end) of a clip, counted from its start: (start, end, text) each.

        The source's own labels where it has some, else what is seen in the motion and what the clip's label says.
        """
        if row.labels is not None:
            return row.labels
        if row.name not in self._labels_seen:
            motion = ms272.decode(self.clip_features(row))
            self._labels_seen[row.name] = labels_of(motion, row.content, row.style, (row.event_start, row.event_end))
        return self._labels_seen[row.name]

    @cached_property
    def _labels_seen(self) -> dict[str, FrameLabels]:
        return {}

    @cached_property
    def normalization(self) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Mean and standard deviation (272,) over the training split and its mirror images, or those that were kept.

        The deviation is averaged inside each group of the layout, so that a nearly constant number isn't blown up.
        Clip by clip: the features may be more than fit into memory.
        """
        if self.kept_normalization is not None:
            return self.kept_normalization
        count, total, squares = 0, np.zeros(ms272.WIDTH), np.zeros(ms272.WIDTH)
        for row in self.of("train"):
            clip = self.clip_features(row).astype(np.float64)
            for frames in (clip, ms272.mirrored(clip)):
                count, total, squares = (
                    count + len(frames),
                    total + frames.sum(axis=0),
                    squares + (frames**2).sum(axis=0),
                )
        mean = total / max(count, 1)
        std = np.sqrt(np.maximum(squares / max(count, 1) - mean**2, 0.0))
        for part in ms272.SLICES.values():
            std[part] = np.sqrt(np.mean(std[part] ** 2))
        return mean.astype(np.float32), std.astype(np.float32)


def prepare(
    source: Path, folder: Path, read: Callable[[Path], Iterable[Clip]], on_clip: Callable[[int], None] = lambda _: None
) -> Shards:
    """The shards of `source`, read with `read` where `folder` doesn't hold them yet; `on_clip` hears of each clip.

    UserError where the source is missing.
    """
    if not source.is_file():
        raise UserError(f"There is no archive of motion capture at {source}; give the path of one you downloaded.")
    fingerprint = fingerprint_of(source)
    with suppress(UserError):  # none there yet, or damaged ones: they are made anew
        shards = open_shards(folder)
        if shards.fingerprint == fingerprint:
            return shards
    _write(read(source), folder, fingerprint, on_clip)
    return open_shards(folder)


def open_shards(folder: Path) -> Shards:
    """Open a folder that `prepare` made; UserError where it is none."""
    try:
        index = json.loads((folder / "index.json").read_text(encoding="utf-8"))
        if index["format"] != _FORMAT:
            raise UserError(f"{folder} has the format “{index['format']}”; prepare it again with this version.")
        features = np.load(folder / "features.npy", mmap_mode="r", allow_pickle=False)
        rows = tuple(ClipRow.from_json(row) for row in index["clips"])
        if features.shape != (sum(row.frames for row in rows), ms272.WIDTH):
            raise ValueError("index and features disagree")
        _expect_no_order(features)
        kept = np.load(folder / _NORMALIZATION, allow_pickle=False) if (folder / _NORMALIZATION).is_file() else None
        return Shards(features, rows, index["fingerprint"], None if kept is None else (kept[0], kept[1]))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise UserError(f"{folder} is not a folder of shards: {error}; run `motionwright data prepare`.") from error


def _expect_no_order(features: NDArray[np.float32]) -> None:
    """Clips are drawn in no order: what lies around one need not be read with it."""
    if isinstance(features, np.memmap) and hasattr(mmap, "MADV_RANDOM"):
        features._mmap.madvise(mmap.MADV_RANDOM)  # type: ignore[attr-defined]


def _announce(features: NDArray[np.float32], start: int, end: int) -> None:
    """Have the frames [start, end) read in one go, and not page by page as they are looked at."""
    if isinstance(features, np.memmap) and hasattr(mmap, "MADV_WILLNEED"):
        first, last = (features.offset + frame * features.strides[0] for frame in (start, end))
        first -= first % mmap.ALLOCATIONGRANULARITY
        features._mmap.madvise(mmap.MADV_WILLNEED, first, last - first)  # type: ignore[attr-defined]


def keep_normalization(folder: Path, mean: NDArray[np.float32], std: NDArray[np.float32]) -> None:
    """Put mean and deviation (272,) beside shards, to be used instead of the clips' own.

    A network that is trained further on other clips keeps to the scale on which it began.
    """
    with written_whole(folder / _NORMALIZATION) as temporary, temporary.open("wb") as file:
        np.save(file, np.stack([mean, std]).astype(np.float32), allow_pickle=False)


def fingerprint_of(source: Path) -> str:
    """What tells the shards of an archive from those of another."""
    with source.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return f"{_FORMAT} {digest}"


def _write(clips: Iterable[Clip], folder: Path, fingerprint: str, on_clip: Callable[[int], None]) -> None:
    def encoded() -> Iterator[tuple[ClipRow, NDArray[np.float32]]]:
        for number, clip in enumerate(clips, start=1):
            features = ms272.encode(clip.motion).astype(np.float32)
            yield ClipRow.of_clip(clip), features
            on_clip(number)

    write_shards(encoded(), folder, fingerprint)


def write_shards(clips: Iterable[tuple[ClipRow, NDArray[np.float32]]], folder: Path, fingerprint: str) -> None:
    """Write clips and their features (frames, 272) as they come, never more than one of them in memory.

    Where a row says that its clip starts is not read: here is decided where.
    """
    clips = iter(clips)
    first = list(islice(clips, 1))  # a source that can't be read leaves no folder behind
    folder.mkdir(parents=True, exist_ok=True)
    rows: list[ClipRow] = []
    start = 0
    with written_whole(folder / "features.npy") as temporary:
        with temporary.open("wb") as file:
            _write_header(file, 0)
            for row, features in chain(first, clips):
                rows.append(replace(row, start=start, frames=len(features)))
                start += len(features)
                file.write(np.ascontiguousarray(features, dtype=np.float32).tobytes())
            file.seek(0)
            _write_header(file, start)
        (folder / "index.json").unlink(missing_ok=True)  # never an index beside the features of another source
    index = {"format": _FORMAT, "fingerprint": fingerprint, "clips": [asdict(row) for row in rows]}
    with written_whole(folder / "index.json") as temporary:
        temporary.write_text(json.dumps(index, indent=0), encoding="utf-8")


def _write_header(file: BinaryIO, frames: int) -> None:
    """NumPy pads the header so that it is as long for any number of frames."""
    np.lib.format.write_array_header_1_0(file, {"descr": "<f4", "fortran_order": False, "shape": (frames, ms272.WIDTH)})
