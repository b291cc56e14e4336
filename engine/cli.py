"""The command line: the engine's commands, and those that other rooms register through entry points.

A room's entry point in the group `motionwright.commands` is a function `register(app: typer.Typer)`. A user's mistake
ends with one sentence on stderr and exit status 2, an interruption with 130; a traceback is always our mistake.
"""

from __future__ import annotations

import io
import sys
from collections.abc import Sequence
from importlib.metadata import EntryPoint, entry_points, version
from typing import Annotated

import typer

from engine.commands.bench import bench
from engine.commands.doctor import doctor
from engine.commands.generate import generate
from engine.commands.regenerate import regenerate
from engine.commands.serve import serve
from engine.errors import UserError

ENTRY_POINT_GROUP = "motionwright.commands"
ROOMS = ("engine", "training", "export", "blender_addon")
USER_ERROR, INTERRUPTED = 2, 130

# Typer's base of all usage errors: click's own class, or in later versions Typer's copy of it.
_CommandLineError: type[Exception] = typer.BadParameter.__mro__[2]


def main() -> None:
    """The console script."""
    sys.exit(run(sys.argv[1:]))


def run(arguments: Sequence[str]) -> int:
    """Run one command and return its exit status."""
    _speak_utf8()
    app, missing = build_app()
    command = typer.main.get_command(app)
    try:
        status = command.main(list(arguments), prog_name="motionwright", standalone_mode=False)
        sys.stdout.flush()
    except UserError as error:
        return _complain(str(error))
    except _CommandLineError as error:
        message = error.format_message() if hasattr(error, "format_message") else str(error)
        return _complain(_with_missing_rooms(message, missing))
    except (KeyboardInterrupt, typer.Abort):
        return INTERRUPTED
    except BrokenPipeError:  # the reader of our output, `head` perhaps, has seen enough
        sys.stdout = io.StringIO()
        return 0
    return status if isinstance(status, int) else 0


def build_app() -> tuple[typer.Typer, dict[str, str]]:
    """The application with every room's commands, and the rooms that lack a package (room → package)."""
    app = typer.Typer(
        help="Type what a character should do; get keyframes.",
        add_completion=False,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
    )
    app.callback(invoke_without_command=True)(_global_options)
    app.command()(generate)
    app.command()(regenerate)
    app.command()(doctor)
    app.command()(bench)
    app.command()(serve)
    missing = {}
    for entry in sorted(entry_points(group=ENTRY_POINT_GROUP), key=lambda entry: entry.name):
        package = _register(app, entry)
        if package:
            missing[entry.name] = package
    return app, missing


def _register(app: typer.Typer, entry: EntryPoint) -> str | None:
    """Add a room's commands; the name of the package that is missing for it, if one is.

    Only packages of others may be missing: where one of our own modules is not found, that is a bug and must be seen.
    """
    try:
        entry.load()(app)
    except ModuleNotFoundError as error:
        package = (error.name or "").partition(".")[0]
        if not package or package in (*ROOMS, entry.value.partition(".")[0]):
            raise
        return package
    return None


def _with_missing_rooms(message: str, missing: dict[str, str]) -> str:
    if not missing or not message.startswith("No such command"):
        return message
    hints = (f'“{room}” needs {package} (pip install "motionwright[{room}]")' for room, package in missing.items())
    return f"{message.rstrip('.')}; not installed: {', '.join(hints)}."


def _global_options(
    context: typer.Context,
    show_version: Annotated[bool, typer.Option("--version", is_eager=True, help="Print the version.")] = False,
) -> None:
    if show_version:
        print(version("motionwright"))
        raise typer.Exit(0)
    if context.invoked_subcommand is None:
        print(context.get_help())


def _complain(message: str) -> int:
    sentence = " ".join(message.split())
    print(sentence if sentence.endswith((".", "?")) else f"{sentence}.", file=sys.stderr)
    return USER_ERROR


def _speak_utf8() -> None:
    """Consoles and pipes may have another encoding, and prompts any letter."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")


if __name__ == "__main__":
    main()
