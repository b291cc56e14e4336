"""Preparing sources: bad clips named and left out, a killed run resumed, two at once, captions where there are none."""

from __future__ import annotations

import json
import multiprocessing
import shutil
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from engine import cli
from engine.errors import UserError
from engine.motion import ms272, rotations
from engine.motion.skeleton import BODY
from tests.training.data.readers.made_files import LAFAN1, MIXAMO, STYLE100, walking, write_bvh_as
from tests.training.made_clips import write_made_archive
from training.data import preparing
from training.data.bandai_namco import read_archive
from training.data.clip import split_of
from training.data.preparing import prepare_sources
from training.data.quality import fault_of
from training.data.readers.recordings import Recording
from training.data.shards import open_shards, prepare

WALK = walking()


def write_folder(folder: Path, clips: int = 3) -> Path:
    for number in range(clips):
        write_bvh_as(WALK.frames(0, 40 + 4 * number), folder / f"walk_{number}.bvh", MIXAMO)
    return folder


@pytest.fixture(scope="module")
def source(tmp_path_factory):
    folder = write_folder(tmp_path_factory.mktemp("clips"))
    (folder / "walk_0.txt").write_text("a man walks home.\na person walks.\n", encoding="utf-8")
    (folder / "walk_1.bvh").write_text((folder / "walk_1.bvh").read_text(encoding="utf-8")[:900], encoding="utf-8")
    write_bvh_as(WALK.frames(0, 2), folder / "short.bvh", MIXAMO)
    return folder


def test_clips_captions_and_what_was_left_out(source, tmp_path):
    shards, rejected = prepare_sources([source], tmp_path / "out")
    assert [(row.name, row.frames) for row in shards.rows] == [("walk_0", 40), ("walk_2", 48)]
    assert shards.rows[0].captions == ("a man walks home.", "a person walks.")
    assert any("walk" in caption for caption in shards.rows[1].captions)
    assert shards.features.shape == (88, ms272.WIDTH)
    reasons = {one.name: one.reason for one in rejected}
    assert set(reasons) == {"walk_1", "short"}
    assert "2 frames" in reasons["short"]
    assert not list((tmp_path / "out").glob(".*"))


def test_a_long_recording_without_words_is_cut_into_pieces_with_words_of_their_own(tmp_path):
    write_bvh_as(walking(600), tmp_path / "clips" / "walk1_subject1.bvh", LAFAN1)
    write_bvh_as(walking(600), tmp_path / "clips" / "told.bvh", LAFAN1)
    (tmp_path / "clips" / "told.txt").write_text("a man walks home\n", encoding="utf-8")
    shards, _ = prepare_sources([tmp_path / "clips"], tmp_path / "out")
    names = ["told", "walk1_subject1~0", "walk1_subject1~1"]
    assert [(row.name, row.frames) for row in shards.rows] == list(zip(names, (600, 300, 300), strict=True))
    assert all(row.captions for row in shards.rows)
    assert shards.rows[1].split == shards.rows[2].split == split_of("walk1_subject1")


def test_a_second_run_reads_nothing(source, tmp_path, monkeypatch):
    first, rejected = prepare_sources([source], tmp_path)
    monkeypatch.setattr(preparing, "recordings", None)
    again, rejected_again = prepare_sources([source], tmp_path)
    assert again.rows == first.rows
    assert rejected_again == rejected


class _KilledError(Exception):
    pass


def test_a_killed_run_goes_on_where_it_was(tmp_path, monkeypatch):
    source, out = write_folder(tmp_path / "clips", 5), tmp_path / "out"
    monkeypatch.setattr(preparing, "_RECORDINGS_IN_PART", 2)

    def killed(done, _):
        if done >= 4:
            raise _KilledError

    with pytest.raises(_KilledError):
        prepare_sources([source], out, killed)
    loaded = []
    original = preparing._clips
    monkeypatch.setattr(
        preparing, "_clips", lambda recording, rejected: loaded.append(recording.name) or original(recording, rejected)
    )
    shards, _ = prepare_sources([source], out)
    assert loaded == ["walk_4"]
    assert [row.frames for row in shards.rows] == [40, 44, 48, 52, 56]
    whole, _ = prepare_sources([source], tmp_path / "whole")
    assert np.array_equal(whole.features, shards.features)


def _prepare_until_killed(source, out, two_parts_are_done):
    preparing._RECORDINGS_IN_PART = 2

    def waits_after_two(done, _):
        if done >= 4:
            two_parts_are_done.set()
            time.sleep(300)

    prepare_sources([source], out, waits_after_two)


