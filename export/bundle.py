"""From training runs to a bundle on disk: graphs, precision, parity, manifest."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from safetensors.numpy import save
from torch import Tensor

from engine.bundle import Manifest, Normalization, Preset, write_manifest
from engine.bundle.graphs import graph_file, processor_file, weights_file
from engine.bundle.manifest import MANIFEST_FILE
from engine.errors import UserError
from engine.motion.ms272 import FPS
from export.config import ExportConfig
from export.graphs import OPSET, TrainedModel, to_onnx
from export.parity import measure, operations_per_row
from export.precision import Storage, computed_in_int8, stored_as
from export.restoring import write_training_file
from export.sharing import without_shared_weights
from export.vocabulary import write_vocabulary
from training.config import AutoencoderTraining, GeneratorTraining
from training.models.generator import new_generator
from training.models.text import MAX_WORDS, TextEncoder
from training.trainers.autoencoder import load_autoencoder
from training.trainers.checkpoint import load_average
from training.trainers.generator import SINK_REFERENCE

_MARGIN = 2.0
"""Places are tabulated up to this many times the longest motion that was learned."""

STORAGE: dict[str, Storage] = {
    "text_encoder": "int8",
    "transformer": "int8",
    "velocity": "int8",
    "flow": "float16",
    "decoder": "float16",
    "encoder": "float16",
}
IN_HALF = {"text_encoder": ("adapter.",)}
"""Weights of a graph in int8 that stay float16, by how their names begin: what was learned of words."""

INTEGER_PRODUCTS = ("transformer", "velocity")
"""Computed in int8 on a CPU. The text encoder is not: it runs once for a prompt, and strayed by 3e-2."""

PARITY_LIMITS: dict[Storage, float] = {"float32": 1e-6, "float16": 1e-4, "int8": 1e-2}
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
    model, statistics = opened_run(run)
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=f".{folder.name}.") as name:
        work = Path(name) / "bundle"
        work.mkdir()
        parity = _write_graphs(model, work, config.exact, on_graph)
        model.encoder.tokenizer.backend_tokenizer.save(str(work / "tokenizer.json"))
        write_vocabulary(settings.data, work)
        write_training_file(work, model, settings, AutoencoderTraining.read(settings.autoencoder / "config.json"))
        normalization = Normalization(tuple(statistics["mean"].tolist()), tuple(statistics["std"].tolist()))
        manifest = write_manifest(
            work,
            Manifest(
                name=config.name,
                version=config.version,
                latent_width=settings.model.latent_width,
                frames_per_latent=model.autoencoder.config.frames_per_latent,
                condition_width=settings.model.width,
                family=settings.model.family,
                sink_reference=model.sink_reference,
                word_width=model.word_width,
                max_words=MAX_WORDS,
                max_seconds=settings.data.max_seconds,
                default_seconds=config.default_seconds,
                normalization=normalization,
                presets={name: Preset(**preset.model_dump()) for name, preset in config.presets.items()},
                vocabulary_notes=config.vocabulary_notes,
                license=config.license,
                attributions=config.attributions,
                opset=OPSET,
                parity=parity,
            ),
        )
        _put_in_place(work, folder)
    return manifest


def opened_run(run: Path) -> tuple[TrainedModel, Mapping[str, Tensor]]:
    """The networks of a generator's run, with the autoencoder and text encoder that its settings name; and the
    statistics of features and latents: mean, std, latent_std.
    """
    settings = GeneratorTraining.read(run / "config.json")
    if settings.model.conditioning != "cross-attention":
        raise UserError(f"{run} is a run of the ablation “adaln”, which a bundle has no graphs for.")
    autoencoder, statistics = load_autoencoder(settings.autoencoder)
    generator = new_generator(settings.model)
    reference = load_average(run, generator).get(SINK_REFERENCE)
    longest = round(_MARGIN * settings.data.max_seconds * FPS / autoencoder.config.frames_per_latent)
    encoder = TextEncoder(settings.text_encoder, settings.word_embeddings)
    model = TrainedModel(
        encoder=encoder,
        generator=generator.eval(),
        autoencoder=autoencoder,
        latent_std=statistics["latent_std"],
        longest=longest,
        sink_reference=None if reference is None else float(reference),
    )
    return model, statistics


def _is_empty_folder(path: Path) -> bool:
    return path.is_dir() and not any(path.iterdir())


def _write_graphs(
    model: TrainedModel, folder: Path, exact: bool, on_graph: Callable[[str], None]
) -> dict[str, dict[str, Any]]:
    """Write the files of every graph; parity of each ONNX file, by its name without the suffix.

    exact: whether the transformer is stored in float16 and computed as on other providers.
    """
    parity: dict[str, dict[str, Any]] = {}
    # Parity is measured on another batch and other lengths than those that were traced.
    traced, checked = model.example_inputs(), model.example_inputs(batch=3, latents=min(31, model.longest), words=17)
    for name, module in model.modules().items():
        on_graph(name)
        is_exact = exact and name in INTEGER_PRODUCTS
        storage: Storage = "float16" if is_exact else STORAGE[name]
        graph = stored_as(to_onnx(name, module, traced[name]), storage, IN_HALF.get(name, ()))
        graphs = {graph_file(name): graph}
        if name in INTEGER_PRODUCTS and not is_exact:
            graphs[processor_file(name)] = computed_in_int8(graph)
        for file, form in graphs.items():
            found = measure(form.SerializeToString(), module, checked[name])
            if found.cosine_distance > PARITY_LIMITS[storage]:
                strays = f"strays from torch by {found.cosine_distance:.1e}"
                raise UserError(f"{file} stored as {storage} {strays}; store it in more bits.")
            parity[file.removesuffix(".onnx")] = asdict(found) | {"storage": storage}
        parity[name]["operations_per_row"] = operations_per_row(module, traced[name])
        _write_forms(graphs, folder, weights_file(name))
    return parity


def _write_forms(graphs: Mapping[str, onnx.ModelProto], folder: Path, weights: str) -> None:
    """One form of a graph holds its weights; two share them in a file of their own."""
    if len(graphs) == 1:
        contents = [graph.SerializeToString() for graph in graphs.values()]
    else:
        contents, shared = without_shared_weights(list(graphs.values()), weights)
        (folder / weights).write_bytes(save({name: np.ascontiguousarray(value) for name, value in shared.items()}))
    for file, content in zip(graphs, contents, strict=True):
        (folder / file).write_bytes(content)


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
