"""Who may speak to the service: holders of the token, on this machine, and no web page.

A page in the user's browser can send requests to a loopback port, by a name of its own that resolves there if it must
(DNS rebinding). So the Host must be one of ours, an Origin is refused, and no header ever allows a page to read.
"""

from __future__ import annotations

import asyncio
import hmac
import ipaddress
import os
import re
import secrets
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from engine.errors import UserError
from engine.service.folders import runtime_folder
from engine.service.problems import Problem, ProblemError, problem_response
from engine.service.process import is_alive

LARGEST_BODY = 16 * 2**20
_DRAIN_SECONDS = 2.0
_LOOPBACK_NAMES = frozenset({"localhost", "127.0.0.1", "::1"})
_TOKEN_FILE = re.compile(r"token-(\d{1,9})")
_GUARDING_HEADERS = (
    (b"cache-control", b"no-store"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"x-content-type-options", b"nosniff"),
)


@contextmanager
def token_file() -> Iterator[tuple[str, Path]]:
    """A new token and the file that holds it, which only this user can read; deleted at the end."""
    folder = runtime_folder()
    _forget_the_dead(folder)
    path = folder / f"token-{os.getpid()}"
    token = secrets.token_urlsafe(32)
    try:
        path.unlink(missing_ok=True)
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="ascii") as file:
            file.write(token)
    except OSError as error:
        raise UserError(f"The token file {path} can't be written ({error.strerror}); make room there.") from error
    try:
        yield token, path
    finally:
        path.unlink(missing_ok=True)


def _forget_the_dead(folder: Path) -> None:
    """Delete the tokens of services that were killed."""
    for path in folder.iterdir():
        match = _TOKEN_FILE.fullmatch(path.name)
        if match and not is_alive(int(match[1])):
            path.unlink(missing_ok=True)


def is_loopback(host: str) -> bool:
    """Whether an address to listen on is reached from this machine alone."""
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


class Access:
    """ASGI middleware: nothing behind it sees a request of a stranger, or a body beyond the limit."""

    def __init__(self, app: ASGIApp, token: str, remote: bool) -> None:
        """remote: whether other machines may ask, under any address or this machine's name."""
        self._app = app
        self._token = token.encode("ascii")
        self._remote = remote
        self._names = _LOOPBACK_NAMES | ({socket.gethostname().lower(), socket.getfqdn().lower()} if remote else set())

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        if scope["type"] != "http":
            return
        guarded = _guarded(send)
        try:
            self._refuse_strangers(scope)
            body = await _whole_body(scope, receive)
        except ProblemError as error:
            await problem_response(error.problem)(scope, receive, guarded)
        except ClientDisconnect:
            return
        else:
            await self._app(scope, _replayed(body, receive), guarded)

    def _refuse_strangers(self, scope: Scope) -> None:
        headers: list[tuple[bytes, bytes]] = scope["headers"]
        hosts = [value for name, value in headers if name == b"host"]
        if len(hosts) != 1 or not self._is_our_name(hosts[0]):
            raise _problem(421, "Misdirected request", "This service answers only under its own address; use its URL.")
        if any(name == b"origin" or (name == b"sec-fetch-site" and value != b"none") for name, value in headers):
            raise _problem(403, "No web pages", "Web pages can't use this service; call it from a program.")
        given = [value for name, value in headers if name == b"authorization"]
        if len(given) != 1 or not self._is_our_token(given[0]):
            detail = "Send the token from the service's token file as “Authorization: Bearer …”."
            raise _problem(401, "Token needed", detail, (("WWW-Authenticate", "Bearer"),))

    def _is_our_name(self, host: bytes) -> bool:
        try:
            name = urlsplit(f"//{host.decode('ascii')}").hostname or ""
        except ValueError:
            return False
        return name in self._names or (self._remote and _is_address(name))

    def _is_our_token(self, authorization: bytes) -> bool:
        scheme, _, token = authorization.partition(b" ")
        return hmac.compare_digest(token.strip(), self._token) and scheme.lower() == b"bearer"


def _problem(status: int, title: str, detail: str, headers: tuple[tuple[str, str], ...] = ()) -> ProblemError:
    return ProblemError(Problem(status, title, detail, headers))


def _is_address(name: str) -> bool:
    """An address can't be rebound as a name can."""
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def _guarded(send: Send) -> Send:
    async def send_guarded(message: Message) -> None:
        if message["type"] == "http.response.start":
            message = {**message, "headers": [*message.get("headers", ()), *_GUARDING_HEADERS]}
        await send(message)

    return send_guarded


async def _whole_body(scope: Scope, receive: Receive) -> bytes:
    """The request's body, counted as it comes, for a chunked one states no length."""
    declared = next((value for name, value in scope["headers"] if name == b"content-length"), b"0")
    body = bytearray()
    too_large, more = int(declared) > LARGEST_BODY, True
    while more and not too_large:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientDisconnect
        body += message.get("body", b"")
        too_large, more = len(body) > LARGEST_BODY, message.get("more_body", False)
    if too_large:
        await _drain(receive)
        raise _problem(413, "Body too large", f"A body has at most {LARGEST_BODY // 2**20} MB; send less.")
    return bytes(body)


async def _drain(receive: Receive) -> None:
    """Read on for a while: a client that is still sending would see a reset connection instead of our answer."""
    try:
        async with asyncio.timeout(_DRAIN_SECONDS):
            while (await receive()).get("more_body", False):
                pass
    except TimeoutError:
        return


def _replayed(body: bytes, receive: Receive) -> Receive:
    sent = False

    async def receive_again() -> Message:
        nonlocal sent
        if sent:
            return await receive()
        sent = True
        return {"type": "http.request", "body": body, "more_body": False}

    return receive_again
