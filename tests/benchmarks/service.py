"""The service's figures with the embedded bundle: ready, a motion over HTTP, idle, cancel, a crowd, memory.

Run by hand: `python -m tests.benchmarks.service [--crowd-seconds 60]`; exit status 1 where a bound is exceeded.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import psutil

from tests.engine.service.running import Running, becomes, serving
from tests.engine.service.test_load import Crowd, held

THREADS = ("--threads", str(psutil.cpu_count(logical=False) or 1))
STARTS = 5
REPEATS = 12
CANCELS = 25
IDLE_SECONDS = 20.0
BOUNDS = {"ready": 3.0, "idle": 1.0, "memory": 700.0, "cancel": 0.3}
LONG = {"prompts": [{"text": "a person walks forward", "seconds": 60}], "variations": 4, "preset": "best"}


@dataclass(frozen=True)
class Figure:
    """A measured value with its unit; bound: what it may be at most, None where there is none."""

    name: str
    value: float
    unit: str
    bound: float | None = None

    @property
    def holds(self) -> bool:
        return self.bound is None or self.value <= self.bound

    def __str__(self) -> str:
        bound = "" if self.bound is None else f"  (at most {self.bound:g}{'' if self.holds else ': EXCEEDED'})"
        return f"{self.name:<58}{self.value:>9.3g} {self.unit}{bound}"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--crowd-seconds", type=float, default=60.0)
    arguments = parser.parse_args()
    holds = True
    for figure in measured(arguments.crowd_seconds):
        print(figure, flush=True)
        holds = holds and figure.holds
    return 0 if holds else 1


def measured(crowd_seconds: float) -> Iterator[Figure]:
    yield from starts()
    with tempfile.TemporaryDirectory() as folder, serving(Path(folder), *THREADS, model=None) as service:
        yield from motions(service)
        yield idle(service)
        yield from cancels(service)
        yield from hundred_cancels(service)
        yield from crowd(service, crowd_seconds)
        peak = service.client.get("/v1/info").json()["memory_mb"]
        yield Figure("peak memory after all that", peak, "MB", BOUNDS["memory"])


def starts() -> Iterator[Figure]:
    times = []
    for _ in range(STARTS):
        started = time.perf_counter()
        with tempfile.TemporaryDirectory() as folder, serving(Path(folder), *THREADS, model=None):
            times.append(time.perf_counter() - started)
    yield Figure("start to ready, fastest of five", min(times), "s", BOUNDS["ready"])
    yield Figure("start to ready, median", median(times), "s")


def motions(service: Running) -> Iterator[Figure]:
    """From sending the prompt, a new one each time, until the motion file is read."""
    client = service.client
    for seconds in (4, 10):
        times = []
        for repeat in range(REPEATS):
            started = time.perf_counter()
            prompt = {"text": f"a person walks forward number {seconds} {repeat}", "seconds": seconds}
            job = client.finished(client.generate(prompts=[prompt]))
            client.get(f"/v1/motions/{job['motion_ids'][0]}")
            times.append(time.perf_counter() - started)
        yield Figure(f"{seconds} s of motion, prompt to file, fastest of {REPEATS}", 1000 * min(times), "ms")


def idle(service: Running) -> Figure:
    """Processor time of the idle service, once it has worked."""
    client, process = service.client, service.watched()
    client.finished(client.generate())
    time.sleep(1.0)
    before = sum(process.cpu_times()[:2])
    time.sleep(IDLE_SECONDS)
    used = sum(process.cpu_times()[:2]) - before
    return Figure("idle, share of one core", 100 * used / IDLE_SECONDS, "%", BOUNDS["idle"])


def cancels(service: Running) -> Iterator[Figure]:
    """From the request to cancel until the next job runs, at moments that fall into all rounds."""
    client, times = service.client, []
    for k in range(CANCELS):
        running = client.ask("POST", "/v1/motions", LONG).json()["job_id"]
        client.until(running, "running")
        after = client.generate()
        events = client.events(after)
        assert next(events)["state"] == "queued"
        time.sleep(0.04 * k)
        asked = time.perf_counter()
        client.cancel(running)
        state = next(events)["state"]
        times.append(time.perf_counter() - asked)
        assert state in ("running", "done")
        assert client.job(running)["state"] == "cancelled"
        assert list(events)[-1]["state"] == "done"
    yield Figure("cancel to next job running, median", 1000 * median(times), "ms")
    yield Figure("cancel to next job running, slowest", 1000 * max(times), "ms", 1000 * BOUNDS["cancel"])


def hundred_cancels(service: Running) -> Iterator[Figure]:
    client, process = service.client, service.watched()

    def cancel_one() -> None:
        job_id = client.ask("POST", "/v1/motions", LONG).json()["job_id"]
        client.until(job_id, "running")
        client.cancel(job_id)
        assert client.finished(job_id)["state"] == "cancelled"

    for _ in range(20):
        cancel_one()
    threads, handles, memory = held(process)
    files = len(list(service.store.iterdir()))
    for _ in range(100):
        cancel_one()
    becomes(lambda: held(process)[:2] <= (threads, handles), 5.0)
    after = held(process)
    yield Figure("a hundred cancels: threads left", after[0] - threads, "", 0)
    yield Figure("a hundred cancels: file handles left", after[1] - handles, "", 0)
    yield Figure("a hundred cancels: files left", len(list(service.store.iterdir())) - files, "", 0)
    yield Figure("a hundred cancels: memory grown by", (after[2] - memory) / 2**20, "MB", 8)


def crowd(service: Running, seconds: float) -> Iterator[Figure]:
    """Fifty clients at once: every answer is theirs, or asks to come again."""
    clients = Crowd(service.client, seconds)
    clients.run(50)
    for mistake in clients.wrong[:5]:
        print(mistake)
    for kind, count in sorted(clients.answers.items(), key=str):
        yield Figure(f"fifty clients for {seconds:g} s: {kind}", count, "")
    ended = clients.answers["done"] + clients.answers["cancelled"]
    yield Figure("fifty clients: mixed up or failed", len(clients.wrong), "", 0)
    yield Figure("fifty clients: jobs lost", clients.answers[202] - ended, "", 0)


if __name__ == "__main__":
    raise SystemExit(main())
