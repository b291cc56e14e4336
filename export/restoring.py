"""A bundle back to the runs that it was exported from, so that the model can be trained further.

The weights are those of the graphs, as exact as they are stored there. What no graph has (settings, and weights that
were computed away or that only training needs) lies beside them in `training.safetensors`, in float16.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import onnx
import torch
from onnx import numpy_helper
from safetensors import SafetensorError, safe_open
from safetensors.torch import load_file, save
from torch import Tensor, nn

from engine.bundle import Manifest, read_manifest
from engine.bundle.graphs import graph_file, weights_file
from engine.bundle.integrity import check_files
from engine.errors import UserError
from export.graphs import TrainedModel
from export.inference import FlowGraph, TransformerGraph, VelocityGraph
from export.names import HALF, INT8, SCALE, TURNED
from training.config import AutoencoderTraining, GeneratorTraining, RunConfig
from training.models.autoencoder import MotionAutoencoder
from training.models.generator import Generator, new_generator
from training.models.masked import MaskedFlowGenerator
from training.studio.further import TRAINING_FILE
from training.trainers.checkpoint import WEIGHTS, save_weights
from training.trainers.generator import SINK_REFERENCE
from training.word_embeddings.table import WordEmbeddings

AUTOENCODER, GENERATOR, WORD_EMBEDDINGS = "autoencoder", "generator", "word-embeddings.safetensors"
"""What `restore_runs` makes: the folders of two runs, and a file where the text encoder has words of its own."""

_PARTS = (GENERATOR, AUTOENCODER)
_FORMAT = "motionwright-training/1"
_ROWS = "word_embeddings.rows"
_TABLE = "encoder.{}.weight"


def write_training_file(
    folder: Path, model: TrainedModel, generator: GeneratorTraining, autoencoder: AutoencoderTraining
) -> None:
    """Write what the graphs in `folder` lack of a trained model: weights that don't come back from them, settings."""
    read_back = _networks(generator, autoencoder)
    _read_graphs(folder, *read_back)
    tensors: dict[str, Tensor] = {}
    for part, trained, read in zip(_PARTS, (model.generator, model.autoencoder), read_back, strict=True):
        weights = trained.state_dict()
        lacking = [name for name, value in read.state_dict().items() if value.isnan().any()]
        tensors |= {f"{part}.{name}": weights[name].half().contiguous() for name in lacking}
    metadata = {
        "format": _FORMAT,
        AUTOENCODER: _without_places(autoencoder).model_dump_json(),
        GENERATOR: _without_places(generator).model_dump_json(),
    }
    if generator.word_embeddings is not None:
        words = WordEmbeddings.read(generator.word_embeddings)
        table = model.encoder.model.get_input_embeddings()
        name = next(name for name, module in model.encoder.named_modules() if module is table)
        metadata |= {"encoder": words.encoder, "table": _TABLE.format(name)}
        tensors[_ROWS] = words.rows
    (folder / TRAINING_FILE).write_bytes(save(tensors, metadata))


def restore_runs(bundle: Path, folder: Path) -> None:
    """Make in `folder` the runs `autoencoder` and `generator` of a bundle; UserError where it lacks what they need."""
    manifest = read_manifest(bundle)
    check_files(bundle, manifest.files)
    metadata, tensors = _training_file(bundle)
    generator_settings = GeneratorTraining.model_validate_json(metadata[GENERATOR])
    autoencoder_settings = AutoencoderTraining.model_validate_json(metadata[AUTOENCODER])
    generator, autoencoder = _networks(generator_settings, autoencoder_settings)
    _read_graphs(bundle, generator, autoencoder)
    for part, network in zip(_PARTS, (generator, autoencoder), strict=True):
        _put(tensors, network, f"{part}.")
        if any(value.isnan().any() for value in network.state_dict().values()):
            raise UserError(f"{bundle} lacks weights of its {part}; export it again to train it further.")
    places: dict[str, Path] = {"autoencoder": folder / AUTOENCODER}
    if _ROWS in tensors:
        places["word_embeddings"] = folder / WORD_EMBEDDINGS
        table = graph_weights(bundle, "text_encoder")[metadata["table"]]
        folder.mkdir(parents=True, exist_ok=True)
        WordEmbeddings(tensors[_ROWS], table[tensors[_ROWS]], metadata["encoder"]).save(folder / WORD_EMBEDDINGS)
    sink = {} if manifest.sink_reference is None else {SINK_REFERENCE: torch.tensor(manifest.sink_reference)}
    _save_run(folder / AUTOENCODER, autoencoder_settings, autoencoder, _statistics(bundle, manifest))
    _save_run(folder / GENERATOR, generator_settings.model_copy(update=places), generator, sink)


