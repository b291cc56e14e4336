"""Motions for the tests: made ones, and real ones where the archive of motion capture is at hand."""

from __future__ import annotations

import os
import tarfile
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from engine.motion import rotations
from engine.motion.bvh import read_bvh
from engine.motion.contacts import foot_contacts
from engine.motion.motion import Motion
from engine.motion.skeleton import BODY
from training.data.bandai_namco import retargeted

_REPOSITORY = Path(__file__).resolve().parents[3]
REAL_CLIPS = 100
EVERY = 5  # neighbors in the archive are takes of one action


@pytest.fixture(scope="session")
def make_motion() -> Callable[..., Motion]:
    """A smooth motion that wanders and turns, every joint rotating about every axis."""

    def make(frames: int = 60, fps: float = 30.0, seed: int = 0, bend_rad: float = 0.6) -> Motion:
        random = np.random.default_rng(seed)
        time = np.arange(frames)[:, None] / fps
        joints = len(BODY.joint_names)
        phase, speed = random.uniform(0.0, 6.0, (2, joints * 3))
        angles = bend_rad * np.sin(phase + speed * time).reshape(frames, joints, 3)
        local = rotations.from_euler(angles, "ZXY")
        turn = rotations.from_axis_angle(np.array([0.0, 1.0, 0.0]), 2.0 * time[:, 0])
        local[:, 0] = rotations.multiply(turn, local[:, 0])
        root = np.concatenate([np.sin(time), 0.9 + 0.1 * np.sin(3.0 * time), time], axis=1)
        positions, _ = BODY.forward_kinematics(local, root)
        return Motion(rotations.continuous(local), root, foot_contacts(positions, fps), fps)

    return make


@pytest.fixture(scope="session")
def real_motions() -> list[Motion]:
    """A hundred clips of the Bandai-Namco archive at 30 fps."""
    folder = Path(os.environ.get("MOTIONWRIGHT_TEST_DATA", _REPOSITORY.parent / "shared"))
    archive = folder / "data" / "bandai-namco.tar.xz"
    if not archive.exists():
        pytest.skip(
            "no motion capture at hand: set MOTIONWRIGHT_TEST_DATA to the folder that has data/bandai-namco.tar.xz"
        )
    return [retargeted(read_bvh(text, name=name)) for name, text in _some_clips(archive)]


def _some_clips(archive: Path) -> Iterator[tuple[str, str]]:
    with tarfile.open(archive) as tar:
        members = (member for member in tar if member.name.endswith(".bvh"))
        for i, member in zip(range(REAL_CLIPS * EVERY), members, strict=False):
            if i % EVERY == 0:
                yield member.name, tar.extractfile(member).read().decode("utf-8")
