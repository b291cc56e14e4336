"""`motionwright serve`: the engine for other programs, until it is told to stop."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from engine.commands.options import ModelOption, ProviderOption, ThreadsOption


def serve(
    host: Annotated[str, typer.Option(metavar="ADDRESS", help="Where to listen.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(metavar="N", help="0 takes a free one.")] = 0,
    *,
    model: ModelOption = None,
    provider: ProviderOption = "auto",
    threads: ThreadsOption = None,
    with_parent: Annotated[
        bool, typer.Option("--with-parent", help="End when the program that started this ends, or closes our stdin.")
    ] = False,
    allow_remote: Annotated[
        bool, typer.Option("--allow-remote", help="Let other machines ask, too; HTTP is not encrypted.")
    ] = False,
    store: Annotated[Path | None, typer.Option(metavar="DIR", help="Where finished motions are kept.")] = None,
    store_size: Annotated[int, typer.Option(metavar="MB", help="How much is kept; the oldest goes first.")] = 1000,
    log_level: Annotated[str, typer.Option(metavar="LEVEL", help="debug, info, warning or error, on stderr.")] = "info",
) -> None:
    """Serve HTTP on this machine; one line of JSON on stdout says where, when it is ready."""
    from engine.service.server import ServeOptions, serve
    from engine.service.service import EngineOptions

    serve(
        ServeOptions(
            host=host,
            port=port,
            model=model,
            engine=EngineOptions(provider, threads),
            with_parent=with_parent,
            allow_remote=allow_remote,
            store=store,
            store_size_mb=store_size,
            log_level=log_level,
        )
    )
