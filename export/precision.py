"""Storing a graph's weights in less: float16, or int8 with one scale per output channel.

Only storage changes. The graph casts (and scales) the weights back to float32 when it is loaded; ONNX Runtime folds
that away, so that arithmetic, inputs and outputs stay float32 on every provider.
"""

from __future__ import annotations

from typing import Literal

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

Storage = Literal["float32", "float16", "int8"]

_SMALL = 1024
"""Weights with fewer numbers stay as they are: biases and norms weigh nothing and are sensitive."""

# Operator → which of its inputs is the weight, and the weight's axis of output channels.
_CHANNEL_AXES = {"MatMul": (1, -1), "Gemm": (1, 0), "Conv": (1, 0), "Gather": (0, 0)}


def stored_as(model: onnx.ModelProto, storage: Storage) -> onnx.ModelProto:
    """The model with its large float32 weights stored as `storage`; a copy."""
    result = onnx.ModelProto()
    result.CopyFrom(model)
    if storage == "float32":
        return result
    restored = []
    for initializer in list(result.graph.initializer):
        if initializer.data_type != TensorProto.FLOAT or np.prod(initializer.dims) < _SMALL:
            continue
        weights = numpy_helper.to_array(initializer)
        axis = _channel_axis(result.graph, initializer.name)
        small, nodes = (
            _half(weights, initializer.name)
            if storage == "float16" or axis is None
            else _int8(weights, initializer.name, axis)
        )
        result.graph.initializer.remove(initializer)
        result.graph.initializer.extend(small)
        restored.extend(nodes)
    # Nodes must stand before those that read what they give.
    rest = list(result.graph.node)
    del result.graph.node[:]
    result.graph.node.extend(restored + rest)
    onnx.checker.check_model(result)
    return result


def _channel_axis(graph: onnx.GraphProto, name: str) -> int | None:
    for node in graph.node:
        place, axis = _CHANNEL_AXES.get(node.op_type, (None, 0))
        if place is not None and len(node.input) > place and node.input[place] == name:
            transposed = any(attribute.name == "transB" and attribute.i for attribute in node.attribute)
            return 1 if node.op_type == "Gemm" and not transposed else axis
    return None


def _half(weights: NDArray[np.float32], name: str) -> tuple[list[TensorProto], list[onnx.NodeProto]]:
    stored = numpy_helper.from_array(weights.astype(np.float16), f"{name}.half")
    return [stored], [helper.make_node("Cast", [stored.name], [name], to=TensorProto.FLOAT)]


def _int8(weights: NDArray[np.float32], name: str, axis: int) -> tuple[list[TensorProto], list[onnx.NodeProto]]:
    """w ≈ scale · q, scale = max|w| / 127 per channel."""
    others = tuple(i for i in range(weights.ndim) if i != axis % weights.ndim)
    scale = np.maximum(np.abs(weights).max(axis=others, keepdims=True) / 127.0, 1e-12).astype(np.float32)
    stored = [
        numpy_helper.from_array(np.rint(weights / scale).astype(np.int8), f"{name}.int8"),
        numpy_helper.from_array(scale, f"{name}.scale"),
    ]
    nodes = [
        helper.make_node("Cast", [stored[0].name], [f"{name}.whole"], to=TensorProto.FLOAT),
        helper.make_node("Mul", [f"{name}.whole", stored[1].name], [name]),
    ]
    return stored, nodes
