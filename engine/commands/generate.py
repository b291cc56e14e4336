"""`motionwright generate`: a prompt in, motion files out."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from engine.commands.options import JsonOption, ModelOption, ProviderOption, ThreadsOption
from engine.commands.output import output_paths, write_motion
from engine.motion.motion import Motion

if TYPE_CHECKING:
    from engine.sampling.sampler import Progress


def generate(
    prompt: Annotated[str, typer.Argument(metavar="PROMPT", help="What the character should do, in English.")],
    *,
    seconds: Annotated[float | None, typer.Option(metavar="S", help="How long.")] = None,
    seed: Annotated[int | None, typer.Option(metavar="N", help="The same seed gives the same motion.")] = None,
    variations: Annotated[
        int, typer.Option(metavar="N", help="How many, from 1 to 16; number k uses seed + k - 1.")
    ] = 1,
    guidance: Annotated[
        float | None, typer.Option(metavar="W", help="How closely to follow the prompt, 0 to 20.")
    ] = None,
    steps: Annotated[
        int | None, typer.Option(metavar="N", help="Flow steps of each round: more is finer, slower.")
    ] = None,
    model: ModelOption = None,
    provider: ProviderOption = "auto",
    threads: ThreadsOption = None,
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", metavar="OUT", help="OUT.npz or OUT.bvh; otherwise named by the prompt."),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Generate motion from a sentence."""
    from engine.bundle.bundle import DEFAULT_BUNDLE, Bundle
    from engine.generator import Engine
    from engine.requests import GenerationRequest, Prompt, SamplingOptions

    options = SamplingOptions(guidance=guidance, flow_steps=steps, seed=seed, variations=variations)
    request = GenerationRequest((Prompt(prompt, seconds),), options)
    paths = output_paths(output, prompt, variations)
    with _progress_bar() as progress:
        bundle = Bundle(model or DEFAULT_BUNDLE, provider, threads)
        bundle.load_all()
        started = time.perf_counter()
        motions = Engine(bundle).generate(request, progress)
        elapsed = time.perf_counter() - started
    for motion, path in zip(motions, paths, strict=True):
        write_motion(motion, path)
    if bundle.is_too_long(prompt):
        print(
            f"The model reads {bundle.manifest.max_words} words; the rest of the prompt was left out.", file=sys.stderr
        )
    if as_json:
        print(json.dumps(_report(motions, paths, elapsed), ensure_ascii=False))
    else:
        _show(motions, paths, elapsed)


def _report(motions: list[Motion], paths: list[Path], elapsed: float) -> dict[str, Any]:
    files = [
        {
            "path": str(path.resolve()),
            "frames": len(motion),
            "fps": motion.fps,
            "seconds": motion.seconds,
            **motion.meta,
        }
        for motion, path in zip(motions, paths, strict=True)
    ]
    return {"motions": files, "elapsed_seconds": round(elapsed, 4)}


def _show(motions: list[Motion], paths: list[Path], elapsed: float) -> None:
    for motion, path in zip(motions, paths, strict=True):
        print(f"{path}  {len(motion)} frames, {motion.seconds:.1f} s, seed {motion.meta['seed']}")
    meta = motions[0].meta
    print(f"{meta['model']} {meta['model_version']} ({meta['license']}) on {meta['provider']} in {elapsed:.2f} s")


@contextmanager
def _progress_bar() -> Iterator[Progress]:
    """A bar on stderr, where stderr is a terminal: first for opening the model, then round by round."""
    if not sys.stderr.isatty():
        yield lambda _round, _rounds: None
        return
    from rich.console import Console
    from rich.progress import Progress as Bar

    with Bar(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("Opening the model", total=None)
        yield lambda done, rounds: bar.update(task, description="Sampling", completed=done, total=rounds)
