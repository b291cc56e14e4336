"""`motionwright generate`: one prompt or several in, motion files out."""

from __future__ import annotations

import time
from itertools import repeat
from typing import TYPE_CHECKING, Annotated

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
from engine.errors import UserError

if TYPE_CHECKING:
    from engine.requests import Prompt


def generate(
    prompt: Annotated[str, typer.Argument(metavar="PROMPT", help="What the character should do, in English.")],
    *,
    then: Annotated[
        list[str] | None, typer.Option(metavar="PROMPT", help="What it should do next; may be given several times.")
    ] = None,
    seconds: Annotated[
        list[float] | None,
        typer.Option(metavar="S", help="How long; once for each prompt. Otherwise estimated from its words."),
    ] = None,
    seed: SeedOption = None,
    variations: VariationsOption = 1,
    preset: PresetOption = "standard",
    guidance: GuidanceOption = None,
    steps: StepsOption = None,
    rounds: RoundsOption = None,
    loop: Annotated[bool, typer.Option("--loop", help="Let the last frame meet the first.")] = False,
    in_place: Annotated[bool, typer.Option("--in-place", help="Leave out the travel over the ground.")] = False,
    cleanup: CleanupOption = True,
    model: ModelOption = None,
    provider: ProviderOption = "auto",
    threads: ThreadsOption = None,
    output: OutputOption = None,
    as_json: JsonOption = False,
) -> None:
    """Generate motion from a sentence, or from several in a row."""
    from engine.bundle.bundle import DEFAULT_BUNDLE, Bundle
    from engine.generator import Engine
    from engine.requests import GenerationRequest, SamplingOptions

    options = SamplingOptions(preset, guidance, steps, rounds, seed, variations)
    request = GenerationRequest(_script([prompt, *(then or [])], seconds or []), options, loop, in_place, cleanup)
    paths = output_paths(output, prompt, variations)
    with progress_bar() as progress:
        bundle = Bundle(model or DEFAULT_BUNDLE, provider, threads)
        request.resolved(bundle.manifest)
        bundle.load_all()
        started = time.perf_counter()
        motions = Engine(bundle).generate(request, progress)
        elapsed = time.perf_counter() - started
    warn_of_long_prompts(bundle, [each.text for each in request.prompts])
    write_and_report(motions, paths, elapsed, as_json)


def _script(texts: list[str], seconds: list[float]) -> tuple[Prompt, ...]:
    from engine.requests import Prompt

    if seconds and len(seconds) != len(texts):
        raise UserError(f"There are {len(texts)} prompts and {len(seconds)} lengths; give --seconds once for each.")
    return tuple(Prompt(text, length) for text, length in zip(texts, seconds or repeat(None), strict=False))
