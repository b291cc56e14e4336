"""The trained networks as the five graphs of a bundle, traced by torch.export: every batch and length dynamic."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from dataclasses import dataclass

import onnx
import torch
from torch import Tensor, nn
from torch.export import Dim

from engine.bundle.graphs import GRAPHS
from training.models.autoencoder import MotionAutoencoder
from training.models.generator import MaskedFlowGenerator
from training.models.text import TextEncoder

OPSET = 18


class _TextGraph(nn.Module):
    """Frozen text encoder and learnt adapter in one: token ids to words at model width."""

    def __init__(self, encoder: TextEncoder, generator: MaskedFlowGenerator) -> None:
        super().__init__()
        self.encoder, self.adapter = encoder, generator.adapter

    def forward(self, input_ids: Tensor, attention_mask: Tensor) -> Tensor:
        return self.adapter(self.encoder(input_ids, attention_mask), attention_mask.bool())


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
    """All that a bundle is made of."""

    encoder: TextEncoder
    generator: MaskedFlowGenerator
    autoencoder: MotionAutoencoder
    latent_std: Tensor

    def modules(self) -> dict[str, nn.Module]:
        """The torch side of every graph, by the graph's name."""
        return {
            "text_encoder": _TextGraph(self.encoder, self.generator),
            "transformer": self.generator.transformer,
            "flow_head": self.generator.flow_head,
            "decoder": _DecoderGraph(self.autoencoder, self.latent_std),
            "encoder": _EncoderGraph(self.autoencoder, self.latent_std),
        }

    def example_inputs(self, batch: int = 2, latents: int = 12, words: int = 9) -> dict[str, dict[str, Tensor]]:
        """Inputs of every graph, drawn from a fixed seed, the last latent and word of the second row being padding."""
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
                "words": torch.randn(batch, words, config.width, generator=random),
                "words_mask": words_mask,
            },
            "flow_head": {
                "noisy": values.flatten(0, 1),
                "time": torch.rand(batch * latents, generator=random),
                "conditions": torch.randn(batch * latents, config.width, generator=random),
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
    # N is four times the number of latents; torch.export wants that said, not found out.
    sizes = {"B": Dim("B"), "l": Dim("l"), "L": Dim("L"), "M": Dim("M"), "N": 4 * Dim("n")}
    shapes = {
        tensor_name: {axis: sizes[letter] for axis, letter in enumerate(tensor.dimensions) if letter in sizes}
        for tensor_name, tensor in graph.inputs.items()
    }
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        program = torch.onnx.export(
            module.eval(),
            (),
            kwargs=dict(inputs),
            input_names=list(graph.inputs),
            output_names=[graph.output],
            dynamic_shapes=shapes,
            opset_version=OPSET,
            dynamo=True,
            verbose=False,
        )
    return program.model_proto
