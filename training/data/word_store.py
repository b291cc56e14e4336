"""Token embeddings on disk, by encoder and sentence: what was computed once is never computed again.

One SQLite file, so that several trainings may write at once and a killed one leaves it whole.
"""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

_ASKED_AT_ONCE = 500  # older SQLites take no more than 999 parameters
_WAIT_SECONDS = 120.0
_TABLES = """
CREATE TABLE IF NOT EXISTS words (key BLOB PRIMARY KEY, used INTEGER NOT NULL, embeddings BLOB NOT NULL);
CREATE INDEX IF NOT EXISTS words_by_use ON words (used);
"""


class WordStore:
    """The words (L, D) in float16 of sentences; beyond `limit_bytes` those go first that were not asked for longest."""

    def __init__(self, path: Path, limit_bytes: int = 2 << 30) -> None:
        self._path, self._limit_bytes = path, limit_bytes

    def read(self, encoder: str, sentences: Sequence[str]) -> dict[str, Tensor]:
        """Those of the sentences that are known of an encoder, which is named by its fingerprint."""
        sentence_of = {_key(encoder, sentence): sentence for sentence in sentences}
        found: dict[str, Tensor] = {}
        with self._opened() as database:
            now = _next_turn(database)
            all_keys = list(sentence_of)
            for start in range(0, len(all_keys), _ASKED_AT_ONCE):
                keys = all_keys[start : start + _ASKED_AT_ONCE]
                asked = f"({','.join('?' * len(keys))})"
                rows = database.execute(f"SELECT key, embeddings FROM words WHERE key IN {asked}", keys)
                found |= {sentence_of[key]: _tensor(embeddings) for key, embeddings in rows}
                database.execute(f"UPDATE words SET used = ? WHERE key IN {asked}", (now, *keys))
        return found

    def add(self, encoder: str, words: Mapping[str, Tensor]) -> None:
        """Keep the words (L, D) of sentences."""
        with self._opened() as database:
            now = _next_turn(database)
            rows = ((_key(encoder, sentence), now, _bytes(tensor)) for sentence, tensor in words.items())
            database.executemany("INSERT OR REPLACE INTO words VALUES (?, ?, ?)", rows)
            _trim(database, self._limit_bytes)

    @contextmanager
    def _opened(self) -> Iterator[sqlite3.Connection]:
        """A transaction: all of it is kept, or nothing."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        try:
            database = self._connected()
        except sqlite3.OperationalError:  # locked for too long, or a full disk: the file is whole
            raise
        except sqlite3.DatabaseError:  # damaged: what was in it can be computed again
            self._path.unlink()
            database = self._connected()
        with closing(database), database:
            database.execute("BEGIN IMMEDIATE")  # two that read first and then both want to write would wait forever
            yield database

    def _connected(self) -> sqlite3.Connection:
        database = sqlite3.connect(self._path, timeout=_WAIT_SECONDS)
        try:
            database.executescript(_TABLES)
        except sqlite3.DatabaseError:
            database.close()
            raise
        return database


def _key(encoder: str, sentence: str) -> bytes:
    return hashlib.sha256(f"{encoder}\n{sentence}".encode()).digest()


def _next_turn(database: sqlite3.Connection) -> int:
    return int(database.execute("SELECT COALESCE(MAX(used), 0) + 1 FROM words").fetchone()[0])


def _trim(database: sqlite3.Connection, limit_bytes: int) -> None:
    """Forget the oldest rows until what is left is within the limit; its file reuses their pages."""
    oldest_first = database.execute("SELECT key, LENGTH(embeddings) FROM words ORDER BY used, key").fetchall()
    size = sum(length for _, length in oldest_first)
    for key, length in oldest_first:
        if size <= limit_bytes:
            return
        database.execute("DELETE FROM words WHERE key = ?", (key,))
        size -= length


def _bytes(words: Tensor) -> bytes:
    """The width in four bytes, and the rows of float16, little-endian."""
    array = words.to(torch.float16).numpy()
    return array.shape[1].to_bytes(4, "little") + array.astype("<f2").tobytes()


def _tensor(stored: bytes) -> Tensor:
    width = int.from_bytes(stored[:4], "little")
    return torch.from_numpy(np.frombuffer(stored, dtype="<f2", offset=4).reshape(-1, width).copy())
