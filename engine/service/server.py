"""Running the service: options, log, store, socket, model and token, each made in its turn, and HTTP on top."""

from __future__ import annotations

import logging
import os
import socket
import sys
from dataclasses import dataclass, field
from pathlib import Path

from engine.bundle.bundle import DEFAULT_BUNDLE
from engine.errors import UserError
from engine.service.access import is_loopback, token_file
from engine.service.catalog import Catalog
from engine.service.folders import data_folder
from engine.service.service import EngineOptions, Service
from engine.service.store import DEFAULT_SIZE_MB, MotionStore

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
            loading = service.load(model or DEFAULT_BUNDLE)
            from engine.service.http_server import run  # takes as long as the model, which is loading meanwhile

            loading.result()
            with token_file() as (token, path):
                run(service, listener, token, path, remote=remote, with_parent=options.with_parent)
        finally:
            service.close()


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


def _log_to_stderr(level: str) -> None:
    if level not in LOG_LEVELS:
        raise UserError(f"There is no log level “{level}”; choose {', '.join(LOG_LEVELS)}.")
    logging.basicConfig(stream=sys.stderr, format="%(asctime)s %(levelname)s %(name)s: %(message)s", force=True)
    logging.getLogger("motionwright").setLevel(level.upper())
