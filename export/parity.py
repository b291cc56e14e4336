"""How far a graph, as it will ship, is from the torch module it was made of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import onnxruntime
import torch
from torch import Tensor, nn


@dataclass(frozen=True)
class Parity:
    """Over all outputs: the largest absolute deviation, and 1 − cosine of the two."""

    max_error: float
    cosine_distance: float


@torch.inference_mode()
def measure(graph: bytes, module: nn.Module, inputs: Mapping[str, Tensor]) -> Parity:
    """Run both on the same inputs, on the CPU."""
    expected = module.eval()(**inputs).numpy().astype(np.float64)
    session = onnxruntime.InferenceSession(graph, providers=["CPUExecutionProvider"])
    found = session.run(None, {name: value.numpy() for name, value in inputs.items()})[0].astype(np.float64)
    cosine = np.sum(expected * found) / max(np.linalg.norm(expected) * np.linalg.norm(found), 1e-12)
    return Parity(float(np.abs(expected - found).max()), float(1.0 - cosine))
