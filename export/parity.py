"""How far a graph, as it will ship, is from the torch module it was made of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import onnxruntime
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.utils.flop_counter import FlopCounterMode


@dataclass(frozen=True)
class Parity:
    """Of the outputs, the worst: the largest absolute deviation, and 1 − cosine of the two.

    attention_error: the largest deviation of a weight on a word; None for a graph that gives none.
    """

    max_error: float
    cosine_distance: float
    attention_error: float | None = None


@torch.inference_mode()
def measure(graph: bytes, module: nn.Module, inputs: Mapping[str, Tensor]) -> Parity:
    """Run both on the same inputs, on the CPU."""
    outputs = module.eval()(**inputs)
    expected = [outputs] if isinstance(outputs, Tensor) else list(outputs)
    session = onnxruntime.InferenceSession(graph, providers=["CPUExecutionProvider"])
    found = session.run(None, {name: value.numpy() for name, value in inputs.items()})
    pairs = [
        (one.numpy().astype(np.float64), np.asarray(other, np.float64))
        for one, other in zip(expected, found, strict=True)
    ]
    errors = [float(np.abs(one - other).max()) for one, other in pairs]
    named = dict(zip((output.name for output in session.get_outputs()), errors, strict=True))
    return Parity(max(errors), max(_cosine_distance(one, other) for one, other in pairs), named.get("attention"))


@torch.inference_mode()
def operations_per_row(module: nn.Module, inputs: Mapping[str, Tensor]) -> float:
    """Multiplications and additions of a graph's products for each word, latent or, in the flow, latent and step.

    At the size of the example: attention's share would grow with the length. The flow counts each branch of guidance.
    """
    with FlopCounterMode(display=False) as counter:
        module.eval()(**inputs)
    if "noise" in inputs:
        rows = 2 * len(inputs["noise"]) * (len(inputs["times"]) - 1)
    else:
        first = next(iter(inputs.values()))
        rows = first.shape[0] * first.shape[1]
    return counter.get_total_flops() / rows


def _cosine_distance(one: NDArray[Any], other: NDArray[Any]) -> float:
    return float(1.0 - np.sum(one * other) / max(np.linalg.norm(one) * np.linalg.norm(other), 1e-12))
