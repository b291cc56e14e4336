"""A job's states as server-sent events (WHATWG HTML, 9.2): each change, from the present state to the last."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator

from engine.service.jobs import JobBoard
from engine.service.schemas import JobAnswer

KEEP_ALIVE_SECONDS = 10.0


class EventStreams:
    """The streams that are open, so that all can be ended when the service ends."""

    def __init__(self, board: JobBoard) -> None:
        self._board = board
        self._changes: set[asyncio.Event] = set()
        self._closing = False

    def close(self) -> None:
        """End every stream; called on the event loop."""
        self._closing = True
        for change in self._changes:
            change.set()

    async def of(self, job_id: str) -> AsyncIterator[str]:
        """The events of a job. A slow reader misses states, never the last; a comment keeps a silent line open."""
        loop = asyncio.get_running_loop()
        change = asyncio.Event()

        def tell() -> None:
            with contextlib.suppress(RuntimeError):  # the loop has ended, and with it whoever listened
                loop.call_soon_threadsafe(change.set)

        self._changes.add(change)
        try:
            with self._board.watching(job_id, tell):
                while not self._closing:
                    change.clear()
                    job = self._board.get(job_id)
                    if job is None:
                        return
                    yield f"event: state\ndata: {JobAnswer.of(job).model_dump_json()}\n\n"
                    if job.is_over:
                        return
                    while not await _happens(change, KEEP_ALIVE_SECONDS):
                        yield ": keep-alive\n\n"
        finally:
            self._changes.discard(change)


async def _happens(change: asyncio.Event, within_seconds: float) -> bool:
    try:
        async with asyncio.timeout(within_seconds):
            await change.wait()
    except TimeoutError:
        return False
    return True
