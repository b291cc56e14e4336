"""Tests in several processes: which of them stay together, and how many threads each process has."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

if (processes := os.environ.get("PYTEST_XDIST_WORKER_COUNT")) is not None:
    # Torch reads it when it is imported; more threads than cores wait for each other.
    os.environ.setdefault("OMP_NUM_THREADS", str(max(1, (os.cpu_count() or 1) // int(processes))))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The tests of a folder share what they set up, all those of the add-on the Blenders that are made for it."""
    for item in items:
        folder = Path(item.path).parent.relative_to(Path(__file__).parent)
        together = folder.parts[0] if folder.parts[:1] == ("blender_addon",) else str(folder)
        item.add_marker(pytest.mark.xdist_group(together))
