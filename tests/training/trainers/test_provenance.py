"""What a run's folder says of where it comes from, and the pictures that it gets."""

from __future__ import annotations

import json
import re
import shutil
import subprocess

import pytest
from matplotlib import image

from training.evaluation.run_pictures import drawn_now_and_then
from training.trainers.provenance import PROVENANCE, git_commit, note_start


def test_every_start_is_noted(tmp_path):
    note_start(tmp_path, "data 1")
    note_start(tmp_path, "data 2")
    starts = json.loads((tmp_path / PROVENANCE).read_text(encoding="utf-8"))
    assert [start["data"] for start in starts] == ["data 1", "data 2"]
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+00:00", starts[0]["started"])
    assert starts[0]["libraries"].keys() >= {"motionwright", "torch"}


@pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")
def test_the_commit_is_that_of_the_clone(tmp_path):
    def git(*arguments):
        subprocess.run(["git", "-C", str(tmp_path), *arguments], check=True, capture_output=True)

    git("init", "-q")
    (tmp_path / "file").write_text("one", encoding="utf-8")
    git("add", "file")
    git("-c", "user.name=a", "-c", "user.email=a@b", "commit", "-qm", "first")
    clean = git_commit(tmp_path)
    assert re.fullmatch(r"[0-9a-f]{40}", clean)
    (tmp_path / "file").write_text("two", encoding="utf-8")
    assert git_commit(tmp_path) == f"{clean}+changes"


def test_outside_a_clone_there_is_no_commit(tmp_path, monkeypatch):
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    assert git_commit(tmp_path) is None


def test_pictures_are_drawn_at_the_first_checkpoint_the_last_and_not_at_each_between(tmp_path, shards):
    from engine.motion import ms272

    row = shards.of("validation")[0]
    motion = ms272.decode(shards.clip_features(row))
    on_checkpoint = drawn_now_and_then(tmp_path, 3600.0, 30, lambda: [("walks", motion)])
    for step in (10, 20, 30):
        on_checkpoint(step)
    pictures = sorted((tmp_path / "pictures").iterdir())
    assert [path.name for path in pictures] == ["step-0000010.png", "step-0000030.png"]
    assert image.imread(pictures[0])[..., :3].std() > 0.02, "something is drawn"
