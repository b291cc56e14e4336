"""The trained networks as the graphs of a bundle, traced by torch.export: every batch and length dynamic."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import onnx
import torch
from onnx import TensorProto, numpy_helper
from torch import Tensor, nn
from torch.export import Dim

from engine.bundle.graphs import GRAPHS
from export.inference import FlowGraph, TextGraph, TransformerGraph, VelocityGraph
from export.loops import Loop, looped
from export.names import TURNED, rename
from training.models.autoencoder import MotionAutoencoder
from training.models.generator import Generator
from training.models.masked import MaskedFlowGenerator
from training.models.text import TextEncoder

OPSET = 20
"""The first with GELU as one operator."""


class _DecoderGraph(nn.Module):
    """Latents of unit variance to normalized features."""

    def __init__(self, autoencoder: MotionAutoencoder, latent_std: Tensor) -> None:
        super().__init__()
        self.autoencoder = autoencoder
        self.register_buffer("latent_std", latent_std)

    def forward(self, latents: Tensor) -> Tensor:
        return self.autoencoder.decode(latents * self.latent_std)


class _EncoderGraph(nn.Module):
    """Normalized features to latents of unit variance: their mean, no draw."""

    def __init__(self, autoencoder: MotionAutoencoder, latent_std: Tensor) -> None:
        super().__init__()
        self.autoencoder = autoencoder
        self.register_buffer("latent_std", latent_std)

    def forward(self, features: Tensor) -> Tensor:
        return self.autoencoder.encode(features)[0] / self.latent_std


@dataclass(frozen=True)
class TrainedModel:
    """All that a bundle is made of. longest: the most latents of a sequence that the bundle is to take.

    sink_reference: the generator's SinkRatio on its validation set; None where that wasn't measured.
    """

    encoder: TextEncoder
    generator: Generator
    autoencoder: MotionAutoencoder
    latent_std: Tensor
    longest: int
    sink_reference: float | None = None

    @property
    def word_width(self) -> int:
        """W: the keys and values of every layer's cross-attention, side by side."""
        return 2 * self.generator.config.width * self.generator.config.depth

    def modules(self) -> dict[str, nn.Module]:
        """The torch side of every graph, by the graph's name."""
        return {
            "text_encoder": TextGraph(self.encoder, self.generator.adapter, self.generator.transformer),
            **self._of_family(),
            "decoder": _DecoderGraph(self.autoencoder, self.latent_std),
            "encoder": _EncoderGraph(self.autoencoder, self.latent_std),
        }

    def _of_family(self) -> dict[str, nn.Module]:
        generator, sink_mask = self.generator, self.generator.config.sink_mask > 0
        if isinstance(generator, MaskedFlowGenerator):
            return {
                "transformer": TransformerGraph(generator.transformer, self.longest, sink_mask),
                "flow": FlowGraph(generator.flow_head),
            }
        return {"velocity": VelocityGraph(generator.transformer, self.longest, sink_mask)}

    def example_inputs(self, batch: int = 2, latents: int = 12, words: int = 9) -> dict[str, dict[str, Tensor]]:
        """Inputs of every graph of either family, drawn from a fixed seed.

        The last latent and word of the second row are padding.
        """
        random = torch.Generator().manual_seed(0)
        config, frames_per_latent = self.generator.config, self.autoencoder.config.frames_per_latent
        valid = torch.ones(batch, latents, dtype=torch.bool)
        words_mask = torch.ones(batch, words, dtype=torch.bool)
        valid[1, -1] = words_mask[1, -1] = False
        values = torch.randn(batch, latents, config.latent_width, generator=random)
        vocabulary = self.encoder.tokenizer.vocab_size
        return {
            "text_encoder": {
                "input_ids": torch.randint(999, vocabulary, (batch, words), generator=random),
                "attention_mask": words_mask.long(),
            },
            "transformer": {
                "latents": values,
                "known": torch.rand(batch, latents, generator=random) < 0.5,
                "valid": valid,
                "words": torch.randn(batch, words, self.word_width, generator=random),
                "words_mask": words_mask,
            },
            "velocity": {
                "latents": values,
                "times": torch.rand(batch, generator=random),
                "valid": valid,
                "words": torch.randn(batch, words, self.word_width, generator=random),
                "words_mask": words_mask,
            },
            "flow": {
                "noise": values.flatten(0, 1),
                "conditions": torch.randn(batch * latents, config.width, generator=random),
                "null_conditions": torch.randn(batch * latents, config.width, generator=random),
                "scale": 1 + 3 * torch.rand(batch * latents, generator=random),
                "times": torch.linspace(1.0, 0.0, words),
            },
            "decoder": {"latents": values},
            "encoder": {
                "features": torch.randn(
                    batch, latents * frames_per_latent, self.autoencoder.config.features, generator=random
                )
            },
        }


