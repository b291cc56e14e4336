"""The steps from clips to a bundle. Each is a command that can be run alone; a killed one goes on where it was."""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from engine.files import written_whole
from engine.motion import ms272
from training.config import AutoencoderTraining, DataConfig, GeneratorTraining
from training.data.composition.composer import Composer
from training.data.shards import Shards, open_shards
from training.studio.config import (
    StudioTraining,
    autoencoder_training,
    decoder_training,
    generator_training,
    words_training,
)
from training.studio.further import autoencoder_of, begin_autoencoder, begin_generator, manifest_of
from training.studio.model_card import model_card, vocabulary
from training.trainers.checkpoint import WEIGHTS

_COMPOSED_TO_TRY = 4
_DEFAULT_SECONDS = 4.0

Command = Callable[[Sequence[str]], None]
"""Runs one command of the command line, without the program's name."""


@dataclass(frozen=True)
class Order:
    """What is wanted: which clips, where the bundle goes, what it says of itself, and what is trained further.

    base: a bundle, or a generator's run. attributions: of the data that it has learnt from.
    """

    motion: tuple[Path, ...]
    bundle: Path
    name: str
    license: str
    attributions: tuple[str, ...]
    base: Path | None


class Workplace:
    """The folder beside the bundle with everything that training leaves: shards, runs, settings, report."""

    def __init__(self, order: Order) -> None:
        self.folder = order.bundle.with_name(f"{order.bundle.name}.training")
        self.shards = self.folder / "shards"
        self.autoencoder, self.decoder = self.folder / "autoencoder", self.folder / "decoder"
        self.words, self.generator = self.folder / "words", self.folder / "generator"
        self.base = self.folder / "base"
        self.report = self.folder / "report"

    def write(self, name: str, text: str) -> str:
        """Write a settings file; its path."""
        self.folder.mkdir(parents=True, exist_ok=True)
        with written_whole(self.folder / name) as temporary:
            temporary.write_text(text, encoding="utf-8")
        return str(self.folder / name)


def train_all(order: Order, studio: StudioTraining, command: Command) -> None:
    """Clips, autoencoder, generator, bundle, measurements, model card: the bundle lies at `order.bundle` in the end."""
    place = Workplace(order)
    command(["data", "prepare", *map(str, order.motion), "-o", str(place.shards)])
    data = _data(place, studio)
    base = _base_run(order, place, command)
    _train_autoencoder(base, place, studio, data, command)
    _train_generator(base, place, studio, data, command)
    _export(order, place, studio, command)
    _measure(order, place, studio, command)
    _write_card(order, place)


def _data(place: Workplace, studio: StudioTraining) -> DataConfig:
    """Where the clips are; without composites where the clips offer none."""
    data = DataConfig(
        shards=place.shards,
        max_seconds=studio.max_seconds,
        captions_per_label=studio.captions_per_label,
        composed_share=studio.composed_share,
        composites=studio.composites,
    )
    shards = open_shards(place.shards)
    composer = Composer(shards, shards.of("train"), int(data.max_seconds * ms272.FPS), data.captions_per_composite)
    offers_some = any(composer.composite(seed) is not None for seed in range(_COMPOSED_TO_TRY))
    return data if offers_some else data.model_copy(update={"composed_share": 0.0})


def _base_run(order: Order, place: Workplace, command: Command) -> Path | None:
    """The generator's run that is trained further; of a bundle it is made first."""
    if order.base is None or manifest_of(order.base) is None:
        return order.base
    run = place.base / "generator"
    if not (run / WEIGHTS).is_file():
        command(["restore", str(order.base), "-o", str(place.base)])
    return run


def _train_autoencoder(
    base: Path | None, place: Workplace, studio: StudioTraining, data: DataConfig, command: Command
) -> None:
    its_settings = None
    if base is not None:
        folder = autoencoder_of(base)
        its_settings = AutoencoderTraining.read(folder / "config.json")
        begin_autoencoder(folder, place.autoencoder, place.shards)
    settings = autoencoder_training(studio, data, its_settings)
    config = place.write("autoencoder.json", settings.model_dump_json(indent=2))
    command(["train", "autoencoder", config, "-o", str(place.autoencoder)])
    polishing = decoder_training(studio, settings, place.autoencoder)
    config = place.write("decoder.json", polishing.model_dump_json(indent=2))
    command(["train", "autoencoder", config, "-o", str(place.decoder)])


def _train_generator(
    base: Path | None, place: Workplace, studio: StudioTraining, data: DataConfig, command: Command
) -> None:
    words = _train_words(base, place, studio, data, command)
    its_settings = None
    if base is not None:
        its_settings = GeneratorTraining.read(base / "config.json")
        begin_generator(base, place.generator, words)
    settings = generator_training(studio, data, place.decoder, words, its_settings)
    config = place.write("generator.json", settings.model_dump_json(indent=2))
    command(["train", "generator", config, "-o", str(place.generator)])


def _train_words(
    base: Path | None, place: Workplace, studio: StudioTraining, data: DataConfig, command: Command
) -> Path | None:
    """The run of words, where the settings want one."""
    settings = words_training(studio, data, place.decoder, base)
    if settings is None:
        return None
    config = place.write("words.json", settings.model_dump_json(indent=2))
    command(["train", "words", config, "-o", str(place.words)])
    return place.words


def _export(order: Order, place: Workplace, studio: StudioTraining, command: Command) -> None:
    trained_on = ", ".join(source.name for source in order.motion)
    manifest = manifest_of(order.base) if order.base else None
    presets = manifest["presets"] if manifest else {name: each.model_dump() for name, each in studio.presets.items()}
    settings = {
        "name": order.name,
        "version": "1.0.0",
        "license": order.license,
        "attributions": list(dict.fromkeys((f"Motion: {trained_on}", *order.attributions))),
        "default_seconds": min(_DEFAULT_SECONDS, studio.max_seconds),
        "vocabulary_notes": vocabulary(open_shards(place.shards)),
        "presets": presets,
    }
    config = place.write("export.json", json.dumps(settings, indent=2))
    command(["export", str(place.generator), "-o", str(order.bundle), "--config", config])


def _measure(order: Order, place: Workplace, studio: StudioTraining, command: Command) -> None:
    counts = ["--repeats", str(studio.measuring.repeats), "--prompts", str(studio.measuring.prompts)]
    where = ["--data", str(place.shards), "-o", str(place.report)]
    command(["evaluate", str(order.bundle), *where, *counts, "--curve-prompts", "0", "--no-suites"])


def _write_card(order: Order, place: Workplace) -> None:
    report = json.loads((place.report / "report.json").read_text(encoding="utf-8"))
    shards: Shards = open_shards(place.shards)
    base = _name_of(order.base) if order.base else None
    text = model_card(order.name, order.license, shards, report, base)
    with written_whole(order.bundle / "MODEL_CARD.md") as temporary:
        temporary.write_text(text, encoding="utf-8")


def _name_of(base: Path) -> str:
    manifest = manifest_of(base)
    return f"{manifest['name']} {manifest['version']}" if manifest else base.name


def put_into_menu(bundle: Path, models: Path) -> Path:
    """Copy a bundle into the folder whose bundles every model menu shows, in the place of an earlier copy.

    Where it lies there already, nothing happens. Returns where it is.
    """
    place = models / bundle.resolve().name
    if place.resolve() == bundle.resolve():
        return place
    models.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=models, prefix=".") as name:
        copy = Path(shutil.copytree(bundle, Path(name) / "bundle"))
        with suppress(FileNotFoundError):
            place.rename(Path(name) / "earlier")
        copy.rename(place)
    return place