@pytest.mark.slow
def test_a_process_that_was_killed_leaves_what_another_goes_on_with(tmp_path, monkeypatch):
    source, out = write_folder(tmp_path / "clips", 5), tmp_path / "out"
    context = multiprocessing.get_context("spawn")
    two_parts_are_done = context.Event()
    process = context.Process(target=_prepare_until_killed, args=(source, out, two_parts_are_done))
    process.start()
    assert two_parts_are_done.wait(300)
    process.kill()
    process.join(60)
    assert process.exitcode not in (0, None)
    with pytest.raises(UserError, match="is not a folder of shards"):
        open_shards(out)
    parts = [path for path in out.rglob("*.npz") if not path.name.startswith(".")]
    assert len(parts) == 2
    times = {path: path.stat().st_mtime_ns for path in parts}
    monkeypatch.setattr(preparing, "_RECORDINGS_IN_PART", 2)
    kept = []
    monkeypatch.setattr(preparing, "_join", lambda *arguments, join=preparing._join: (
        kept.extend(path.stat().st_mtime_ns == time for path, time in times.items()), join(*arguments)))  # fmt: skip
    shards, _ = prepare_sources([source], out)
    monkeypatch.undo()
    whole, _ = prepare_sources([source], tmp_path / "whole")
    assert kept == [True, True], "what was done is not done again"
    assert shards.rows == whole.rows
    assert np.array_equal(whole.features, shards.features)


def _prepare(source, out):
    prepare_sources([source], out)


@pytest.mark.slow
def test_two_at_once_end_with_the_same_whole_shards(tmp_path):
    source, out = write_folder(tmp_path / "clips", 6), tmp_path / "out"
    context = multiprocessing.get_context("spawn")
    processes = [context.Process(target=_prepare, args=(source, out)) for _ in range(2)]
    for process in processes:
        process.start()
    for process in processes:
        process.join(120)
    assert [process.exitcode for process in processes] == [0, 0]
    shards, _ = prepare_sources([source], out)
    alone, _ = prepare_sources([source], tmp_path / "alone")
    assert shards.rows == alone.rows
    assert np.array_equal(shards.features, alone.features)


def test_several_processes_read_the_same(tmp_path, monkeypatch):
    source = write_folder(tmp_path / "clips", 4)
    monkeypatch.setattr(preparing, "_RECORDINGS_IN_PART", 2)
    alone, _ = prepare_sources([source], tmp_path / "alone")
    shared, _ = prepare_sources([source], tmp_path / "shared", workers=2)
    assert shared.rows == alone.rows
    assert np.array_equal(shared.features, alone.features)


def test_an_archive_is_read_as_its_folder(source, tmp_path):
    archive = Path(shutil.make_archive(str(tmp_path / "clips"), "xztar", source))
    shards, _ = prepare_sources([archive], tmp_path / "out")
    folder, _ = prepare_sources([source], tmp_path / "folder")
    assert shards.rows == folder.rows
    assert not list((tmp_path / "out").glob(".*"))


def test_style100_is_cut_where_its_table_says(tmp_path):
    write_bvh_as(walking(180, 60.0), tmp_path / "Drunk" / "Drunk_FW.bvh", STYLE100)
    (tmp_path / "Frame_Cuts.csv").write_text("STYLE_NAME,FW_START,FW_STOP\nDrunk,30,150\n", encoding="utf-8")
    shards, _ = prepare_sources([tmp_path], tmp_path / "out")
    (row,) = shards.rows
    assert (row.content, row.style, row.frames) == ("walk", "drunk", 60)
    assert all(caption.endswith("in a drunk way") for caption in row.captions)


def test_nothing_that_can_be_used_is_a_sentence(tmp_path):
    (tmp_path / "empty").mkdir()
    with pytest.raises(UserError, match=r"holds no motion capture.*\.$"):
        prepare_sources([tmp_path / "empty"], tmp_path / "out")
    with pytest.raises(UserError, match=r"no motion capture at .*nowhere; give a folder or an archive\.$"):
        prepare_sources([tmp_path / "nowhere"], tmp_path / "out")
    write_bvh_as(WALK.frames(0, 2), tmp_path / "short" / "short.bvh", MIXAMO)
    with pytest.raises(UserError, match=r"None of the 1 recordings can be used \(short: it has 2 frames.*\)\.$"):
        prepare_sources([tmp_path / "short"], tmp_path / "out")


