"""Any sources to shards: read in several processes, bad clips left out with their reason, resumed where it was killed.

Recordings are read in parts of a few dozen; a part that is done lies whole in `DIR/.parts-<fingerprint>/`, so that a
second run, or one at the same time, finds it there. When all are done they become shards.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack, suppress
from dataclasses import asdict, dataclass, replace
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from engine.errors import UserError
from engine.files import written_whole
from engine.motion import ms272
from training.data.captioner import captions_of_motion
from training.data.captions import knows
from training.data.clip import PIECE, Clip
from training.data.quality import fault_of
from training.data.readers.recordings import Recording
from training.data.readers.sources import opened, recordings
from training.data.shards import ClipRow, Shards, fingerprint_of, open_shards, write_shards

_VERSION = "motionwright-prepared/2"
_RECORDINGS_IN_PART = 32
_REJECTED = "rejected.json"
_WORDINGS = 8
_GLANCES, _GLANCE_S = 100, 0.05
"""For how long shards may be missing that another process is putting in the place of the same ones."""

_LONGEST_WHOLE_S, _PIECE_S = 12.0, 8.0


@dataclass(frozen=True)
class Rejected:
    """A recording or clip that was left out, and why."""

    name: str
    reason: str


def prepare_sources(
    sources: Sequence[Path], folder: Path, on_progress: Callable[[int, int], None] = lambda *_: None, workers: int = 1
) -> tuple[Shards, list[Rejected]]:
    """The shards of all sources in `folder`, read anew where it doesn't hold them; and what was left out.

    on_progress: hears how many of how many recordings are read. UserError where a source is missing or nothing in it
    can be read.
    """
    fingerprint, is_new = _fingerprint(sources), not folder.exists()
    folder.mkdir(parents=True, exist_ok=True)
    done = _already(folder, fingerprint)
    if done is None and len(sources) == 1 and sources[0].is_file():
        done = _already(folder, fingerprint_of(sources[0]))
    if done is not None:
        return done
    parts = folder / f".parts-{fingerprint[-16:]}"
    with ExitStack() as stack:
        try:
            found = [
                recording for source in sources for recording in recordings(stack.enter_context(opened(source, folder)))
            ]
        except UserError:
            stack.close()
            if is_new:
                folder.rmdir()
            raise
        parts.mkdir(exist_ok=True)
        try:
            _read_parts(found, parts, on_progress, workers)
            _join(parts, len(found), folder, fingerprint)
        except FileNotFoundError:
            # Another process joined and cleared the same parts meanwhile.
            done = _already(folder, fingerprint)
            if done is None:
                raise
    shutil.rmtree(parts, ignore_errors=True)
    for _ in range(_GLANCES):
        if (done := _already(folder, fingerprint)) is not None:
            return done
        time.sleep(_GLANCE_S)
    return open_shards(folder), _rejected(folder)


def _already(folder: Path, fingerprint: str) -> tuple[Shards, list[Rejected]] | None:
    with suppress(UserError):  # none there yet, or damaged ones: they are made anew
        shards = open_shards(folder)
        if shards.fingerprint == fingerprint:
            return shards, _rejected(folder)
    return None


def _fingerprint(sources: Sequence[Path]) -> str:
    """Of the files' names, sizes and times: reading all of a large source only to know it again would take minutes."""
    digest = hashlib.sha256()
    for source in sources:
        files = sorted(path for path in source.rglob("*") if path.is_file()) if source.is_dir() else [source]
        for path in files:
            if not path.is_file():
                raise UserError(f"There is no motion capture at {source}; give a folder or an archive.")
            status = path.stat()
            digest.update(f"{path.name} {status.st_size} {status.st_mtime_ns}\n".encode())
    return f"{_VERSION} {digest.hexdigest()}"


def _read_parts(found: Sequence[Recording], parts: Path, on_progress: Callable[[int, int], None], workers: int) -> None:
    chunks = [found[start : start + _RECORDINGS_IN_PART] for start in range(0, len(found), _RECORDINGS_IN_PART)]
    waiting = [(chunk, parts / f"{number:06d}.npz") for number, chunk in enumerate(chunks)]
    read = sum(len(chunk) for chunk, path in waiting if path.is_file())
    waiting = [(chunk, path) for chunk, path in waiting if not path.is_file()]
    on_progress(read, len(found))
    for count in _each_part(waiting, workers):
        read += count
        on_progress(read, len(found))


