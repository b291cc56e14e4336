"""Makes the gallery: every prompt of the table below as a strip and as a loop on the demonstration's character.

python docs/make_gallery.py                              all of it, into docs/gallery/ and docs/gallery.md
python docs/make_gallery.py --only 3                     the third prompt anew
python docs/make_gallery.py --seed 1 -o scratch/try-1    every prompt with another seed, to choose from

It needs Pillow (`pip install ".[training]"` brings it) and a Blender, found as `motionwright demo` finds its own.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated

import typer
from PIL import Image

from blender_addon.child import ChildCrashError, run_job
from blender_addon.errors import AddonError
from blender_addon.find_blender import Blender, find_blender
from blender_addon.job import FILM_FPS, Job
from blender_addon.outputs import written_together
from engine.bundle.bundle import DEFAULT_BUNDLE, Bundle
from engine.bundle.manifest import Manifest
from engine.commands.output import stem_of
from engine.errors import UserError
from engine.generator import Engine
from engine.requests import GenerationRequest, Prompt, SamplingOptions

TRIES = 3
"""Nothing is picked from more than the seeds 0, 1 and 2."""

LARGEST_BYTES = int(2.5 * 2**20)
_FOLDER = Path(__file__).with_name("gallery")
_STRIP_WIDTH = 900
_REST_MS = 700  # the loop rests on its last picture, so that its start isn't taken for a jump of the motion


@dataclass(frozen=True)
class Entry:
    """A line of the gallery. prompts: a sentence, or a script of several. fault: what is wrong with it, if it fails."""

    prompts: tuple[Prompt, ...]
    seed: int
    fault: str | None = None

    @property
    def text(self) -> str:
        return ", then ".join(prompt.text for prompt in self.prompts)

    @property
    def stem(self) -> str:
        """What its pictures are called: another prompt or another seed has others."""
        return f"{stem_of(self.text)}-{self.seed}"

    def loop(self, folder: Path) -> Path:
        return folder / f"{self.stem}.webp"

    def strip(self, folder: Path) -> Path:
        return folder / f"{self.stem}-strip.webp"


def says(text: str, seconds: float, seed: int = 0, fault: str | None = None) -> Entry:
    """A line with one sentence."""
    return Entry((Prompt(text, seconds),), seed, fault)


TABLE = (
    says("a tired man walks, stops, and waves with his left hand", 6),
    says("a person walks forward and turns left", 4),
    says("a person runs forward", 3),
    says("an old man walks forward", 4),
    says("an angry person walks forward", 4),
    says("a person walks forward while waving the left hand", 4),
    says("a person raises both hands, then bows", 5),
    says("a person kicks with the right leg", 2),
    says("a person throws a ball", 3),
    says("a person squats", 3),
    says("a person lies down on the floor", 4),
    says("a person dances happily", 4),
    says(
        "a person does a cartwheel",
        3,
        fault="It hardly saw this: it goes over sideways and never stands on its hands.",
    ),
    says("a person plays the violin", 4, fault="It never saw anyone play: it stands and hardly lifts an arm."),
)


def main(
    model: Annotated[Path, typer.Option(metavar="DIR", help="The folder of a bundle.")] = DEFAULT_BUNDLE,
    only: Annotated[int | None, typer.Option(metavar="N", help="Only the N-th prompt of the table.")] = None,
    seed: Annotated[int | None, typer.Option(metavar="N", help="This seed instead of the table's.")] = None,
    output: Annotated[Path, typer.Option("--output", "-o", metavar="DIR", help="Where the pictures go.")] = _FOLDER,
    blender: Annotated[Path | None, typer.Option(metavar="PATH", help="A Blender, or a Python that has bpy.")] = None,
) -> None:
    """Make the gallery and its page, DIR.md."""
    table = [entry if seed is None else replace(entry, seed=seed) for entry in TABLE]
    if not all(0 <= entry.seed < TRIES for entry in table):
        sys.exit(f"A seed of the gallery is one of 0 to {TRIES - 1}, so that nothing is picked from many tries.")
    if only is not None and not 1 <= only <= len(table):
        sys.exit(f"The table has the prompts 1 to {len(table)}; there is no {only}.")
    try:
        program, engine = find_blender(blender), Engine(Bundle(model))
        output.mkdir(parents=True, exist_ok=True)
        for number, entry in enumerate(table, start=1):
            if only in (None, number):
                started = time.perf_counter()
                _make_pictures(entry, engine, program, output)
                print(f"{number:2}  {entry.text}  {time.perf_counter() - started:.0f} s", flush=True)
        _write_page(table, engine.bundle.manifest, output)
    except (UserError, AddonError, ChildCrashError) as error:
        sys.exit(str(error))
    _check_size(table, output)


def _make_pictures(entry: Entry, engine: Engine, blender: Blender, output: Path) -> None:
    request = GenerationRequest(entry.prompts, SamplingOptions(seed=entry.seed))
    [motion] = engine.generate(request)
    with tempfile.TemporaryDirectory(prefix="motionwright-") as scratch:
        folder = Path(scratch)
        file, sheet, film = folder / "motion.npz", folder / "sheet.png", folder / "film"
        film.mkdir()
        motion.save(file)
        job = Job(str(folder / "result.json"), motion=str(file), name=entry.text, preview=str(sheet), film=str(film))
        run_job(blender, job)
        with written_together(entry.loop(output), entry.strip(output)) as new:
            _write_loop(sorted(film.glob("*.png")), new[0])
            _write_strip(sheet, new[1])


def _write_loop(pictures: Sequence[Path], path: Path) -> None:
    first, *others = (Image.open(picture) for picture in pictures)
    durations = [round(1000 / FILM_FPS)] * len(others) + [_REST_MS]
    # Every picture whole: a following camera changes them all, and patches of the one before would stain the figure.
    whole = {"kmin": 0, "kmax": 1}
    first.save(path, save_all=True, append_images=others, duration=durations, loop=0, quality=75, method=6, **whole)


def _write_strip(sheet: Path, path: Path) -> None:
    picture = Image.open(sheet)
    size = (_STRIP_WIDTH, round(_STRIP_WIDTH * picture.height / picture.width))
    picture.resize(size, Image.Resampling.LANCZOS).save(path, quality=75, method=6)


def _write_page(table: Sequence[Entry], manifest: Manifest, output: Path) -> None:
    """The page beside the folder: what of the table has pictures in it."""
    made = [entry for entry in table if entry.loop(output).is_file()]
    page = (
        "# Gallery\n\n"
        f"What {manifest.name} {manifest.version} makes of these sentences, on the character of `motionwright demo`,\n"
        "as Blender renders it, without an edit. The motion is that of\n"
        '`motionwright generate "PROMPT" --seconds S --seed N`, with `--then` for a sentence that follows.\n'
        f"Of every prompt at most {TRIES} tries were looked at, the seeds 0 to {TRIES - 1}.\n"
        "`python docs/make_gallery.py` makes this page.\n\n"
        f"Licence of the model: {manifest.license}. {'. '.join(manifest.attributions)}.\n\n"
        f"{_rows([entry for entry in made if entry.fault is None], output)}\n"
        "## Where it fails\n\n"
        f"{_rows([entry for entry in made if entry.fault is not None], output)}"
    )
    with written_together(output.with_suffix(".md")) as [new]:
        new.write_text(page, encoding="utf-8")


def _rows(entries: Sequence[Entry], output: Path) -> str:
    rows = ["| prompt | motion | strip |", "| --- | --- | --- |"]
    for entry in entries:
        words = "<br>then ".join(f"“{prompt.text}” {prompt.seconds:g} s" for prompt in entry.prompts)
        fault = "" if entry.fault is None else f"<br>**{entry.fault}**"
        loop, strip = (f"{output.name}/{path(output).name}" for path in (entry.loop, entry.strip))
        rows.append(f"| {words}<br>seed {entry.seed}{fault} | ![{entry.text}]({loop}) | ![its strip]({strip}) |")
    return "\n".join(rows) + "\n"


def _check_size(table: Sequence[Entry], output: Path) -> None:
    """Say how large the pictures are, and which of them no line of the table has any more."""
    files = sorted(output.glob("*.webp"))
    wanted = {path(output) for entry in table for path in (entry.loop, entry.strip)}
    for file in files:
        if file not in wanted:
            print(f"{file} is no longer of the table.")
    size = sum(file.stat().st_size for file in files)
    print(f"{len(files)} pictures, {size / 2**20:.2f} MiB")
    if size > LARGEST_BYTES:
        sys.exit(f"That is more than {LARGEST_BYTES / 2**20:g} MiB; make some motions shorter.")


if __name__ == "__main__":
    typer.run(main)