def to_onnx(name: str, module: nn.Module, inputs: Mapping[str, Tensor]) -> onnx.ModelProto:
    """The graph called `name` with float32 weights; its signature is the one that `engine.bundle.graphs` declares."""
    graph = GRAPHS[name]
    dimensions = {tensor_name: tensor.dimensions for tensor_name, tensor in graph.inputs.items()}
    if isinstance(module, FlowGraph):
        return _flow_to_onnx(module, inputs, dimensions)
    return _traced(module, inputs, dimensions, list(graph.outputs))


def _flow_to_onnx(
    flow: FlowGraph, inputs: Mapping[str, Tensor], dimensions: Mapping[str, tuple[str, ...]]
) -> onnx.ModelProto:
    """The steps as a loop: torch.export would write out as many as there are in the example."""
    begun = {name: inputs[name] for name in ("conditions", "null_conditions", "times")}
    beginning = _traced(
        flow.beginning, begun, {name: dimensions[name] for name in begun}, ["guess", "modulation", "length"]
    )
    with torch.no_grad():
        guess, modulations, lengths = flow.beginning(**begun)
    stepped = {
        "latents": inputs["noise"],
        "modulation": modulations[0],
        "length": lengths[0],
        "guess": guess,
        "scale": inputs["scale"],
    }
    of_step = {
        "latents": ("M", "d"),
        "modulation": ("2M", "E"),
        "length": ("1",),
        "guess": ("2M", "d"),
        "scale": ("M",),
    }
    step = _traced(flow.step, stepped, of_step, ["next"])
    return looped(beginning, step, Loop("noise", "latents", "latents", ("modulation", "length"), ("guess", "scale")))


def _traced(
    module: nn.Module, inputs: Mapping[str, Tensor], dimensions: Mapping[str, tuple[str, ...]], outputs: list[str]
) -> onnx.ModelProto:
    """What torch.export makes of `module`; the dimensions with a letter in `sizes` stay free."""
    # Torch wants to be told, not to find out, that N is four times the number of latents.
    single = Dim("M")
    sizes = {"B": Dim("B"), "l": Dim("l"), "L": Dim("L"), "M": single, "2M": 2 * single, "T": Dim("T", min=3)}
    sizes["N"] = 4 * Dim("n")
    shapes = {
        name: {axis: sizes[letter] for axis, letter in enumerate(letters) if letter in sizes}
        for name, letters in dimensions.items()
    }
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        program = torch.onnx.export(
            module.eval(),
            (),
            kwargs=dict(inputs),
            input_names=list(inputs),
            output_names=outputs,
            dynamic_shapes=shapes,
            opset_version=OPSET,
            dynamo=True,
            verbose=False,
        )
    return _with_names_of(module, _without_traces(program.model_proto))


def _without_traces(model: onnx.ModelProto) -> onnx.ModelProto:
    """The model without what torch notes of each node: from which sources it comes, paths of this machine included."""
    graphs = [model.graph]
    for graph in graphs:
        noted = (*graph.node, *graph.initializer, *graph.value_info, *graph.input, *graph.output)
        for one in (graph, *noted):
            one.ClearField("metadata_props")
        graphs += [attribute.g for node in graph.node for attribute in node.attribute if attribute.HasField("g")]
    return model


def _with_names_of(module: nn.Module, model: onnx.ModelProto) -> onnx.ModelProto:
    """The model whose weights are all called as the module's.

    Tracing turns the weights of products and calls what it has turned by a number: these are known by their values.
    """
    constants = {tensor.name: tensor for tensor in model.graph.initializer}
    own = {name: value.detach().numpy() for name, value in module.state_dict().items() if name not in constants}
    numbered = [
        tensor
        for name, tensor in constants.items()
        if tensor.data_type == TensorProto.FLOAT and tensor.dims and name not in module.state_dict()
    ]
    new_names: dict[str, str] = {}
    for tensor in numbered:
        found = numpy_helper.to_array(tensor)
        for name, value in own.items():
            forms = {name: value, f"{name}{TURNED}": value.T} if value.ndim == 2 else {name: value}
            same = next((form for form, values in forms.items() if np.array_equal(values, found)), None)
            if same is not None:
                new_names[tensor.name] = same
                del own[name]
                break
    rename(model.graph, new_names)
    return model
