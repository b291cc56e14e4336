"""`bundle.json`: what a model is, what it needs, and the SHA-256 of every file beside it. Reader and writer.

The export room fills a `Manifest`, puts the graphs and `tokenizer.json` into a folder and calls `write_manifest`.
"""

from __future__ import annotations

import dataclasses
import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any

from engine.bundle.fields import Fields
from engine.bundle.graphs import FAMILIES, required_files
from engine.bundle.integrity import check_files, regular_file, sha256
from engine.errors import UserError
from engine.files import written_whole
from engine.sampling.solvers import SOLVERS, TIME_GRIDS

FORMAT = "motionwright-bundle/2"
FEATURE_WIDTHS: Mapping[str, int] = {"ms-272": 272}
MANIFEST_FILE = "bundle.json"
PRESETS = ("draft", "standard", "best")
"""The presets that every model has, the fastest first."""
MAX_PRESETS = 20
MAX_BATCH = 64
"""Rows that a provider prepares for: sixteen sequences at once, each with its prompts and without."""
MAX_MANIFEST_BYTES = 4 * 2**20
MAX_FILES = 1000


@dataclass(frozen=True)
class Normalization:
    """Per feature: features = normalized · std + mean."""

    mean: tuple[float, ...]
    std: tuple[float, ...]


@dataclass(frozen=True)
class Preset:
    """How to sample, under a name. guidance: w, of the last round. flow_steps: ODE steps, of a round.

    tokens_per_round: of the masked family, the mean of latents that a round fills; None for the flow family, which has
    a solver and a time grid (`engine.sampling.solvers`) instead. sink_control: λ of `engine.sampling.sinking`.
    """

    guidance: float
    flow_steps: int
    tokens_per_round: float | None = None
    solver: str | None = None
    time_grid: str | None = None
    sink_control: float = 0.0


@dataclass(frozen=True)
class Manifest:
    """The content of `bundle.json`.

    family: whether latents are filled in rounds, “masked-ar”, or all at once, “flow”. sink_reference: the mean
    SinkRatio on the validation set; None where it was not measured. latent_width: d. condition_width: D. word_width: W.
    max_words: text tokens, special ones included.
    presets: name → Preset; those of PRESETS are there, and more may be.
    parity: free-form report of the export (graph → largest deviation from torch, and whatever else is worth keeping).
    files: relative POSIX path → SHA-256 in lower-case hex; `write_manifest` fills it.
    """

    name: str
    version: str
    latent_width: int
    condition_width: int
    word_width: int
    max_seconds: float
    default_seconds: float
    normalization: Normalization
    presets: Mapping[str, Preset]
    vocabulary_notes: str
    license: str
    attributions: tuple[str, ...]
    opset: int
    family: str = "masked-ar"
    representation: str = "ms-272"
    fps: float = 30.0
    frames_per_latent: int = 4
    max_words: int = 64
    sink_reference: float | None = None
    parity: Mapping[str, Any] = field(default_factory=dict)
    files: Mapping[str, str] = field(default_factory=dict)

    @property
    def feature_width(self) -> int:
        return FEATURE_WIDTHS[self.representation]

    @property
    def dimension_sizes(self) -> dict[str, int]:
        """The sizes of the dimensions that `graphs.FIXED_DIMENSIONS` names."""
        return {
            "d": self.latent_width,
            "D": self.condition_width,
            "W": self.word_width,
            "F": self.feature_width,
        }

    @property
    def dimension_ranges(self) -> dict[str, tuple[int, int]]:
        """The least and the most of every dimension of `graphs`, for providers that prepare for them."""
        latents = math.ceil(self.max_seconds * self.fps / self.frames_per_latent)
        return {
            **{letter: _both(size) for letter, size in self.dimension_sizes.items()},
            "B": (1, MAX_BATCH),
            "l": (1, latents),
            "L": (2, self.max_words),
            "M": (1, MAX_BATCH * latents // 2),
            "T": (2, 201),
            "N": (self.frames_per_latent, self.frames_per_latent * latents),
        }


def _both(size: int) -> tuple[int, int]:
    return size, size


def read_manifest(folder: Path) -> Manifest:
    """Read and check `bundle.json` of `folder`, not the files beside it; UserError where it can't be used."""
    if not folder.is_dir():
        raise UserError(f"There is no model folder {folder}; give the folder of an exported bundle.")
    text = regular_file(folder, MANIFEST_FILE, MAX_MANIFEST_BYTES).read_bytes()
    try:
        return parse_manifest(text.decode("utf-8"), str(folder / MANIFEST_FILE))
    except UnicodeDecodeError as error:
        raise UserError(f"{folder / MANIFEST_FILE} is not UTF-8 text; export the bundle again.") from error


def write_manifest(folder: Path, manifest: Manifest) -> Manifest:
    """Hash every file of `folder`, write `bundle.json` and return the manifest as a reader will get it.

    UserError where a file that a bundle needs is missing, or where the manifest would not be read back.
    """
    names = sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())
    files = {name: sha256(regular_file(folder, name)) for name in names if name != MANIFEST_FILE}
    complete = dataclasses.replace(manifest, files=files)
    known = _without_unknown(dataclasses.asdict(complete))
    text = json.dumps({"format": FORMAT, **known}, indent=1, ensure_ascii=False) + "\n"
    result = parse_manifest(text, str(folder / MANIFEST_FILE))
    check_files(folder, result.files)
    with written_whole(folder / MANIFEST_FILE) as temporary:
        temporary.write_text(text, encoding="utf-8", newline="\n")
    return result


