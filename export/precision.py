"""Storing a graph's weights in less, float16 or int8 with one scale per output channel, and computing with the latter.

`stored_as` changes storage only: the graph casts (and scales) the weights back to float32 when it is loaded; ONNX
Runtime folds that away, so that arithmetic, inputs and outputs stay float32 on every provider. `computed_in_int8` makes
of that a second graph, whose matrix products are those of 8-bit integers, on the same weights.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from export.names import HALF, INT8, SCALE, TURNED, rename

Storage = Literal["float32", "float16", "int8"]

_SMALL = 1024
"""Weights with fewer numbers stay as they are: biases and norms weigh nothing and are sensitive."""

_NARROW = 64
"""Products over fewer numbers stay float16: the latents themselves go in there."""

# Operator → which of its inputs is the weight, and the weight's axis of output channels.
_CHANNEL_AXES = {"MatMul": (1, -1), "Gemm": (1, -1), "Conv": (1, 0), "Gather": (0, 0)}


def stored_as(model: onnx.ModelProto, storage: Storage, in_half: tuple[str, ...] = ()) -> onnx.ModelProto:
    """The model with its large float32 weights stored as `storage`; a copy.

    in_half: how the names of those weights begin that are stored as float16 where the others are in int8.
    """
    result = onnx.ModelProto()
    result.CopyFrom(model)
    if storage == "float32":
        return result
    _untranspose(result.graph)
    del result.graph.value_info[:]  # they tell the shapes of weights as they lay before
    restored = []
    for initializer in list(result.graph.initializer):
        if initializer.data_type != TensorProto.FLOAT or np.prod(initializer.dims) < _SMALL:
            continue
        weights, name = numpy_helper.to_array(initializer), initializer.name
        readers = [node for node in result.graph.node if name in node.input]
        axis = _channel_axis(readers, name)
        whole = name.startswith(in_half) or axis is None or _is_narrow(readers[0], weights)
        if storage == "float16" or whole:
            small, nodes = _half(weights, name)
        else:
            small, nodes = _int8(weights, name, axis)
            if all(node.op_type == "Gather" for node in readers):
                nodes = []
                _look_up_int8(result.graph, readers, name)
        result.graph.initializer.remove(initializer)
        result.graph.initializer.extend(small)
        restored.extend(nodes)
    # Nodes must stand before those that read what they give.
    _replace_nodes(result.graph, [*restored, *result.graph.node])
    onnx.checker.check_model(result)
    return result


def computed_in_int8(model: onnx.ModelProto) -> onnx.ModelProto:
    """The model of `stored_as(…, "int8")` with its products computed in integers; a copy that shares the weights.

    x · w ≈ s_x · s_w · (x_q − z) · w_q, where s_x and z come from the range of x each time (ONNX Runtime makes of these
    nodes one kernel).
    """
    result = onnx.ModelProto()
    result.CopyFrom(model)
    weights = {initializer.name for initializer in result.graph.initializer}
    restored = {node.output[0] for node in result.graph.node if f"{node.output[0]}{INT8}" in weights}
    products = {node.output[0]: node for node in result.graph.node if _weight_of(node) in restored}
    still_read = {
        name for node in result.graph.node if node.output[0] not in products for name in node.input if name in restored
    }
    unread = restored - still_read
    nodes: list[onnx.NodeProto] = []
    for node in result.graph.node:
        if node.output[0] in products:
            nodes.extend(_integer_product(node))
        elif node.output[0] not in unread and node.output[0].removesuffix(".whole") not in unread:
            nodes.append(node)
    _replace_nodes(result.graph, nodes)
    onnx.checker.check_model(result)
    return result


def _untranspose(graph: onnx.GraphProto) -> None:
    """Turn constant weights of Gemm (N, K), transB = 1, into (K, N): all products then have one form."""
    constants = {initializer.name: initializer for initializer in graph.initializer}
    turned: dict[str, str] = {}
    for node in graph.node:
        flags = [attribute for attribute in node.attribute if attribute.name == "transB" and attribute.i]
        if node.op_type != "Gemm" or not flags or node.input[1] not in constants:
            continue
        name = node.input[1]
        if name not in turned:
            weights = np.ascontiguousarray(numpy_helper.to_array(constants[name]).T)
            constants[name].CopyFrom(numpy_helper.from_array(weights, name))
            turned[name] = f"{name}{TURNED}"
        node.attribute.remove(flags[0])
    rename(graph, turned)


def _channel_axis(readers: list[onnx.NodeProto], name: str) -> int | None:
    for node in readers:
        place, axis = _CHANNEL_AXES.get(node.op_type, (None, 0))
        if place is not None and len(node.input) > place and node.input[place] == name:
            return axis
    return None


def _is_narrow(reader: onnx.NodeProto, weights: NDArray[np.float32]) -> bool:
    return reader.op_type in ("MatMul", "Gemm") and weights.shape[0] < _NARROW


def _half(weights: NDArray[np.float32], name: str) -> tuple[list[TensorProto], list[onnx.NodeProto]]:
    stored = numpy_helper.from_array(weights.astype(np.float16), f"{name}{HALF}")
    return [stored], [helper.make_node("Cast", [stored.name], [name], to=TensorProto.FLOAT)]


def _int8(weights: NDArray[np.float32], name: str, axis: int) -> tuple[list[TensorProto], list[onnx.NodeProto]]:
    """w ≈ scale · q, scale = max|w| / 127 per channel."""
    others = tuple(i for i in range(weights.ndim) if i != axis % weights.ndim)
    scale = np.maximum(np.abs(weights).max(axis=others, keepdims=True) / 127.0, 1e-12).astype(np.float32)
    if axis == -1:
        scale = scale.ravel()  # as ONNX Runtime's fused product wants it
    stored = [
        numpy_helper.from_array(np.rint(weights / scale).astype(np.int8), f"{name}{INT8}"),
        numpy_helper.from_array(scale, f"{name}{SCALE}"),
    ]
    nodes = [
        helper.make_node("Cast", [stored[0].name], [f"{name}.whole"], to=TensorProto.FLOAT),
        helper.make_node("Mul", [f"{name}.whole", stored[1].name], [name]),
    ]
    return stored, nodes


def _look_up_int8(graph: onnx.GraphProto, readers: list[onnx.NodeProto], name: str) -> None:
    """Restore the rows that are looked up, not the table: in float32 a vocabulary would be most of a model's memory."""
    nodes = []
    for node in graph.node:
        if node not in readers:
            nodes.append(node)
            continue
        ids, found = node.input[1], node.output[0]
        nodes += [
            helper.make_node("Gather", [f"{name}{INT8}", ids], [f"{found}.int8"]),
            helper.make_node("Gather", [f"{name}{SCALE}", ids], [f"{found}.scale"]),
            helper.make_node("Cast", [f"{found}.int8"], [f"{found}.whole"], to=TensorProto.FLOAT),
            helper.make_node("Mul", [f"{found}.whole", f"{found}.scale"], [found]),
        ]
    _replace_nodes(graph, nodes)


