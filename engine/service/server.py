"""Running the service: a socket, a token, a model, one line on stdout when all is ready, and a clean end."""

from __future__ import annotations

import json
import logging
import os
import signal
import socket
import sys
import threading
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path

import uvicorn

from engine.bundle.bundle import DEFAULT_BUNDLE
from engine.errors import UserError
from engine.service.access import is_loopback, token_file
from engine.service.app import create_app
from engine.service.catalog import Catalog
from engine.service.folders import data_folder
from engine.service.process import when_parent_ends
from engine.service.service import EngineOptions, Service
from engine.service.store import DEFAULT_SIZE_MB, MotionStore

_GRACE_SECONDS = 3
_LAST_RESORT_SECONDS = 15.0
LOG_LEVELS = ("debug", "info", "warning", "error")

_log = logging.getLogger("motionwright.service")


@dataclass(frozen=True)
class ServeOptions:
    """host, port: where to listen; port 0 takes a free one. model: a bundle's folder; None is the embedded one.

    store: a folder; None is the user's. with_parent: end when the parent process ends, or closes our stdin.
    """

    host: str = "127.0.0.1"
    port: int = 0
    model: Path | None = None
    engine: EngineOptions = field(default_factory=EngineOptions)
    with_parent: bool = False
    allow_remote: bool = False
    store: Path | None = None
    store_size_mb: int = DEFAULT_SIZE_MB
    log_level: str = "info"


def serve(options: ServeOptions) -> None:
    """Serve until told to stop. UserError where that can't begin."""
    _log_to_stderr(options.log_level)
    remote = _is_remote(options)
    store = MotionStore(options.store or data_folder() / "motions", options.store_size_mb)
    model = None if options.model is None else options.model.absolute()
    catalog = Catalog(DEFAULT_BUNDLE, data_folder() / "models", model)
    with _listening(options) as listener:
        service = Service.start(store, catalog, options.engine)
        try:
            service.load(model or DEFAULT_BUNDLE).result()
            with token_file() as (token, path):
                app = create_app(service, token, remote)
                server = _Server(_uvicorn_config(app), service, _ready_line(listener, path, service))
                _stop_when_told(server, options.with_parent)
                server.run(sockets=[listener])
        finally:
            service.close()


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


def _is_remote(options: ServeOptions) -> bool:
    if is_loopback(options.host):
        return options.allow_remote
    if not options.allow_remote:
        raise UserError(f"{options.host} can be reached from other machines; add --allow-remote if that is meant.")
    _log.warning(
        "other machines can reach this service; whoever reads the token on its unencrypted way can use it, "
        "so offer it in a network that you trust"
    )
    return True


def _listening(options: ServeOptions) -> socket.socket:
    """A socket that listens already, so that its port is known."""
    if not 0 <= options.port <= 65535:
        raise UserError("The port must be from 0, for any that is free, to 65535.")
    try:
        family, _, _, _, address = socket.getaddrinfo(options.host, options.port, type=socket.SOCK_STREAM)[0]
        listener = socket.socket(family)
        if os.name == "posix":  # a port of ours that is closing; on Windows it would mean one that is in use
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.listen(256)
    except OSError as error:
        raise UserError(
            f"The service can't listen on {options.host}, port {options.port} ({error.strerror}); choose others."
        ) from error
    return listener


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


def _log_to_stderr(level: str) -> None:
    if level not in LOG_LEVELS:
        raise UserError(f"There is no log level “{level}”; choose {', '.join(LOG_LEVELS)}.")
    logging.basicConfig(stream=sys.stderr, format="%(asctime)s %(levelname)s %(name)s: %(message)s", force=True)
    logging.getLogger("motionwright").setLevel(level.upper())
