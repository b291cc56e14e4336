"""Strangers: no token, a foreign name, a web page, a body without end; each is answered, and learns nothing."""

from __future__ import annotations

import os
import socket
import stat
from http.client import HTTPConnection
from pathlib import Path

import pytest

from engine.errors import UserError
from engine.service import access, folders
from engine.service.access import LARGEST_BODY, is_loopback

GUARDED = ["/v1/health", "/v1/info", "/v1/models", "/v1/jobs/x", "/v1/jobs/x/events", "/openapi.json", "/"]


def raw(service, request: bytes, hang_up: bool = True) -> bytes:
    """The answer to bytes that no well-behaved client would send; `hang_up` says that no more will come."""
    with socket.create_connection((service.client.host, service.client.port), timeout=30) as connection:
        connection.sendall(request)
        if hang_up:
            connection.shutdown(socket.SHUT_WR)
        return b"".join(iter(lambda: connection.recv(65536), b""))


@pytest.mark.parametrize("path", GUARDED)
@pytest.mark.parametrize(
    "authorization", [None, "", "Bearer", "Bearer ", "Bearer wrong", "Basic {token}", "{token}", "Bearer {token}x"]
)
def test_without_the_token_nothing_is_answered(service, path, authorization):
    client = service.client
    connection = HTTPConnection(client.host, client.port, timeout=30)
    headers = {} if authorization is None else {"Authorization": authorization.format(token=client.token)}
    connection.request("GET", path, headers=headers)
    response = connection.getresponse()
    content = response.read()
    connection.close()
    assert response.status == 401
    assert response.getheader("WWW-Authenticate") == "Bearer"
    assert client.token.encode() not in content


def test_a_second_authorization_does_not_help(service):
    token = service.client.token
    headers = f"Host: 127.0.0.1\r\nAuthorization: Bearer wrong\r\nAuthorization: Bearer {token}\r\n"
    assert raw(service, f"GET /v1/health HTTP/1.1\r\n{headers}\r\n".encode()).startswith(b"HTTP/1.1 401")


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "evil.example:80",
        "127.0.0.1.evil.example",
        "localhost.evil.example",
        "192.168.0.1",
        "127.0.0.1@evil.example",
        "[::1",
        "",
    ],
)
def test_under_a_foreign_name_nothing_is_answered(client, host):
    """A page whose name resolves to this machine (DNS rebinding) sends its own name."""
    assert client.get("/v1/info", Host=host).status == 421


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "LOCALHOST:9", "[::1]:80", "127.0.0.1:1"])
def test_our_own_names_are_known(client, host):
    assert client.get("/v1/info", Host=host).status == 200


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "http://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://127.0.0.1"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
)
@pytest.mark.parametrize("method", ["GET", "POST", "OPTIONS"])
def test_a_page_reads_nothing_even_with_the_token(client, headers, method):
    answer = client.ask(method, "/v1/motions", headers={**headers, "Access-Control-Request-Method": "POST"})
    assert answer.status == 403
    assert not [name for name in answer.headers if name.startswith("access-control")]
    assert answer.headers["cross-origin-resource-policy"] == "same-origin"


def test_a_body_that_says_it_is_too_large_is_not_read(service):
    token = service.client.token
    head = f"POST /v1/motions/upload HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {token}\r\n"
    head += "Connection: close\r\n"
    answer = raw(service, f"{head}Content-Length: {LARGEST_BODY + 1}\r\n\r\n".encode(), hang_up=False)
    assert answer.startswith(b"HTTP/1.1 413")


@pytest.mark.parametrize("chunked", [False, True])
def test_a_body_beyond_the_limit_is_refused_and_the_answer_arrives(client, chunked):
    def parts():
        for _ in range(LARGEST_BODY // 2**20 + 1):
            yield bytes(2**20)

    body = parts() if chunked else b"".join(parts())
    answer = client.ask("POST", "/v1/motions/upload", body, {"Content-Type": "application/x-npz"})
    assert answer.status == 413
    assert "16 MB" in answer.json()["detail"]


def test_a_body_of_just_the_limit_is_read(client):
    answer = client.upload(bytes(LARGEST_BODY))
    assert answer.status == 422
    assert "not a readable motion file" in answer.json()["detail"]


def test_a_body_that_breaks_off_starts_no_job(service):
    token = service.client.token
    body = b'{"prompts": [{"text": "walk"}]}'
    head = f"POST /v1/motions HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {token}\r\n"
    head += f"Content-Type: application/json\r\nContent-Length: {len(body) + 10}\r\n\r\n"
    assert b"job_id" not in raw(service, head.encode() + body)


@pytest.mark.skipif(os.name != "posix", reason="Windows has lists of rights instead of modes")
def test_the_token_is_for_this_user_only(service):
    path = Path(service.ready["token_file"])
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert len(service.client.token) >= 43


@pytest.fixture
def runtime(tmp_path, monkeypatch):
    for name in ("XDG_RUNTIME_DIR", "LOCALAPPDATA"):
        monkeypatch.setenv(name, str(tmp_path))
    return folders.runtime_folder()


def test_every_start_has_a_token_of_its_own_which_goes_at_the_end(runtime):
    with access.token_file() as (first, path):
        assert path.read_text(encoding="ascii") == first
    assert not path.exists()
    with access.token_file() as (second, _):
        assert first != second


def test_tokens_of_killed_services_are_cleared_away(runtime):
    dead, alive, other = runtime / "token-999999999", runtime / f"token-{os.getppid()}", runtime / "notes.txt"
    for path in (dead, alive, other):
        path.write_text("x", encoding="ascii")
    with access.token_file():
        assert [path.exists() for path in (dead, alive, other)] == [False, True, True]


@pytest.mark.skipif(os.name != "posix", reason="on Windows the folder lies in the user's own")
def test_a_runtime_folder_that_is_a_link_is_refused(tmp_path, monkeypatch):
    """In a shared temporary folder a stranger could lay one, to a place of his."""
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "motionwright").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(UserError, match="XDG_RUNTIME_DIR"):
        folders.runtime_folder()


@pytest.mark.parametrize(("host", "expected"), [("127.0.0.1", True), ("127.9.9.9", True), ("::1", True)])
def test_loopback_addresses(host, expected):
    assert is_loopback(host) is expected


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.2", "example.org", ""])
def test_other_addresses_are_remote(host):
    assert not is_loopback(host)