def _weight_of(node: onnx.NodeProto) -> str | None:
    """The weight of a plain product x · w (+ b)."""
    plain = node.op_type == "MatMul" or (node.op_type == "Gemm" and not _is_scaled(node))
    return node.input[1] if plain else None


def _is_scaled(gemm: onnx.NodeProto) -> bool:
    values = {attribute.name: helper.get_attribute_value(attribute) for attribute in gemm.attribute}
    turned = values.get("transA", 0) or values.get("transB", 0)
    return bool(turned) or {values.get("alpha", 1.0), values.get("beta", 1.0)} != {1.0}


def _integer_product(node: onnx.NodeProto) -> Iterator[onnx.NodeProto]:
    x, weight, y = node.input[0], node.input[1], node.output[0]
    yield helper.make_node("DynamicQuantizeLinear", [x], [f"{y}.x", f"{y}.x_scale", f"{y}.x_zero"])
    yield helper.make_node("MatMulInteger", [f"{y}.x", f"{weight}{INT8}", f"{y}.x_zero"], [f"{y}.integer"])
    yield helper.make_node("Cast", [f"{y}.integer"], [f"{y}.whole"], to=TensorProto.FLOAT)
    yield helper.make_node("Mul", [f"{y}.x_scale", f"{weight}{SCALE}"], [f"{y}.scale"])
    biased = len(node.input) > 2
    yield helper.make_node("Mul", [f"{y}.whole", f"{y}.scale"], [f"{y}.product" if biased else y])
    if biased:
        yield helper.make_node("Add", [f"{y}.product", node.input[2]], [y])


def _replace_nodes(graph: onnx.GraphProto, nodes: list[onnx.NodeProto]) -> None:
    kept = [onnx.NodeProto.FromString(node.SerializeToString()) for node in nodes]
    del graph.node[:]
    graph.node.extend(kept)