def _each_part(waiting: Sequence[tuple[Sequence[Recording], Path]], workers: int) -> Iterator[int]:
    if workers == 1 or len(waiting) < 2:
        yield from (_read_part(chunk, path) for chunk, path in waiting)
        return
    with ProcessPoolExecutor(workers) as pool:
        yield from pool.map(_read_part, *zip(*waiting, strict=True))


def _read_part(chunk: Sequence[Recording], path: Path) -> int:
    rows: list[ClipRow] = []
    features: list[NDArray[np.float32]] = [np.zeros((0, ms272.WIDTH), dtype=np.float32)]
    rejected: list[Rejected] = []
    for recording in chunk:
        for clip in (piece for whole in _clips(recording, rejected) for piece in _pieces(whole)):
            fault = fault_of(clip.motion)
            if fault is not None:
                rejected.append(Rejected(clip.name, fault))
                continue
            rows.append(ClipRow.of_clip(clip, _captions(clip)))
            features.append(ms272.encode(clip.motion).astype(np.float32))
    index = json.dumps({"rows": [asdict(row) for row in rows], "rejected": [asdict(one) for one in rejected]})
    with written_whole(path) as temporary:
        np.savez(temporary, features=np.concatenate(features), index=np.array(index))
    return len(chunk)


def _pieces(clip: Clip) -> list[Clip]:
    """A long recording that nobody described in pieces of some seconds, each with its own caption; else all of it."""
    if clip.captions or knows(clip.content, clip.style) or clip.motion.seconds <= _LONGEST_WHOLE_S:
        return [clip]
    count = round(clip.motion.seconds / _PIECE_S)
    bounds = np.linspace(0, len(clip.motion), count + 1).round().astype(int)
    return [
        replace(clip, name=f"{clip.name}{PIECE}{number}", motion=clip.motion.frames(start, end))
        for number, (start, end) in enumerate(pairwise(bounds.tolist()))
    ]


def _captions(clip: Clip) -> tuple[str, ...]:
    """The source's own; none where its labels have words; else what is seen, in the manner that the style names."""
    if clip.captions or knows(clip.content, clip.style):
        return clip.captions
    manner = "" if clip.style == "normal" else f"in a {clip.style.replace('-', ' ')} way"
    return captions_of_motion(clip.motion, _WORDINGS, manner) or (f"a person moves {manner}".strip(),)


def _clips(recording: Recording, rejected: list[Rejected]) -> Sequence[Clip]:
    try:
        return recording.load()
    except UserError as error:
        reason = str(error).rstrip(".")
    except (OSError, ValueError) as error:  # NaN in a motion is a ValueError of Motion
        reason = str(error)
    rejected.append(Rejected(recording.name, reason))
    return []


def _join(parts: Path, count: int, folder: Path, fingerprint: str) -> None:
    rejected: list[dict[str, str]] = []
    numbers = range(-(-count // _RECORDINGS_IN_PART))

    def entries() -> Iterator[tuple[ClipRow, NDArray[np.float32]]]:
        for number in numbers:
            with np.load(parts / f"{number:06d}.npz", allow_pickle=False) as part:
                features, index = part["features"], json.loads(str(part["index"]))
            start = 0
            for fields in index["rows"]:
                row = ClipRow.from_json(fields)
                yield row, features[start : start + row.frames]
                start += row.frames
            rejected.extend(index["rejected"])

    clips = entries()
    first = next(clips, None)
    if first is None:
        reason = f" ({rejected[0]['name']}: {rejected[0]['reason']})" if rejected else ""
        raise UserError(f"None of the {count} recordings can be used{reason}.")
    write_shards(_after(first, clips), folder, fingerprint)
    with written_whole(folder / _REJECTED) as temporary:
        temporary.write_text(json.dumps(rejected, indent=0), encoding="utf-8")


def _after(first: tuple[ClipRow, NDArray[np.float32]], rest: Iterator) -> Iterator:
    yield first
    yield from rest


def _rejected(folder: Path) -> list[Rejected]:
    try:
        return [Rejected(**one) for one in json.loads((folder / _REJECTED).read_text(encoding="utf-8"))]
    except (OSError, ValueError, TypeError):
        return []
