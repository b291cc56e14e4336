"""Talking to a running engine over HTTP, with the standard library alone.

Every call blocks and has a time limit: made on a task's thread, never on Blender's main thread. Proxies are not asked:
the engine is on this machine or was named by its address.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.client import HTTPConnection, HTTPException, HTTPResponse, HTTPSConnection
from typing import Any
from urllib.parse import quote, urlsplit

from . import answers
from .answers import Alignment, Info, JobState, Model
from .errors import EngineError, Remedy

ANSWER_SECONDS = 15.0
EVENT_SECONDS = 30.0
"""The engine sends a comment line more often than this while nothing happens."""
_LARGEST_ANSWER = 256 * 1024 * 1024


class EngineClient:
    """One engine, at `url` (http or https), opened by `token`; `remedy` mends it where it does not answer."""

    def __init__(self, url: str, token: str, remedy: Remedy = Remedy.RESTART) -> None:
        parts = urlsplit(url)
        try:
            port = parts.port
        except ValueError:
            port = -1
        if parts.scheme not in ("http", "https") or not parts.hostname or port == -1:
            raise EngineError(
                f"“{url}” is no address of an engine; give one like http://127.0.0.1:8765.", Remedy.PREFERENCES
            )
        self.url = url.rstrip("/")
        self._host, self._port = parts.hostname, port
        self._path = parts.path.rstrip("/")
        self._connection_class = HTTPSConnection if parts.scheme == "https" else HTTPConnection
        self._token = token
        self._remedy = remedy

    @property
    def token(self) -> str:
        """What opens the engine; for a program that may ask it in this one's place."""
        return self._token

    def info(self) -> Info:
        """What the engine and its model are."""
        return _read(answers.info, self._json("GET", "/v1/info"))

    def generate(self, body: Mapping[str, Any]) -> str:
        """Ask for motions; `body` as in `POST /v1/motions`. Returns the job's id."""
        return str(self._json("POST", "/v1/motions", body)["job_id"])

    def upload(self, npz: bytes) -> str:
        """Give the engine a motion file. Returns the motion's id."""
        return str(self._json("POST", "/v1/motions/upload", npz)["motion_id"])

    def regenerate(self, motion_id: str, body: Mapping[str, Any]) -> str:
        """Ask for a range of a motion anew; `body` as in `POST /v1/motions/{id}/regenerate`. Returns the job's id."""
        return str(self._json("POST", f"/v1/motions/{quote(motion_id, '')}/regenerate", body)["job_id"])

    def job(self, job_id: str) -> JobState:
        """Where a job is now."""
        return _read(answers.job_state, self._json("GET", f"/v1/jobs/{quote(job_id, '')}"))

    def events(self, job_id: str) -> Iterator[JobState]:
        """A job's states as they come; the last one has ended. EngineError where the engine falls silent."""
        with self._answer("GET", f"/v1/jobs/{quote(job_id, '')}/events", None, EVENT_SECONDS) as response:
            for line in response:
                if line.startswith(b"data:"):
                    state = _read(answers.job_state, _parsed(line[len(b"data:") :]))
                    yield state
                    if state.ended:
                        return
        raise EngineError("The engine ended in the middle of the job; restart it and try again.", self._remedy)

    def cancel(self, job_id: str) -> None:
        """Stop a job within one step; nothing happens where it has ended already."""
        self._json("DELETE", f"/v1/jobs/{quote(job_id, '')}")

    def motion(self, motion_id: str) -> bytes:
        """A motion as the bytes of its npz file."""
        return self._bytes("GET", f"/v1/motions/{quote(motion_id, '')}", accept="application/x-npz")

    def bvh(self, motion_id: str) -> bytes:
        """A motion as the bytes of a BVH file."""
        return self._bytes("GET", f"/v1/motions/{quote(motion_id, '')}", accept="text/x-bvh")

    def alignment(self, motion_id: str) -> Alignment:
        """How strongly each word of a motion's prompt was looked at over time."""
        return _read(answers.alignment, self._json("GET", f"/v1/motions/{quote(motion_id, '')}/alignment"))

    def models(self) -> tuple[Model, ...]:
        """The models that the engine can load."""
        return _read(answers.models, self._json("GET", "/v1/models"))

    def activate(self, name: str) -> None:
        """Have the engine load another model."""
        self._json("PUT", "/v1/models/active", {"name": name})

    def _json(self, method: str, path: str, body: Mapping[str, Any] | bytes | None = None) -> Any:
        content = self._bytes(method, path, body)
        return _parsed(content) if content else {}

    def _bytes(
        self, method: str, path: str, body: Mapping[str, Any] | bytes | None = None, accept: str = "application/json"
    ) -> bytes:
        with self._answer(method, path, body, ANSWER_SECONDS, accept) as response:
            content = response.read(_LARGEST_ANSWER + 1)
        if len(content) > _LARGEST_ANSWER:
            raise EngineError("The engine's answer is too large; ask for a shorter motion.")
        return content

    @contextmanager
    def _answer(
        self, method: str, path: str, body: Mapping[str, Any] | bytes | None, seconds: float, accept: str = "*/*"
    ) -> Iterator[HTTPResponse]:
        """An answer of success, still to be read; every failure, also while it is read, is an EngineError."""
        content, kind = _content(body)
        headers = {"Authorization": f"Bearer {self._token}", "Accept": accept, **kind}
        connection = self._connection_class(self._host, self._port, timeout=seconds)
        try:
            connection.request(method, f"{self._path}{path}", content, headers)
            response = connection.getresponse()
            if response.status >= 300:
                raise self._refusal(response.status, response.read(1 << 16))
            yield response
        except TimeoutError as error:
            raise EngineError(
                f"The engine at {self.url} gave no answer for {seconds:.0f} seconds; restart it.", self._remedy
            ) from error
        except (OSError, HTTPException) as error:
            raise EngineError(f"The engine at {self.url} does not answer; restart it.", self._remedy) from error
        finally:
            connection.close()

    def _refusal(self, status: int, content: bytes) -> EngineError:
        if status == 401:
            return EngineError("The engine does not accept this token; restart it, or enter its token.", self._remedy)
        try:
            problem = json.loads(content)
            sentence = str(problem.get("detail") or problem.get("title") or "")
        except (ValueError, AttributeError):
            sentence = ""
        return EngineError(sentence or f"The engine refused with status {status}; restart it.", self._remedy_of(status))

    def _remedy_of(self, status: int) -> Remedy:
        return self._remedy if status >= 500 else Remedy.NONE


def _content(body: Mapping[str, Any] | bytes | None) -> tuple[bytes | None, dict[str, str]]:
    """A request's body, and the header that names its kind."""
    if body is None:
        return None, {}
    if isinstance(body, bytes):
        return body, {"Content-Type": "application/x-npz"}
    return json.dumps(body).encode(), {"Content-Type": "application/json"}


def _parsed(content: bytes) -> Any:
    try:
        return json.loads(content)
    except ValueError as error:
        raise _no_engine() from error


def _read(reader: Any, answer: Any) -> Any:
    """The answer as a record; what is no such answer comes from something else than our engine."""
    try:
        return reader(answer)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise _no_engine() from error


def _no_engine() -> EngineError:
    return EngineError(
        "What answers at this address is no engine of this version; look at the address in the preferences.",
        Remedy.PREFERENCES,
    )
