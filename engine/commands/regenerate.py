"""`motionwright regenerate`: a motion file in, the same with some of its frames made anew out."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Annotated

import typer

from engine.commands.options import JsonOption, ModelOption, ProviderOption, ThreadsOption
from engine.commands.output import output_paths
from engine.commands.sampling import (
    CleanupOption,
    GuidanceOption,
    OutputOption,
    PresetOption,
    RoundsOption,
    SeedOption,
    StepsOption,
    VariationsOption,
    progress_bar,
    warn_of_long_prompts,
    write_and_report,
)


def regenerate(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A motion, as `generate` writes it: .npz.")],
    prompt: Annotated[
        str | None, typer.Argument(metavar="PROMPT", help="What to do instead; otherwise the motion's own words.")
    ] = None,
    *,
    start: Annotated[int, typer.Option("--from", metavar="FRAME", help="The first frame to make anew.")],
    end: Annotated[int, typer.Option("--to", metavar="FRAME", help="The first frame after it that stays.")],
    keep: Annotated[
        list[str] | None,
        typer.Option(
            metavar="JOINT",
            help="Leave these joints as they are: names, or upper_body, lower_body, left_arm, right_arm, left_leg, "
            "right_leg, head, torso; may be given several times.",
        ),
    ] = None,
    seed: SeedOption = None,
    variations: VariationsOption = 1,
    preset: PresetOption = "standard",
    guidance: GuidanceOption = None,
    steps: StepsOption = None,
    rounds: RoundsOption = None,
    cleanup: CleanupOption = True,
    model: ModelOption = None,
    provider: ProviderOption = "auto",
    threads: ThreadsOption = None,
    output: OutputOption = None,
    as_json: JsonOption = False,
) -> None:
    """Make some frames of a motion anew; all others stay as they are."""
    from engine.bundle.bundle import DEFAULT_BUNDLE, Bundle
    from engine.generator import Engine
    from engine.motion.motion import Motion
    from engine.requests import RegenerationRequest, SamplingOptions

    options = SamplingOptions(preset, guidance, steps, rounds, seed, variations)
    request = RegenerationRequest(start, end, prompt, tuple(keep or ()), options, cleanup)
    motion = Motion.load(file)
    request.checked_against(motion)
    paths = output_paths(output, file.stem, variations)
    with progress_bar() as progress:
        bundle = Bundle(model or DEFAULT_BUNDLE, provider, threads)
        options.resolved(bundle.manifest)
        bundle.load_all()
        started = time.perf_counter()
        motions = Engine(bundle).regenerate(motion, request, progress)
        elapsed = time.perf_counter() - started
    warn_of_long_prompts(bundle, [] if prompt is None else [prompt])
    write_and_report(motions, paths, elapsed, as_json)
