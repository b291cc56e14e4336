"""A model trained and exported through the command line: two steps for each network, on eight made clips."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.training.made_clips import real_archive_or_skip, write_made_archive
from tests.training.tiny_run import autoencoder_toml, generator_toml
from tests.training.tiny_text import write_text_encoder

EXPORT_TOML = """
name = "tiny"
version = "0.0.1"
license = "CC0-1.0"
attributions = ["Made by the tests."]
vocabulary_notes = "Eight clips."
default_seconds = 1.5
presets.draft = { guidance = 2.0, flow_steps = 1, tokens_per_round = 8 }
presets.standard = { guidance = 2.0, flow_steps = 3, tokens_per_round = 4 }
presets.best = { guidance = 2.5, flow_steps = 4, tokens_per_round = 2 }
"""


def motionwright(*arguments: object, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run one command as its own process in `folder`."""
    return subprocess.run(
        [sys.executable, "-m", "engine.cli", *map(str, arguments)],
        cwd=folder,
        env={**os.environ, "HF_HUB_OFFLINE": "1"},
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=300,
        check=False,
    )


@dataclass(frozen=True)
class Workshop:
    """A folder with `made.tar.xz`, `text-encoder`, `autoencoder.toml`, `generator.toml` and `export.toml`."""

    folder: Path

    def run(self, *arguments: object) -> subprocess.CompletedProcess[str]:
        return motionwright(*arguments, folder=self.folder)

    def must(self, *arguments: object) -> str:
        done = self.run(*arguments)
        assert done.returncode == 0, done.stderr
        return done.stdout


@pytest.fixture(scope="session")
def workshop(tmp_path_factory: pytest.TempPathFactory) -> Workshop:
    """Everything trained: `runs/autoencoder` and `runs/generator`; paths in the settings are relative."""
    folder = tmp_path_factory.mktemp("workshop")
    write_made_archive(folder / "made.tar.xz")
    write_text_encoder(folder / "text-encoder")
    archive, shards, autoencoder = Path("made.tar.xz"), Path("shards"), Path("runs/autoencoder")
    files = {
        "autoencoder.toml": autoencoder_toml(archive, shards),
        "generator.toml": generator_toml(archive, shards, autoencoder, "text-encoder"),
        "export.toml": EXPORT_TOML,
    }
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")
    workshop = Workshop(folder)
    workshop.must("train", "autoencoder", "autoencoder.toml", "-o", autoencoder)
    workshop.must("train", "generator", "generator.toml", "-o", "runs/generator")
    return workshop


@pytest.fixture(scope="session")
def bundle_folder(workshop: Workshop) -> Path:
    """The exported bundle."""
    workshop.must("export", "runs/generator", "-o", "bundles/tiny", "--config", "export.toml")
    return workshop.folder / "bundles" / "tiny"


@pytest.fixture(scope="session")
def real_archive() -> Path:
    """The Bandai-Namco archive."""
    return real_archive_or_skip()
