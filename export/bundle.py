"""From training runs to a bundle on disk: graphs, precision, parity, manifest."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

from engine.bundle import Manifest, Normalization, SamplerDefaults, write_manifest
from engine.bundle.manifest import MANIFEST_FILE
from engine.errors import UserError
from export.config import ExportConfig
from export.graphs import OPSET, TrainedModel, to_onnx
from export.parity import Parity, measure
from export.precision import Storage, stored_as
from training.config import GeneratorTraining
from training.models.generator import MaskedFlowGenerator
from training.models.text import MAX_WORDS, TextEncoder
from training.trainers.checkpoint import load_average
from training.trainers.generator import load_autoencoder

STORAGE: dict[str, Storage] = {
    "text_encoder": "int8",
    "transformer": "float16",
    "flow_head": "float16",
    "decoder": "float16",
    "encoder": "float16",
}

PARITY_LIMITS: dict[Storage, float] = {"float32": 1e-6, "float16": 1e-4, "int8": 5e-3}
"""The largest 1 − cosine between torch and a graph as it ships, for each storage."""


def export_bundle(
    config: ExportConfig, run: Path, folder: Path, on_graph: Callable[[str], None] = lambda _: None
) -> Manifest:
    """Write the bundle of a generator's run to `folder`, whole or not at all, in the place of an earlier one.

    UserError where the run isn't trained, where a graph strays too far from torch, or where `folder` is something else.
    """
    if folder.exists() and not (folder / MANIFEST_FILE).is_file() and not _is_empty_folder(folder):
        raise UserError(f"{folder} is there and is no bundle; give a new folder, or that of an earlier bundle.")
    settings = GeneratorTraining.read(run / "config.json")
    autoencoder, statistics = load_autoencoder(settings.autoencoder)
    generator = MaskedFlowGenerator(settings.model)
    load_average(run, generator)
    encoder = TextEncoder(settings.text_encoder)
    model = TrainedModel(encoder, generator.eval(), autoencoder, statistics["latent_std"])
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=f".{folder.name}.") as name:
        work = Path(name) / "bundle"
        work.mkdir()
        parity = _write_graphs(model, work, on_graph)
        encoder.tokenizer.backend_tokenizer.save(str(work / "tokenizer.json"))
        normalization = Normalization(tuple(statistics["mean"].tolist()), tuple(statistics["std"].tolist()))
        manifest = write_manifest(
            work,
            Manifest(
                name=config.name,
                version=config.version,
                latent_width=settings.model.latent_width,
                word_width=settings.model.width,
                max_words=MAX_WORDS,
                max_seconds=settings.data.max_seconds,
                default_seconds=config.default_seconds,
                normalization=normalization,
                sampler=SamplerDefaults(config.guidance, config.flow_steps, config.tokens_per_round),
                vocabulary_notes=config.vocabulary_notes,
                license=config.license,
                attributions=config.attributions,
                opset=OPSET,
                parity={name: asdict(value) | {"storage": STORAGE[name]} for name, value in parity.items()},
            ),
        )
        _put_in_place(work, folder)
    return manifest


def _is_empty_folder(path: Path) -> bool:
    return path.is_dir() and not any(path.iterdir())


def _write_graphs(model: TrainedModel, folder: Path, on_graph: Callable[[str], None]) -> dict[str, Parity]:
    parity = {}
    # Parity is measured on another batch and other lengths than those that were traced.
    traced, checked = model.example_inputs(), model.example_inputs(batch=3, latents=31, words=17)
    for name, module in model.modules().items():
        on_graph(name)
        graph = stored_as(to_onnx(name, module, traced[name]), STORAGE[name]).SerializeToString()
        parity[name] = measure(graph, module, checked[name])
        if parity[name].cosine_distance > PARITY_LIMITS[STORAGE[name]]:
            raise UserError(
                f"{name} stored as {STORAGE[name]} strays from torch by {parity[name].cosine_distance:.1e}; "
                "store it in more bits."
            )
        (folder / f"{name}.onnx").write_bytes(graph)
    return parity


def _put_in_place(new: Path, folder: Path) -> None:
    """Swap the folders; the earlier bundle comes back if the new one can't be put in its place."""
    earlier = new.parent / "earlier"
    if folder.exists():
        folder.rename(earlier)
    try:
        shutil.move(new, folder)
    except OSError:
        if earlier.exists():
            earlier.rename(folder)
        raise
