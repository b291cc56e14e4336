"""The graphs of a bundle: the tensors that each takes and gives. Declared once; the checks derive
from it.

B sequences, l latents of width d, L words of width D, M single latents, N = 4·l frames of F feature values. The sizes
d, D and F stand in the manifest; every other dimension is free, so that one graph serves any length and any batch.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

FLOAT, INT, BOOL = "tensor(float)", "tensor(int64)", "tensor(bool)"
FIXED_DIMENSIONS = ("d", "D", "F")


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
    """The signature of one ONNX file; graphs have one output each."""

    inputs: Mapping[str, Tensor]
    output: str
    result: Tensor

    @property
    def tensors(self) -> dict[str, Tensor]:
        return {**self.inputs, self.output: self.result}


GRAPHS: Mapping[str, Graph] = {
    "text_encoder": Graph(
        inputs={"input_ids": Tensor(INT, ("B", "L")), "attention_mask": Tensor(INT, ("B", "L"))},
        output="words",
        result=Tensor(FLOAT, ("B", "L", "D")),
    ),
    "transformer": Graph(
        inputs={
            "latents": Tensor(FLOAT, ("B", "l", "d")),  # values of known latents; the others are ignored
            "known": Tensor(BOOL, ("B", "l")),
            "valid": Tensor(BOOL, ("B", "l")),  # False where a shorter sequence of the batch has ended
            "words": Tensor(FLOAT, ("B", "L", "D")),
            "words_mask": Tensor(BOOL, ("B", "L")),
        },
        output="conditions",
        result=Tensor(FLOAT, ("B", "l", "D")),
    ),
    "flow_head": Graph(
        inputs={
            "noisy": Tensor(FLOAT, ("M", "d")),
            "time": Tensor(FLOAT, ("M",)),  # 1 is noise, 0 is data
            "conditions": Tensor(FLOAT, ("M", "D")),
        },
        output="velocity",
        result=Tensor(FLOAT, ("M", "d")),
    ),
    "decoder": Graph(
        inputs={"latents": Tensor(FLOAT, ("B", "l", "d"))},
        output="features",  # normalized
        result=Tensor(FLOAT, ("B", "N", "F")),
    ),
    "encoder": Graph(
        inputs={"features": Tensor(FLOAT, ("B", "N", "F"))},  # normalized
        output="latents",
        result=Tensor(FLOAT, ("B", "l", "d")),
    ),
}

TOKENIZER_FILE = "tokenizer.json"


def graph_file(name: str) -> str:
    """The file of the graph called `name`."""
    return f"{name}.onnx"


REQUIRED_FILES = (*(graph_file(name) for name in GRAPHS), TOKENIZER_FILE)
