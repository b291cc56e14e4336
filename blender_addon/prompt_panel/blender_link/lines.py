"""Lines of bounded length through pipes, read and written on threads of their own. No Qt, no bpy: both sides use it.

Whatever comes, reading goes on: an oversized line is skipped to its end and told as such.
"""

from __future__ import annotations

import contextlib
import queue
import threading
from collections.abc import Callable
from typing import IO

LARGEST_LINE = 64 * 1024
"""Bytes, without the line's end. Motions and projects go through files; a line only names them."""
_MOST_WAITING = 1000


class LineReader:
    """Reads lines until the stream ends, on a thread of its own, which makes all the calls.

    line(bytes): one of at most LARGEST_LINE bytes, blank ones left out. oversized(): one was longer. ended(): no more.
    """

    def __init__(
        self,
        stream: IO[bytes],
        line: Callable[[bytes], None],
        oversized: Callable[[], None],
        ended: Callable[[], None],
    ) -> None:
        self._stream, self._line, self._oversized, self._ended = stream, line, oversized, ended
        threading.Thread(target=self._read, name="motionwright-lines", daemon=True).start()

    def _read(self) -> None:
        with contextlib.suppress(OSError, ValueError):  # the other side is gone, or ours has closed the pipe
            while content := self._stream.readline(LARGEST_LINE + 1):
                if content.endswith(b"\n") or len(content) <= LARGEST_LINE:
                    if content.strip():
                        self._line(content.rstrip(b"\r\n"))
                else:
                    while content and not content.endswith(b"\n"):
                        content = self._stream.readline(LARGEST_LINE)
                    self._oversized()
        self._ended()


class LineWriter:
    """Writes lines in order on a thread of its own, so that a full pipe blocks nobody else."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream
        self._waiting: queue.Queue[bytes | None] = queue.Queue()
        self._thread = threading.Thread(target=self._write, name="motionwright-writing", daemon=True)
        self._thread.start()

    def write(self, line: bytes) -> bool:
        """Have a line written. False where the other side has not read for so long that this one is dropped."""
        if self._waiting.qsize() >= _MOST_WAITING:
            return False
        self._waiting.put(line + b"\n")
        return True

    def close(self, seconds: float) -> None:
        """Write what waits, for at most so long, then close the stream."""
        self._waiting.put(None)
        self._thread.join(seconds)

    def _write(self) -> None:
        with contextlib.suppress(OSError, ValueError):  # whoever read is gone; the reader hears of it too
            while (line := self._waiting.get()) is not None:
                self._stream.write(line)
                self._stream.flush()
        with contextlib.suppress(OSError, ValueError):
            self._stream.close()
