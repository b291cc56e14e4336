"""A service in a process of its own, as another program starts it, and a small client for it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlsplit

import psutil

TOY = Path(__file__).parent.parent / "bundle" / "toy"
READY_SECONDS = 60
LONG = {"prompts": [{"text": "a person walks", "seconds": 120}], "variations": 16, "flow_steps": 200, "rounds": 1000}
"""A job that lasts for seconds, in many short steps."""


@dataclass(frozen=True)
class Answer:
    status: int
    headers: dict[str, str]
    content: bytes

    def json(self):
        return json.loads(self.content)


class Client:
    """Requests with the service's token. Every one on a connection of its own, so that threads may share a client."""

    def __init__(self, url: str, token: str) -> None:
        self.url, self.token = url, token
        self.host, self.port = urlsplit(url).hostname, urlsplit(url).port

    def ask(self, method, path, body=None, headers=None) -> Answer:
        connection = HTTPConnection(self.host, self.port, timeout=30)
        if isinstance(body, dict):
            body, headers = json.dumps(body), {"Content-Type": "application/json", **(headers or {})}
        try:
            connection.request(method, path, body, {"Authorization": f"Bearer {self.token}", **(headers or {})})
            response = connection.getresponse()
            lowered = {name.lower(): value for name, value in response.getheaders()}
            return Answer(response.status, lowered, response.read())
        finally:
            connection.close()

    def get(self, path, **headers) -> Answer:
        return self.ask("GET", path, headers={name.replace("_", "-"): value for name, value in headers.items()})

    def generate(self, text="a person walks forward", **settings) -> str:
        """The id of a new job."""
        answer = self.ask("POST", "/v1/motions", {"prompts": [{"text": text, "seconds": 1}], **settings})
        assert answer.status == 202, answer.content
        return answer.json()["job_id"]

    def upload(self, content: bytes) -> Answer:
        return self.ask("POST", "/v1/motions/upload", content, {"Content-Type": "application/x-npz"})

    def cancel(self, job_id) -> Answer:
        return self.ask("DELETE", f"/v1/jobs/{job_id}")

    def job(self, job_id) -> dict:
        return self.get(f"/v1/jobs/{job_id}").json()

    def events(self, job_id) -> Iterator[dict]:
        """The job's states as they come, to the last."""
        connection = HTTPConnection(self.host, self.port, timeout=30)
        try:
            connection.request("GET", f"/v1/jobs/{job_id}/events", headers={"Authorization": f"Bearer {self.token}"})
            for line in connection.getresponse():
                if line.startswith(b"data: "):
                    yield json.loads(line[6:])
        finally:
            connection.close()

    def finished(self, job_id) -> dict:
        """The last state of a job."""
        return list(self.events(job_id))[-1]

    def until(self, job_id, state) -> dict:
        """The first state of a job that is `state`; fails where it ends otherwise."""
        return next(job for job in self.events(job_id) if job["state"] == state)


@dataclass(frozen=True)
class Running:
    process: subprocess.Popen
    ready: dict
    client: Client
    store: Path
    log: Path

    def watched(self) -> psutil.Process:
        return psutil.Process(self.ready["pid"])

    def motions(self) -> list[str]:
        return sorted(path.stem for path in self.store.glob("[!.]*.npz"))


def environment(folder: Path) -> dict[str, str]:
    """Ours, but with the user's folders inside `folder`."""
    places = {name: str(folder) for name in ("XDG_RUNTIME_DIR", "XDG_DATA_HOME", "LOCALAPPDATA", "HOME")}
    return {**os.environ, **places, "OMP_NUM_THREADS": "1"}


def command(*options) -> list[str]:
    return [sys.executable, "-m", "engine", "serve", "--provider", "cpu", "--threads", "1", *map(str, options)]


@contextmanager
def serving(folder: Path, *options, model: Path | None = TOY, **popen) -> Iterator[Running]:
    """A service whose files all lie in `folder`; killed at the end, if it lives."""
    store, log = folder / "store", folder / "log.txt"
    named = () if model is None else ("--model", model)
    with log.open("ab") as stderr:
        process = subprocess.Popen(
            command("--store", store, *named, *options),
            stdout=subprocess.PIPE,
            stderr=stderr,
            env=environment(folder),
            **{"stdin": subprocess.DEVNULL, **popen},
        )
    try:
        ready = json.loads(first_line(process))
        token = Path(ready["token_file"]).read_text(encoding="utf-8")
        yield Running(process, ready, Client(ready["url"], token), store, log)
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


def first_line(process: subprocess.Popen) -> bytes:
    """What it says when it is ready; fails where it ends or hangs before."""
    overdue = threading.Timer(READY_SECONDS, process.kill)
    overdue.start()
    try:
        return process.stdout.readline()
    finally:
        overdue.cancel()


def becomes(condition, seconds=10.0) -> bool:
    """Whether `condition()` comes true in time."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(0.02)
    return bool(condition())
