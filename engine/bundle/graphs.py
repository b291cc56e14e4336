"""The graphs of a bundle: the tensors that each takes and gives, and its files. Declared once; checks derive from it.

B sequences, l latents of width d, conditions of width D, L words of width W, M single latents, T times, N = 4·l frames
of F feature values. The sizes d, D, W and F stand in the manifest; every other dimension is free, so that one graph
serves any length and any batch.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

FLOAT, INT, BOOL = "tensor(float)", "tensor(int64)", "tensor(bool)"
FIXED_DIMENSIONS = ("d", "D", "W", "F")


@dataclass(frozen=True)
class Tensor:
    """One input or output: its ONNX Runtime type and its dimensions, by letter."""

    type: str
    dimensions: tuple[str, ...]

    def misfit(self, found_type: str, found_shape: list[object], sizes: Mapping[str, int]) -> str | None:
        """What is wrong with a tensor that a graph declares, or None. A size that is a name or missing is free."""
        if found_type != self.type:
            return f"is {found_type}, not {self.type}"
        if len(found_shape) != len(self.dimensions):
            return f"has {len(found_shape)} dimensions, not {len(self.dimensions)}"
        for letter, size in zip(self.dimensions, found_shape, strict=True):
            if not isinstance(size, int):
                continue
            if letter not in FIXED_DIMENSIONS:
                return f"has the fixed size {size} where any {letter} must do"
            if size != sizes[letter]:
                return f"has the size {size} where bundle.json says {sizes[letter]}"
        return None


@dataclass(frozen=True)
class Graph:
    """The signature of one ONNX file."""

    inputs: Mapping[str, Tensor]
    outputs: Mapping[str, Tensor]

    @property
    def tensors(self) -> dict[str, Tensor]:
        return {**self.inputs, **self.outputs}


GRAPHS: Mapping[str, Graph] = {
    "text_encoder": Graph(
        inputs={"input_ids": Tensor(INT, ("B", "L")), "attention_mask": Tensor(INT, ("B", "L"))},
        outputs={"words": Tensor(FLOAT, ("B", "L", "W"))},  # of each layer of the transformer the keys and values
    ),
    "transformer": Graph(
        inputs={
            "latents": Tensor(FLOAT, ("B", "l", "d")),  # values of known latents; the others are ignored
            "known": Tensor(BOOL, ("B", "l")),
            "valid": Tensor(BOOL, ("B", "l")),  # False where a shorter sequence of the batch has ended
            "words": Tensor(FLOAT, ("B", "L", "W")),
            "words_mask": Tensor(BOOL, ("B", "L")),
        },
        outputs={
            "conditions": Tensor(FLOAT, ("B", "l", "D")),
            "attention": Tensor(FLOAT, ("B", "l", "L")),  # mean over layers and heads of each latent's weights on words
        },
    ),
    "flow": Graph(
        inputs={
            "noise": Tensor(FLOAT, ("M", "d")),
            "conditions": Tensor(FLOAT, ("M", "D")),
            "null_conditions": Tensor(FLOAT, ("M", "D")),
            "scale": Tensor(FLOAT, ("M",)),  # w of v_null + w · (v − v_null)
            "times": Tensor(FLOAT, ("T",)),  # from 1, noise, to 0, data
        },
        outputs={"latents": Tensor(FLOAT, ("M", "d"))},
    ),
    "velocity": Graph(
        inputs={
            "latents": Tensor(FLOAT, ("B", "l", "d")),  # on their way from noise to data
            "times": Tensor(FLOAT, ("B",)),  # from 1, noise, to 0, data
            "valid": Tensor(BOOL, ("B", "l")),
            "words": Tensor(FLOAT, ("B", "L", "W")),
            "words_mask": Tensor(BOOL, ("B", "L")),
        },
        outputs={
            "velocities": Tensor(FLOAT, ("B", "l", "d")),
            "attention": Tensor(FLOAT, ("B", "l", "L")),
        },
    ),
    "decoder": Graph(
        inputs={"latents": Tensor(FLOAT, ("B", "l", "d"))},
        outputs={"features": Tensor(FLOAT, ("B", "N", "F"))},  # normalized
    ),
    "encoder": Graph(
        inputs={"features": Tensor(FLOAT, ("B", "N", "F"))},  # normalized
        outputs={"latents": Tensor(FLOAT, ("B", "l", "d"))},
    ),
}

TOKENIZER_FILE = "tokenizer.json"


def graph_file(name: str) -> str:
    """The file of the graph called `name`."""
    return f"{name}.onnx"


def processor_file(name: str) -> str:
    """The same graph with products of 8-bit integers: several times as fast on a CPU, and on it alone. Optional."""
    return f"{name}.int8.onnx"


def weights_file(name: str) -> str:
    """The weights that both files of the graph called `name` leave out; there where `processor_file` is."""
    return f"{name}.safetensors"


FAMILIES: Mapping[str, tuple[str, ...]] = {
    "masked-ar": ("text_encoder", "transformer", "flow", "decoder", "encoder"),
    "flow": ("text_encoder", "velocity", "decoder", "encoder"),
}
"""The graphs of each family of models."""


def required_files(family: str) -> tuple[str, ...]:
    """The files that a bundle of a family can't be without."""
    return (*(graph_file(name) for name in FAMILIES[family]), TOKENIZER_FILE)
