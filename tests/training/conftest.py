"""Motion capture for the tests: the real archive where it is at hand, and a made one of eight clips."""

from __future__ import annotations

import os
import tarfile
from collections.abc import Iterator
from functools import partial
from itertools import islice
from pathlib import Path, PurePosixPath

import pytest

from engine.motion.bvh import BvhClip, read_bvh
from tests.training.made_clips import real_archive_or_skip, write_made_archive
from tests.training.tiny_text import write_text_encoder
from training.data.bandai_namco import read_archive
from training.data.shards import Shards, prepare

READ, EVERY = 500, 8  # of the archive's first 500 clips every 8th; neighbors are takes of one action


@pytest.fixture(scope="session")
def archive() -> Path:
    """The Bandai-Namco archive."""
    return real_archive_or_skip()


@pytest.fixture(scope="session")
def real_clips(archive: Path) -> dict[str, BvhClip]:
    """Name → clip on the source's own skeleton, for a sample of the archive."""
    return {name: read_bvh(text, name=name) for name, text in islice(_members(archive), 0, READ, EVERY)}


def _members(archive: Path) -> Iterator[tuple[str, str]]:
    with tarfile.open(archive) as tar:
        for member in tar:
            if member.name.endswith(".bvh"):
                yield PurePosixPath(member.name).stem, tar.extractfile(member).read().decode("utf-8")


@pytest.fixture(scope="session")
def made_archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An archive of eight made clips on the source's skeleton."""
    return write_made_archive(tmp_path_factory.mktemp("archive") / "made.tar.xz")


@pytest.fixture(scope="session")
def shards(made_archive: Path, tmp_path_factory: pytest.TempPathFactory) -> Shards:
    """The shards of the made archive."""
    return prepare(made_archive, tmp_path_factory.mktemp("shards"), read_archive)


@pytest.fixture(scope="session")
def real_shards(archive: Path, tmp_path_factory: pytest.TempPathFactory) -> Shards:
    """The shards of the real archive, prepared once."""
    return prepare(archive, tmp_path_factory.mktemp("real-shards"), partial(read_archive, workers=os.cpu_count() or 1))


@pytest.fixture(scope="session")
def text_encoder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a tiny BERT."""
    return write_text_encoder(tmp_path_factory.mktemp("text-encoder"))
