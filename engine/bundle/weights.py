"""Weights in the safetensors format: eight bytes of length, a JSON header, the numbers. Read here without a dependency.

The format: https://github.com/huggingface/safetensors#format
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.errors import UserError

_TYPES: Mapping[str, type] = {"F32": np.float32, "F16": np.float16, "I8": np.int8, "U8": np.uint8, "I64": np.int64}
_LONGEST_HEADER = 16 * 2**20


def read_weights(content: bytes, source: str) -> dict[str, NDArray[Any]]:
    """The arrays, by name, in the bytes of a safetensors file; read-only views. UserError, naming `source`."""
    try:
        length = int.from_bytes(content[:8], "little")
        if not 2 <= length <= min(_LONGEST_HEADER, len(content) - 8):
            raise ValueError("its header is longer than the file")
        header = json.loads(content[8 : 8 + length])
        header.pop("__metadata__", None)
        return {name: _array(entry, content, 8 + length) for name, entry in header.items()}
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise UserError(f"{source} holds no weights that can be read ({error}); export the bundle again.") from error


def _array(entry: Mapping[str, Any], content: bytes, first: int) -> NDArray[Any]:
    kind, shape, (start, end) = np.dtype(_TYPES[entry["dtype"]]), entry["shape"], entry["data_offsets"]
    count = math.prod(shape)
    if not 0 <= start <= end <= len(content) - first or end - start != count * kind.itemsize:
        raise ValueError("its offsets don't fit its shapes")
    return np.frombuffer(content, kind, count, first + start).reshape(shape)
