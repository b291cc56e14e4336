"""`python -m blender_addon.prompt_panel`: the window, as the extension starts it."""

from __future__ import annotations

import argparse
import os
import sys

from .application import TOKEN_VARIABLE, Options, start


def main() -> int:
    """Read the arguments and run; returns the exit status."""
    parser = argparse.ArgumentParser(prog="motionwright panel", description="The prompt window.")
    parser.add_argument("--engine", default="", metavar="URL", help="an engine that runs; otherwise one is started")
    parser.add_argument("--scale", type=float, default=1.0, metavar="S", help="of the interface, as Blender's")
    arguments = parser.parse_args()
    token = os.environ.pop(TOKEN_VARIABLE, "")
    return start(Options(url=arguments.engine, token=token, scale=min(max(arguments.scale, 0.5), 4.0)))


if __name__ == "__main__":
    sys.exit(main())