def _without_unknown(values: dict[str, Any]) -> dict[str, Any]:
    """The optional entries that are not set stay out of the file."""
    presets = {
        name: {key: value for key, value in preset.items() if value is not None and (key, value) != ("sink_control", 0)}
        for name, preset in values["presets"].items()
    }
    return {key: value for key, value in {**values, "presets": presets}.items() if value is not None}


def parse_manifest(text: str, source: str) -> Manifest:
    """The manifest in the JSON `text`; UserError, naming `source`, for anything that is not one."""
    fields = Fields.parse(text, source)
    fields.choice("format", (FORMAT,))
    family = fields.choice("family", tuple(FAMILIES))
    representation = fields.choice("representation", tuple(FEATURE_WIDTHS))
    width = FEATURE_WIDTHS[representation]
    max_seconds = fields.number("max_seconds", 0.1, 600)
    manifest = Manifest(
        name=fields.text("name", 200),
        version=fields.text("version", 100),
        family=family,
        representation=representation,
        fps=fields.number("fps", 1, 240),
        frames_per_latent=fields.integer("frames_per_latent", 1, 64),
        latent_width=fields.integer("latent_width", 1, 4096),
        condition_width=fields.integer("condition_width", 1, 16384),
        word_width=fields.integer("word_width", 1, 2**20),
        max_words=fields.integer("max_words", 2, 1024),
        max_seconds=max_seconds,
        default_seconds=fields.number("default_seconds", 0.1, max_seconds),
        normalization=_normalization(fields.object("normalization"), width),
        presets=_presets(fields.mapping("presets"), family, source),
        vocabulary_notes=fields.text("vocabulary_notes", 20_000),
        license=fields.text("license", 20_000),
        attributions=fields.texts("attributions"),
        opset=fields.integer("opset", 1, 100),
        parity=fields.mapping("parity"),
        sink_reference=fields.number("sink_reference", 0, 1) if fields.has("sink_reference") else None,
        files=_files(fields.mapping("files"), family, source),
    )
    fields.finished()
    return manifest


def _normalization(fields: Fields, width: int) -> Normalization:
    result = Normalization(fields.vector("mean", width, -1e6, 1e6), fields.vector("std", width, 1e-12, 1e6))
    fields.finished()
    return result


def _presets(presets: dict[str, Any], family: str, source: str) -> dict[str, Preset]:
    for name in PRESETS:
        if name not in presets:
            raise UserError(f"{source} lacks the preset “{name}”; export the bundle again.")
    if len(presets) > MAX_PRESETS or not all(re.fullmatch(r"[a-z][a-z0-9_-]{0,39}", name) for name in presets):
        raise UserError(f"{source} may have {MAX_PRESETS} presets, named in small letters; export the bundle again.")
    return {name: _preset(Fields(value, f"{source}: preset “{name}”"), family) for name, value in presets.items()}


def _preset(fields: Fields, family: str) -> Preset:
    in_rounds = family == "masked-ar"
    result = Preset(
        guidance=fields.number("guidance", 0, 20),
        flow_steps=fields.integer("flow_steps", 1, 200),
        tokens_per_round=fields.number("tokens_per_round", 1, 1000) if in_rounds else None,
        solver=None if in_rounds else fields.choice("solver", tuple(SOLVERS)),
        time_grid=None if in_rounds else fields.choice("time_grid", tuple(TIME_GRIDS)),
        sink_control=fields.number("sink_control", 0, 20) if fields.has("sink_control") else 0.0,
    )
    fields.finished()
    return result


def _files(files: dict[str, Any], family: str, source: str) -> dict[str, str]:
    if len(files) > MAX_FILES:
        raise UserError(f"{source} lists more than {MAX_FILES} files; export the bundle again.")
    for name, digest in files.items():
        if not _stays_inside(name):
            raise UserError(f"{source} lists the file “{name[:80]}”, which is not inside the bundle; don't use it.")
        if not isinstance(digest, str) or not re.fullmatch(r"[0-9a-f]{64}", digest):
            raise UserError(f"{source} has no SHA-256 for “{name[:80]}”; export the bundle again.")
    for name in required_files(family):
        if name not in files:
            raise UserError(f"{source} does not list {name}; export the bundle again.")
    return files


def _stays_inside(name: str) -> bool:
    """Whether `name` is a plain relative path on every system: no drive, backslash, “..” or control character."""
    parts = PurePosixPath(name).parts
    plain = name.isprintable() and not set(name) & set('\\:*?"<>|') and len(name) <= 255
    return plain and bool(parts) and "/".join(parts) == name and not name.startswith("/") and ".." not in parts
