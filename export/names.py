"""What the weights of a bundle's graphs are called: as in torch, with an ending for what was done to them."""

from __future__ import annotations

from collections.abc import Mapping

import onnx

TURNED = ".T"
"""Of a product's weight (out, in) that lies as (in, out)."""

HALF, INT8, SCALE = ".half", ".int8", ".scale"
"""Of what is stored instead of float32: float16, or integers and what each of their channels is multiplied by."""


def rename(graph: onnx.GraphProto, new_names: Mapping[str, str]) -> None:
    """Give constants of a graph other names, wherever its own nodes read them."""
    for tensor in graph.initializer:
        tensor.name = new_names.get(tensor.name, tensor.name)
    for node in graph.node:
        node.input[:] = [new_names.get(name, name) for name in node.input]
