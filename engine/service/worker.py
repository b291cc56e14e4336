"""The one thread that owns the model: it takes orders from a queue of bounded length, one after another."""

from __future__ import annotations

import logging
import threading
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from engine.errors import UserError
from engine.service.jobs import Failure, Job, JobBoard, JobState
from engine.service.store import MotionStore, Take

if TYPE_CHECKING:
    from engine.generator import Engine
    from engine.sampling.sampler import Progress

Work = Callable[["Engine", "Progress", Callable[[], bool]], Sequence[Take]]
"""What a job does with the engine; it reports rounds and asks whether it was cancelled."""

QUEUE_LENGTH = 16
_JOIN_SECONDS = 5.0

_log = logging.getLogger("motionwright.worker")


class QueueFullError(Exception):
    """There are as many jobs waiting as may wait."""


@dataclass(frozen=True)
class _JobOrder:
    job_id: str
    work: Work
    cancelled: threading.Event = field(default_factory=threading.Event)


@dataclass(frozen=True)
class _ModelOrder:
    load: Callable[[], Engine]
    loaded: Future[Engine] = field(default_factory=Future)


class Worker:
    """A queue and its thread. engine: the model in use; replaced between jobs, never during one."""

    def __init__(self, board: JobBoard, store: MotionStore) -> None:
        self._board = board
        self._store = store
        self._engine: Engine | None = None
        self._orders: deque[_JobOrder | _ModelOrder] = deque()
        self._running: _JobOrder | None = None
        self._closed = False
        self._change = threading.Condition()
        self._thread = threading.Thread(target=self._work, name="worker", daemon=True)
        self._thread.start()

    @property
    def engine(self) -> Engine:
        if self._engine is None:
            raise RuntimeError("no model was loaded yet")
        return self._engine

    def load(self, load: Callable[[], Engine]) -> Future[Engine]:
        """Have `load` called on the worker's thread, after the jobs that wait; its engine is the one from then on.

        Where it raises, the engine stays as it was. QueueFullError where too much waits already.
        """
        order = _ModelOrder(load)
        self._enqueue(order)
        return order.loaded

    def submit(self, work: Work) -> Job:
        """Queue a job. QueueFullError where too many wait already."""
        job = self._board.new()
        try:
            self._enqueue(_JobOrder(job.id, work))
        except QueueFullError:
            self._board.drop(job.id)
            raise
        return job

    def cancel(self, job_id: str) -> None:
        """Take a job off the queue, or have the running one stop before its next call of the model."""
        with self._change:
            running = self._running
            waiting = next((o for o in self._orders if isinstance(o, _JobOrder) and o.job_id == job_id), None)
            if waiting is not None:
                self._orders.remove(waiting)
        if waiting is not None:
            self._board.update(job_id, state=JobState.CANCELLED)
        elif running is not None and running.job_id == job_id:
            running.cancelled.set()

    def close(self) -> None:
        """Stop the running job, drop the others, and end the thread."""
        with self._change:
            self._closed = True
            self._orders.clear()
            if self._running is not None:
                self._running.cancelled.set()
            self._change.notify()
        self._thread.join(_JOIN_SECONDS)

    def _enqueue(self, order: _JobOrder | _ModelOrder) -> None:
        with self._change:
            if len(self._orders) >= QUEUE_LENGTH:
                raise QueueFullError
            self._orders.append(order)
            self._change.notify()

    def _work(self) -> None:
        while (order := self._next()) is not None:
            if isinstance(order, _ModelOrder):
                self._load(order)
            else:
                self._run(order)
            with self._change:
                self._running = None

    def _next(self) -> _JobOrder | _ModelOrder | None:
        with self._change:
            self._change.wait_for(lambda: self._orders or self._closed)
            if self._closed:
                return None
            order = self._orders.popleft()
            self._running = order if isinstance(order, _JobOrder) else None
            return order

    def _load(self, order: _ModelOrder) -> None:
        try:
            self._engine = order.load()
        except BaseException as error:  # whoever waits for the model raises it again
            order.loaded.set_exception(error)
        else:
            order.loaded.set_result(self._engine)

    def _run(self, order: _JobOrder) -> None:
        from engine.sampling.sampler import Cancelled

        self._board.update(order.job_id, state=JobState.RUNNING)
        try:
            takes = order.work(self.engine, self._progress(order.job_id), order.cancelled.is_set)
            motion_ids = self._store.add(takes)
        except Cancelled:
            self._end(order, JobState.CANCELLED)
        except UserError as error:
            self._end(order, JobState.FAILED, error=Failure("Not possible", str(error)))
        except MemoryError:
            detail = "There was not enough memory for this job; ask for fewer variations or less time."
            self._end(order, JobState.FAILED, error=Failure("Out of memory", detail))
        except Exception:
            _log.exception("job %s failed", order.job_id)
            detail = "The engine made a mistake; its log tells more. Ask again, or for something else."
            self._end(order, JobState.FAILED, error=Failure("Internal error", detail))
        else:
            self._end(order, JobState.DONE, motion_ids=tuple(motion_ids))

    def _progress(self, job_id: str) -> Progress:
        def report(done: int, rounds: int) -> None:
            self._board.update(job_id, round=done, rounds=rounds)

        return report

    def _end(self, order: _JobOrder, state: JobState, **changes: object) -> None:
        _log.info("job %s: %s", order.job_id, state)
        self._board.update(order.job_id, state=state, **changes)