def graph_weights(folder: Path, name: str) -> dict[str, Tensor]:
    """Every constant of a graph as float32 and by its name in torch, unturned."""
    graph = onnx.load(folder / graph_file(name), load_external_data=False).graph
    outside = load_file(folder / weights_file(name)) if (folder / weights_file(name)).is_file() else {}
    stored = {
        tensor.name: outside[tensor.name]
        if tensor.data_location == onnx.TensorProto.EXTERNAL
        else torch.from_numpy(numpy_helper.to_array(tensor).copy())
        for tensor in graph.initializer
    }
    return dict(_as_in_torch(name, value, stored) for name, value in stored.items() if not name.endswith(SCALE))


def _as_in_torch(name: str, value: Tensor, stored: Mapping[str, Tensor]) -> tuple[str, Tensor]:
    plain = name.removesuffix(HALF).removesuffix(INT8)
    value = value.float() * stored[f"{plain}{SCALE}"] if name.endswith(INT8) else value.float()
    return (plain.removesuffix(TURNED), value.T) if plain.endswith(TURNED) else (plain, value)


def _networks(generator: GeneratorTraining, autoencoder: AutoencoderTraining) -> tuple[Generator, MotionAutoencoder]:
    """Both networks with NaN for every weight, so that what is not read is seen."""
    networks = new_generator(generator.model), MotionAutoencoder(autoencoder.model)
    for network in networks:
        network.requires_grad_(requires_grad=False).eval()
        for parameter in network.parameters():
            parameter.fill_(torch.nan)
    return networks


def _read_graphs(folder: Path, generator: Generator, autoencoder: MotionAutoencoder) -> None:
    """Put into the networks what the graphs of a bundle have of them."""
    for name in ("encoder", "decoder"):
        _put(graph_weights(folder, name), getattr(autoencoder, name), f"autoencoder.{name}.")
    words = graph_weights(folder, "text_encoder")
    _put(words, generator.adapter, "adapter.")
    for number, layer in enumerate(generator.transformer.layers):
        _put(words, layer.cross_attention.key_value, f"key_values.{number}.")
    graph: TransformerGraph | VelocityGraph
    if isinstance(generator, MaskedFlowGenerator):
        graph = TransformerGraph(generator.transformer, longest=1)
        _put(graph_weights(folder, "transformer"), graph)
        flow, weights = FlowGraph(generator.flow_head), graph_weights(folder, "flow")
        _put(weights, flow.beginning)
        _put(weights, flow.step, "step.")
        flow.beginning.put_back(generator.flow_head)
    else:
        graph = VelocityGraph(generator.transformer, longest=1, sink_mask=False)
        _put(graph_weights(folder, "velocity"), graph)
    for rearranged, layer in zip(graph.stack.layers, generator.transformer.layers, strict=True):
        rearranged.put_back(layer)


def _put(weights: Mapping[str, Tensor], module: nn.Module, prefix: str = "") -> None:
    """Load those weights of a graph that are a module's, which it calls by its prefix and the module's own names."""
    own = [name for name in module.state_dict() if "places." not in name]  # tables, as long as the graph's motions
    found = {name: weights[f"{prefix}{name}"] for name in own if f"{prefix}{name}" in weights}
    module.load_state_dict(found, strict=False)


def _statistics(bundle: Path, manifest: Manifest) -> dict[str, Tensor]:
    normalization = manifest.normalization
    return {
        "mean": torch.tensor(normalization.mean),
        "std": torch.tensor(normalization.std),
        "latent_std": graph_weights(bundle, "decoder")["latent_std"],
    }


def _save_run(folder: Path, settings: RunConfig, network: nn.Module, beside: Mapping[str, Tensor]) -> None:
    settings.open_run(folder)
    save_weights(folder / WEIGHTS, network, beside)


def _without_places(settings: Any) -> Any:
    """Settings without the paths of what the model was trained on."""
    changes: dict[str, Any] = {"data": settings.data.model_copy(update={"archive": None, "shards": Path("shards")})}
    if isinstance(settings, GeneratorTraining):
        changes |= {"autoencoder": Path(AUTOENCODER), "words": None, "word_embeddings": None, "reflow": None}
    else:
        changes |= {"polish": None}
    return settings.model_copy(update=changes)


def _training_file(bundle: Path) -> tuple[Mapping[str, str], dict[str, Tensor]]:
    path = bundle / TRAINING_FILE
    if not path.is_file():
        raise UserError(f"{bundle} was exported without what training needs; export it again, or train from its run.")
    try:
        with safe_open(path, framework="pt") as file:
            metadata = file.metadata() or {}
        tensors = load_file(path)
    except (OSError, SafetensorError) as error:
        raise UserError(f"{path} can't be read: {error}; export the bundle again.") from error
    if metadata.get("format") != _FORMAT:
        raise UserError(f"{path} is of another version; export the bundle again.")
    return metadata, tensors
