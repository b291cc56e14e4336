"""A real engine process for all tests here, and scenes in a real Blender in which operators are called."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from processes import in_blender

SCENES = Path(__file__).with_name("scenes.py")
REPOSITORY = Path(__file__).resolve().parents[3]


@pytest.fixture(scope="session")
def engine(tmp_path_factory):
    """The first line of a running `serve`, which ends with the tests."""
    folder = tmp_path_factory.mktemp("engine")
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "engine.cli", "serve", "--with-parent", "--store", str(folder / "motions")],
            cwd=REPOSITORY,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
        )
    line = process.stdout.readline()
    assert line, (folder / "log").read_text(encoding="utf-8")
    yield json.loads(line)
    process.stdin.close()
    process.wait(20)


@pytest.fixture
def scene(blender, engine, rigs, tmp_path):
    """A function that plays one of the scenes on a rig, in a Blender of its own; returns what the scene reports."""

    def play(name, rig="kenney", **options):
        character = rigs(rig)
        return in_blender(
            blender,
            SCENES,
            scene=name,
            file=str(character.file),
            armature=character.armature,
            url=engine["url"],
            token=Path(engine["token_file"]).read_text(encoding="utf-8").strip(),
            folder=str(tmp_path / "extension"),
            out=str(tmp_path / "out.blend"),
            **options,
        )

    return play
