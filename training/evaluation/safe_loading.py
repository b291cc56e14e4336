"""Checkpoints of other projects: tensors and plain values, and nothing that could run code."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any

import torch

from engine.errors import UserError

_LARGEST_BYTES = 4 * 2**30


def load_tensors(path: Path) -> dict[str, Any]:
    """What a foreign checkpoint holds, tensors and plain values only; UserError for anything that could run code."""
    try:
        if path.stat().st_size > _LARGEST_BYTES:
            raise UserError(f"{path} is too large for an evaluator; give another file.")
        content = torch.load(path, map_location="cpu", weights_only=True)
    except pickle.UnpicklingError as error:
        raise UserError(f"{path} holds more than tensors, which is not opened; save its state_dict alone.") from error
    except (OSError, RuntimeError, EOFError) as error:
        raise UserError(f"{path} is not a readable checkpoint; download it again.") from error
    return content if isinstance(content, dict) else {"": content}
