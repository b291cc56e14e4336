"""Options that several commands share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

ModelOption = Annotated[
    Path | None, typer.Option("--model", metavar="DIR", help="The folder of a bundle; without it the embedded model.")
]
ProviderOption = Annotated[
    str,
    typer.Option("--provider", metavar="NAME", help="Where to compute: auto, cpu, cuda, tensorrt, directml, coreml …"),
]
ThreadsOption = Annotated[
    int | None, typer.Option("--threads", metavar="N", help="Threads on the CPU; without it one per physical core.")
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON object on stdout, for programs.")]
