"""Tests in several processes (`pytest -n 2`): which of them stay together, and how many threads each process has."""

from __future__ import annotations

import os
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from xdist.remote import Producer
    from xdist.scheduler import LoadScopeScheduling

if (processes := os.environ.get("PYTEST_XDIST_WORKER_COUNT")) is not None:
    # Torch reads it when it is imported; more threads than cores wait for each other.
    os.environ.setdefault("OMP_NUM_THREADS", str(max(1, (os.cpu_count() or 1) // int(processes))))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> LoadScopeScheduling:
    """One process runs the tests of a folder, which share what they set up; of the add-on's, which are long, a file."""
    from xdist.scheduler import LoadScopeScheduling

    class ByFolder(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            file = PurePosixPath(nodeid.partition("::")[0])
            return str(file if "blender_addon" in file.parts else file.parent)

    return ByFolder(config, log)
