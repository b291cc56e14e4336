"""Settings that start a real engine with the toy bundle, in seconds and without a Blender."""

import sys
from pathlib import Path

import pytest

from blender_addon.engine_link import engine
from blender_addon.engine_link.settings import EngineSettings, Mode

TESTS = Path(__file__).resolve().parents[2]


@pytest.fixture
def settings(tmp_path):
    """An engine in this Python, with the smallest bundle there is."""
    return EngineSettings(
        folder=tmp_path / "user folder é",
        version="0.1.0",
        base_python=Path(sys.executable),
        wheels=tmp_path / "wheels",
        mode=Mode.PYTHON,
        python=Path(sys.executable),
        model=str(TESTS / "engine" / "bundle" / "toy"),
    )


@pytest.fixture
def configured(settings):
    """The engine of this process with those settings; stopped at the end."""
    engine.configure(settings)
    yield settings
    engine.stop()


@pytest.fixture
def client(configured):
    return engine.ensure_started()
