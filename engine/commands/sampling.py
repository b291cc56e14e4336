"""What the commands that sample share: their options, a progress bar, and the report on what was made."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from engine.commands.output import write_motion
from engine.motion.motion import Motion

if TYPE_CHECKING:
    from engine.bundle.bundle import Bundle
    from engine.sampling.sampler import Progress

SeedOption = Annotated[int | None, typer.Option("--seed", metavar="N", help="The same seed gives the same motion.")]
VariationsOption = Annotated[
    int, typer.Option("--variations", metavar="N", help="How many, from 1 to 16; number k uses seed + k - 1.")
]
PresetOption = Annotated[
    str, typer.Option("--preset", metavar="NAME", help="draft, standard or best: quicker or finer.")
]
GuidanceOption = Annotated[
    float | None, typer.Option("--guidance", metavar="W", help="How closely to follow the prompt, 0 to 20.")
]
StepsOption = Annotated[
    int | None, typer.Option("--steps", metavar="N", help="Flow steps of each round: more is finer, slower.")
]
RoundsOption = Annotated[
    int | None, typer.Option("--rounds", metavar="N", help="Rounds of each window: more is finer, slower.")
]
CleanupOption = Annotated[
    bool,
    typer.Option("--cleanup/--no-cleanup", help="Hold standing feet in place and above the ground, or leave them."),
]
OutputOption = Annotated[
    Path | None,
    typer.Option("--output", "-o", metavar="OUT", help="OUT.npz or OUT.bvh; otherwise a name is found."),
]


@contextmanager
def progress_bar() -> Iterator[Progress]:
    """A bar on stderr, where stderr is a terminal: first for opening the model, then round by round."""
    if not sys.stderr.isatty():
        yield lambda _round, _rounds: None
        return
    from rich.console import Console
    from rich.progress import Progress as Bar

    with Bar(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("Opening the model", total=None)
        yield lambda done, rounds: bar.update(task, description="Sampling", completed=done, total=rounds)


def warn_of_long_prompts(bundle: Bundle, prompts: Sequence[str]) -> None:
    """Say on stderr that the end of a prompt was not read, where it was not."""
    if any(bundle.is_too_long(prompt) for prompt in prompts):
        print(
            f"The model reads {bundle.manifest.max_words} words; the rest of the prompt was left out.", file=sys.stderr
        )


def write_and_report(motions: Sequence[Motion], paths: Sequence[Path], elapsed: float, as_json: bool) -> None:
    """Write each motion to its path and say so, to a person or as one JSON object."""
    for motion, path in zip(motions, paths, strict=True):
        write_motion(motion, path)
    if as_json:
        print(json.dumps(_report(motions, paths, elapsed), ensure_ascii=False))
        return
    for motion, path in zip(motions, paths, strict=True):
        print(f"{path}  {len(motion)} frames, {motion.seconds:.1f} s, seed {_latest(motion)['seed']}")
    made = _latest(motions[0])
    print(f"{made['model']} {made['model_version']} ({made['license']}) on {made['provider']} in {elapsed:.2f} s")


def _latest(motion: Motion) -> dict[str, Any]:
    """How the motion, or what was last changed of it, was made."""
    edits = motion.meta.get("edits", ())
    return dict(edits[-1] if edits else motion.meta)


def _report(motions: Sequence[Motion], paths: Sequence[Path], elapsed: float) -> dict[str, Any]:
    files = [
        {"path": str(path.resolve()), "frames": len(motion), "fps": motion.fps, "seconds": motion.seconds}
        | dict(motion.meta)
        for motion, path in zip(motions, paths, strict=True)
    ]
    return {"motions": files, "elapsed_seconds": round(elapsed, 4)}
