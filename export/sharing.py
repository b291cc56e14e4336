"""Weights that two graphs have in common, in one file beside them.

Both name the weights as ONNX's external data; the engine hands them over in memory, having checked the file's hash.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, numpy_helper

_LEAST_BYTES = 512
"""Smaller ones stay in the graphs: shapes and axes must be seen while a graph is loaded."""


def without_shared_weights(models: Sequence[onnx.ModelProto], file: str) -> tuple[list[bytes], dict[str, NDArray[Any]]]:
    """The models as bytes without the weights that all of them hold, and these weights by name, for `file`."""
    tables = [{tensor.name: tensor for tensor in model.graph.initializer} for model in models]
    first, *others = tables
    names = [
        name
        for name, tensor in first.items()
        if len(numpy_helper.to_array(tensor).tobytes()) >= _LEAST_BYTES
        and all(name in table and _same(tensor, table[name]) for table in others)
    ]
    weights = {name: numpy_helper.to_array(first[name]) for name in names}
    return [_without(model, names, file) for model in models], weights


def _same(one: TensorProto, other: TensorProto) -> bool:
    values, others = numpy_helper.to_array(one), numpy_helper.to_array(other)
    return values.dtype == others.dtype and np.array_equal(values, others)


def _without(model: onnx.ModelProto, names: Sequence[str], file: str) -> bytes:
    result = onnx.ModelProto()
    result.CopyFrom(model)
    for tensor in result.graph.initializer:
        if tensor.name not in names:
            continue
        outside = TensorProto(
            name=tensor.name, dims=tensor.dims, data_type=tensor.data_type, data_location=TensorProto.EXTERNAL
        )
        outside.external_data.add(key="location", value=file)
        tensor.CopyFrom(outside)
    return result.SerializeToString()
