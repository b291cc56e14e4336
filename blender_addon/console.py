"""How the commands of this room speak: a wheel while they work, a sentence where something is wrong."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

import typer
from rich.console import Console

from .child import ChildCrashError
from .errors import AddonError


@contextmanager
def complaining() -> Iterator[None]:
    """A user's mistake ends with its sentence and status 2, a program that broke down with status 1."""
    try:
        yield
    except (AddonError, ChildCrashError) as error:
        sentence = " ".join(str(error).split())
        print(sentence if sentence.endswith((".", "?")) else f"{sentence}.", file=sys.stderr)
        raise typer.Exit(2 if isinstance(error, AddonError) else 1) from error


@contextmanager
def working(what: str) -> Iterator[None]:
    """A turning wheel on stderr where a person is looking."""
    with Console(stderr=True).status(f"{what} …"):
        yield
