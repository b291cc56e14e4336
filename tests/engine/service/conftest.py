"""One service with the toy model for the tests that leave it as they found it."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from engine.motion import rotations
from engine.motion.motion import Motion
from engine.motion.skeleton import BODY
from tests.engine.service.running import Client, serving


@pytest.fixture(scope="session")
def service(tmp_path_factory):
    with serving(tmp_path_factory.mktemp("service")) as running:
        yield running


@pytest.fixture
def client(service) -> Client:
    return service.client


@pytest.fixture(scope="session")
def make_motion() -> Callable[..., Motion]:
    """A body that wanders and turns a little."""

    def make(frames: int = 30, fps: float = 30.0) -> Motion:
        random = np.random.default_rng(frames)
        time = np.arange(frames) / fps
        angles = 0.3 * np.sin(time[:, None, None] + random.uniform(0, 6, (len(BODY.joint_names), 3)))
        root = np.stack([np.sin(time), 0.9 + 0.0 * time, time], axis=1)
        return Motion(rotations.continuous(rotations.from_euler(angles, "ZXY")), root, np.ones((frames, 4)), fps)

    return make
