"""Shards on disk: made once, found again, made anew when the source is another one, refused when damaged."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace

import numpy as np
import pytest

from engine.errors import UserError
from engine.motion import ms272
from tests.training.made_clips import NAMES, bvh_text, clips, moving, write_archive
from training.data.bandai_namco import read_archive
from training.data.clip import Clip, split_of
from training.data.shards import ClipRow, Shards, open_shards, prepare


def never(_):
    raise AssertionError("the source was read again")


@pytest.fixture
def folder(made_archive, tmp_path):
    """Shards to damage."""
    prepare(made_archive, tmp_path / "shards", read_archive)
    return tmp_path / "shards"


def test_they_hold_every_clip(shards):
    assert [row.name for row in shards.rows] == list(NAMES)
    for row, (name, motion) in zip(shards.rows, clips().items(), strict=True):
        assert (row.content, row.style) == tuple(name.split("_")[1:3])
        assert shards.clip_features(row).dtype == np.float32
        np.testing.assert_allclose(shards.clip_features(row), ms272.encode(motion), atol=2e-5)
    assert sum(row.frames for row in shards.rows) == len(shards.features)
    turn = shards.rows[1]
    assert turn.event_start in (24, 25)
    assert turn.event_end in (56, 57)


def test_every_clip_is_in_one_split(shards):
    assert [len(shards.of(split)) for split in ("train", "validation", "test")] == [6, 2, 0]
    assert {row.split for row in shards.of("validation")} == {"validation"}


def test_it_says_how_far_it_is(made_archive, tmp_path):
    heard = []
    prepare(made_archive, tmp_path / "shards", read_archive, heard.append)
    assert heard == list(range(1, len(NAMES) + 1))


def test_a_second_run_reads_nothing(made_archive, folder):
    before = {path.name: path.stat().st_mtime_ns for path in folder.iterdir()}
    again = prepare(made_archive, folder, never)
    assert [row.name for row in again.rows] == list(NAMES)
    assert {path.name: path.stat().st_mtime_ns for path in folder.iterdir()} == before


def test_a_copy_of_the_source_elsewhere_is_the_same_source(made_archive, folder, tmp_path):
    shutil.copy(made_archive, tmp_path / "renamed.tar.xz")
    prepare(tmp_path / "renamed.tar.xz", folder, never)


def test_another_source_makes_them_anew(folder, tmp_path):
    other = write_archive(tmp_path / "made.tar.xz", {NAMES[0]: bvh_text(moving(50))})
    made = prepare(other, folder, read_archive)
    assert [(row.name, row.frames) for row in made.rows] == [(NAMES[0], 50)]
    assert len(made.features) == 50
    prepare(other, folder, never)


def test_a_source_that_fails_leaves_the_earlier_shards(made_archive, folder, tmp_path):
    (tmp_path / "cut.tar.xz").write_bytes(made_archive.read_bytes()[:1000])
    with pytest.raises(UserError):
        prepare(tmp_path / "cut.tar.xz", folder, read_archive)
    prepare(made_archive, folder, never)
    with pytest.raises(UserError):
        prepare(tmp_path / "cut.tar.xz", tmp_path / "new", read_archive)
    assert not (tmp_path / "new").exists()


def test_a_missing_source_is_a_sentence(tmp_path):
    with pytest.raises(UserError, match=r"no archive of motion capture at .*nowhere.tar.xz; give .*\.$"):
        prepare(tmp_path / "nowhere.tar.xz", tmp_path / "shards", never)
    assert not (tmp_path / "shards").exists()


DAMAGES = {
    "no index": lambda folder: (folder / "index.json").unlink(),
    "no features": lambda folder: (folder / "features.npy").unlink(),
    "half an index": lambda folder: cut(folder / "index.json"),
    "half the features": lambda folder: cut(folder / "features.npy"),
    "an index that is a list": lambda folder: (folder / "index.json").write_text("[]", encoding="utf-8"),
    "an index that is no text": lambda folder: (folder / "index.json").write_bytes(b"\xff\x00\xfe"),
    "an index without clips": lambda folder: edited(folder, lambda index: index.pop("clips")),
    "an index without a fingerprint": lambda folder: edited(folder, lambda index: index.pop("fingerprint")),
    "a row that lacks a key": lambda folder: edited(folder, lambda index: index["clips"][3].pop("frames")),
    "a row with a stranger": lambda folder: edited(folder, lambda index: index["clips"][3].update(mood="good")),
    "rows beyond the features": lambda folder: edited(folder, lambda index: index["clips"][-1].update(frames=10**6)),
    "features of another width": lambda folder: np.save(folder / "features.npy", np.zeros((600, 263), np.float32)),
}


def cut(path):
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def edited(folder, change):
    index = json.loads((folder / "index.json").read_text(encoding="utf-8"))
    change(index)
    (folder / "index.json").write_text(json.dumps(index), encoding="utf-8")


@pytest.mark.parametrize("damage", DAMAGES)
def test_damaged_shards_are_refused_in_a_sentence_and_prepared_anew(made_archive, folder, damage):
    DAMAGES[damage](folder)
    with pytest.raises(UserError, match=r"is not a folder of shards: .*motionwright data prepare`\.$"):
        open_shards(folder)
    assert [row.name for row in prepare(made_archive, folder, read_archive).rows] == list(NAMES)


def test_another_format_is_named(made_archive, folder):
    edited(folder, lambda index: index.update(format="motionwright-shards/0"))
    with pytest.raises(UserError, match="motionwright-shards/0"):
        open_shards(folder)
    prepare(made_archive, folder, read_archive)
    open_shards(folder)


class TestNormalization:
    """Over the training split and its mirror images; the deviation averaged over each group of the layout."""

    def test_it_is_of_the_training_split_alone(self, shards):
        mean, std = shards.normalization
        train = np.concatenate([shards.clip_features(row) for row in shards.of("train")])
        both = np.concatenate([train, ms272.mirrored(train)]).astype(np.float64)
        np.testing.assert_allclose(mean, both.mean(axis=0), atol=1e-6)
        for part in ms272.SLICES.values():
            np.testing.assert_allclose(std[part], np.sqrt(both[:, part].var(axis=0).mean()), rtol=1e-4)

    def test_clips_of_other_splits_leave_it_as_it_was(self, shards):
        wild = np.array(shards.features)
        for row in shards.rows:
            if row.split != "train":
                wild[row.start : row.start + row.frames] += 100.0
        for found, expected in zip(
            Shards(wild, shards.rows, shards.fingerprint).normalization, shards.normalization, strict=True
        ):
            np.testing.assert_array_equal(found, expected)

    def test_mirroring_leaves_it_as_it_was(self, shards):
        mean, std = shards.normalization
        np.testing.assert_allclose(ms272.mirrored(mean), mean, atol=1e-6)
        np.testing.assert_allclose(np.abs(ms272.mirrored(std)), std, rtol=1e-6)


def test_clips_keep_their_place_whatever_their_length(tmp_path):
    (tmp_path / "source").write_bytes(b"any")
    made = [Clip(f"clip-{n}", moving(n), "walk", "normal") for n in (2, 3, 7, 50)]
    found = prepare(tmp_path / "source", tmp_path / "shards", lambda _: made)
    assert tuple(replace(row, labels=None) for row in found.rows) == tuple(
        ClipRow(f"clip-{n}", "walk", "normal", start, n, 0, 0) for n, start in ((2, 0), (3, 2), (7, 5), (50, 12))
    )


def test_a_published_split_is_kept_whatever_the_name_says(tmp_path):
    (tmp_path / "source").write_bytes(b"any")
    splits = {"dataset-1_walk_normal_001": "test", "a": "train", "b": "validation", "dataset-1_walk_normal_032": None}
    made = [Clip(name, moving(20), "walk", "normal", split=split) for name, split in splits.items()]
    found = prepare(tmp_path / "source", tmp_path / "shards", lambda _: made)
    assert [row.name for row in found.of("test")] == ["dataset-1_walk_normal_001", "dataset-1_walk_normal_032"]
    assert [row.name for row in found.of("validation")] == ["b"]


@pytest.mark.parametrize(("clips", "fewest"), [(19, 0), (20, 1)])
def test_of_twenty_clips_there_is_one_in_every_split(clips, fewest):
    trained = [name for name in map("{:03d}".format, range(200)) if split_of(name) == "train"][:clips]
    rows = tuple(ClipRow(name, "walk", "normal", 0, 1, 0, 0) for name in trained)
    shards = Shards(np.zeros((1, ms272.WIDTH), np.float32), rows, "made")
    held = [shards.of("validation"), shards.of("test")]
    assert [len(split) for split in held] == [fewest, fewest]
    assert len(shards.of("train")) == clips - 2 * fewest
    assert len({row.name for split in (*held, shards.of("train")) for row in split}) == clips