def test_a_recording_that_fails_in_numpy_is_left_out_too():
    def nan():
        raise ValueError("a motion holds finite numbers only")

    rejected = []
    assert preparing._clips(Recording("bad", nan), rejected) == []
    assert rejected[0].reason == "a motion holds finite numbers only"


class TestFaults:
    def test_a_good_walk_has_none(self):
        assert fault_of(WALK) is None

    def test_few_frames(self):
        assert "2 frames" in fault_of(WALK.frames(0, 2))

    def test_a_jump_through_the_room(self):
        root = WALK.root_translation_m.copy()
        root[50:] += 3.0
        assert "jumps at frame 50" in fault_of(replace(WALK, root_translation_m=root))

    def test_a_flip(self):
        local = WALK.local_rotations_wxyz.copy()
        wrist = BODY.index("right_wrist")
        local[30:, wrist] = rotations.multiply(
            local[30:, wrist], rotations.from_axis_angle(np.eye(3)[0], np.array(3.0))
        )
        assert fault_of(replace(WALK, local_rotations_wxyz=local)) == "the right wrist flips over at frame 30"

    def test_floating(self):
        root = WALK.root_translation_m + np.array([0.0, 0.5, 0.0])
        assert "floats" in fault_of(replace(WALK, root_translation_m=root))

    def test_sliding(self):
        local = np.tile(rotations.IDENTITY_WXYZ, (60, 22, 1))
        root = np.stack([np.zeros(60), np.full(60, 0.94), np.arange(60) * 0.05], axis=1)
        skating = replace(WALK.frames(0, 60), local_rotations_wxyz=local, root_translation_m=root)
        assert "slide" in fault_of(skating)


class TestCommands:
    def test_prepare_show_and_caption(self, source, tmp_path, capsys):
        assert cli.run(["data", "prepare", str(source), "-o", str(tmp_path / "out"), "--workers", "1"]) == 0
        said = capsys.readouterr()
        assert "2 clips, 0.00 h" in said.out
        assert "left out short: it has 2 frames" in said.err
        assert cli.run(["data", "show", str(tmp_path / "out"), "-o", str(tmp_path / "clips.png")]) == 0
        assert "walk" in capsys.readouterr().out
        assert (tmp_path / "clips.png").stat().st_size > 1000
        assert cli.run(["data", "caption", str(source), "--frames"]) == 0
        assert "walks forward" in capsys.readouterr().out

    def test_caption_writes_beside_clips_without_text(self, tmp_path):
        write_folder(tmp_path, 2)
        (tmp_path / "walk_0.txt").write_text("mine", encoding="utf-8")
        assert cli.run(["data", "caption", str(tmp_path), "--write"]) == 0
        assert (tmp_path / "walk_0.txt").read_text(encoding="utf-8") == "mine"
        assert "walk" in (tmp_path / "walk_1.txt").read_text(encoding="utf-8")

    def test_precision_row_by_row_of_all_clips_and_of_a_split(self, tmp_path, capsys):
        prepare(write_made_archive(tmp_path / "made.tar.xz"), tmp_path / "out", read_archive)
        out = str(tmp_path / "out")
        for options, waves in (([], "2 of 2"), (["--split", "train"], "1 of 1"), (["--split", "test"], "0 of 0")):
            assert cli.run(["data", "precision", out, *options]) == 0
            said = capsys.readouterr().out
            row = next(line for line in said.splitlines() if "raises the right hand" in line)
            assert waves in row
            assert "rows reach 95%" in said
        assert cli.run(["data", "precision", out, "--split", "all"]) == 2

    def test_a_folder_without_motion_is_the_user_s_mistake(self, tmp_path, capsys):
        assert cli.run(["data", "prepare", str(tmp_path), "-o", str(tmp_path / "out")]) == 2
        assert "holds no motion capture" in capsys.readouterr().err


def test_the_index_of_older_shards_is_still_read(source, tmp_path):
    shards, _ = prepare_sources([source], tmp_path)
    index = json.loads((tmp_path / "index.json").read_text(encoding="utf-8"))
    for row in index["clips"]:
        del row["captions"]
    (tmp_path / "index.json").write_text(json.dumps(index), encoding="utf-8")
    assert [row.frames for row in open_shards(tmp_path).rows] == [row.frames for row in shards.rows]
    assert open_shards(tmp_path).rows[0].captions == ()
