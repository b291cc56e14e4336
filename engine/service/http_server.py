"""The service on a socket: HTTP by uvicorn, one line on stdout when it is ready, and a clean end when it is told."""

from __future__ import annotations

import json
import os
import signal
import socket
import threading
from contextlib import AbstractContextManager, nullcontext
from importlib.metadata import version
from pathlib import Path

import uvicorn

from engine.service.app import create_app
from engine.service.process import when_parent_ends
from engine.service.service import Service

_GRACE_SECONDS = 3
_LAST_RESORT_SECONDS = 15.0


def run(
    service: Service, listener: socket.socket, token: str, token_path: Path, *, remote: bool, with_parent: bool
) -> None:
    """Answer on `listener` until a signal, or with_parent the end of the parent, says stop."""
    app = create_app(service, token, remote)
    server = _Server(_uvicorn_config(app), service, _ready_line(listener, token_path, service))
    _stop_when_told(server, with_parent)
    server.run(sockets=[listener])


class _Server(uvicorn.Server):
    """Uvicorn that says when it is ready, and ends the streams that would keep it from ending."""

    def __init__(self, config: uvicorn.Config, service: Service, ready_line: str) -> None:
        super().__init__(config)
        self._service = service
        self._ready_line = ready_line

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        print(self._ready_line, flush=True)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._service.streams.close()
        await super().shutdown(sockets)

    def capture_signals(self) -> AbstractContextManager[None]:  # type: ignore[override]
        """None: uvicorn would raise them again after its end, and so cut off ours."""
        return nullcontext()


def _ready_line(listener: socket.socket, token_path: Path, service: Service) -> str:
    host, port = listener.getsockname()[:2]
    name = f"[{host}]" if ":" in host else host
    line = {
        "url": f"http://{name}:{port}",
        "token_file": str(token_path),
        "pid": os.getpid(),
        "provider": service.engine.bundle.provider,
        "version": version("motionwright"),
    }
    return json.dumps(line, ensure_ascii=False)


def _uvicorn_config(app: object) -> uvicorn.Config:
    return uvicorn.Config(
        app,  # type: ignore[arg-type]
        http="h11",
        ws="none",
        loop="asyncio",
        log_config=None,
        access_log=False,
        proxy_headers=False,
        server_header=False,
        timeout_graceful_shutdown=_GRACE_SECONDS,
    )


def _stop_when_told(server: uvicorn.Server, with_parent: bool) -> None:
    def stop(*_: object) -> None:
        server.should_exit = True
        last_resort = threading.Timer(_LAST_RESORT_SECONDS, os._exit, (1,))
        last_resort.daemon = True
        last_resort.start()

    for name in ("SIGTERM", "SIGINT", "SIGBREAK"):
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), stop)
    if with_parent:
        when_parent_ends(stop)
