"""Jobs: what each is doing, and whoever waits to hear of it. Safe to use from any thread."""

from __future__ import annotations

import secrets
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

_REMEMBERED_JOBS = 2000


class JobState(StrEnum):
    """Where a job is on its way; the last three are final."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


@dataclass(frozen=True)
class Failure:
    """Why a job gave nothing; detail: a sentence that says what to do."""

    title: str
    detail: str


@dataclass(frozen=True)
class Job:
    """A job at one moment. round of rounds: how far sampling is; rounds is 0 until it begins."""

    id: str
    state: JobState = JobState.QUEUED
    round: int = 0
    rounds: int = 0
    motion_ids: tuple[str, ...] = ()
    error: Failure | None = None

    @property
    def is_over(self) -> bool:
        return self.state in (JobState.DONE, JobState.FAILED, JobState.CANCELLED)


class JobBoard:
    """The last jobs by their id; those that are over are forgotten, oldest first, once there are too many."""

    def __init__(self) -> None:
        self._jobs: OrderedDict[str, Job] = OrderedDict()
        self._watchers: dict[str, list[Callable[[], None]]] = {}
        self._lock = threading.Lock()

    def new(self) -> Job:
        """A queued job."""
        job = Job(secrets.token_hex(16))
        with self._lock:
            self._jobs[job.id] = job
            self._forget_oldest()
        return job

    def get(self, job_id: str) -> Job | None:
        """The job as it is now; None where it is unknown."""
        with self._lock:
            return self._jobs.get(job_id)

    def drop(self, job_id: str) -> None:
        """Forget a job that could not be queued."""
        with self._lock:
            self._jobs.pop(job_id, None)

    def update(self, job_id: str, **changes: Any) -> bool:
        """Change fields of a job and tell its watchers; False, and no change, where it is over already."""
        with self._lock:
            job = self._jobs.get(job_id)
            if job is None or job.is_over:
                return False
            self._jobs[job_id] = replace(job, **changes)
            watchers = list(self._watchers.get(job_id, ()))
        for tell in watchers:
            tell()
        return True

    @contextmanager
    def watching(self, job_id: str, tell: Callable[[], None]) -> Iterator[None]:
        """Have `tell` called, from whatever thread, after every change of a job."""
        with self._lock:
            self._watchers.setdefault(job_id, []).append(tell)
        try:
            yield
        finally:
            with self._lock:
                self._watchers[job_id].remove(tell)
                if not self._watchers[job_id]:
                    del self._watchers[job_id]

    def _forget_oldest(self) -> None:
        if len(self._jobs) > _REMEMBERED_JOBS:
            oldest = next((job.id for job in self._jobs.values() if job.is_over), None)
            if oldest is not None:
                del self._jobs[oldest]
