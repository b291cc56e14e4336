"""Motion: its file byte for key, mirroring, and files that mean harm."""

from __future__ import annotations

import io
import json
import pickle
import tracemalloc
import zipfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.errors import UserError
from engine.motion.motion import MOST_FRAMES, Motion
from engine.motion.skeleton import BODY


@pytest.fixture(scope="module")
def saved(make_motion, tmp_path_factory):
    path = tmp_path_factory.mktemp("motion") / "motion.npz"
    make_motion(frames=8).save(path)
    return path


def _with(saved, tmp_path, **changed):
    """A copy of the saved file with some arrays replaced, or left out where they are None."""
    with np.load(saved) as file:
        arrays = {**file, **changed}
    path = tmp_path / "changed.npz"
    np.savez(path, **{key: value for key, value in arrays.items() if value is not None})
    return path


def test_the_file_holds_exactly_the_keys_of_the_contract(saved):
    with np.load(saved, allow_pickle=False) as file:
        shapes = {key: file[key].shape for key in file}
        assert str(file["format"]) == "motionwright-motion/1"
        assert tuple(file["joint_names"]) == BODY.joint_names
        assert tuple(file["parents"]) == BODY.parents
        assert json.loads(str(file["meta"])) == {}
        assert float(file["fps"]) == 30.0
    assert shapes == {
        "format": (),
        "joint_names": (22,),
        "parents": (22,),
        "rest_offsets": (22, 3),
        "local_rotations": (8, 22, 4),
        "root_translation": (8, 3),
        "foot_contacts": (8, 4),
        "fps": (),
        "meta": (),
    }


def test_a_motion_comes_back_from_its_file(make_motion, tmp_path):
    motion = make_motion(frames=20)
    meta = {"prompts": [{"text": "übt Kopfstand 倒立", "start": 0, "end": 20}], "seed": 7}
    path = tmp_path / "motion.npz"
    Motion(motion.local_rotations_wxyz, motion.root_translation_m, motion.foot_contacts, 29.97, meta=meta).save(path)
    loaded = Motion.load(path)
    np.testing.assert_allclose(loaded.local_rotations_wxyz, motion.local_rotations_wxyz, atol=1e-6)
    np.testing.assert_allclose(loaded.positions_m, motion.positions_m, atol=1e-5)
    np.testing.assert_array_equal(loaded.foot_contacts, motion.foot_contacts)
    assert loaded.fps == 29.97
    assert loaded.meta == meta
    assert loaded.skeleton.joint_names == BODY.joint_names


def test_frames_are_a_half_open_range(make_motion):
    motion = make_motion(frames=30)
    part = motion.frames(10, 20)
    assert len(part) == 10
    assert part.seconds == pytest.approx(1 / 3)
    np.testing.assert_array_equal(part.positions_m, motion.positions_m[10:20])


def test_mirroring_reflects_every_joint_onto_its_twin(make_motion):
    motion = make_motion()
    mirrored = motion.mirrored()
    expected = motion.positions_m[:, list(BODY.mirror_indices)] * np.array([-1.0, 1.0, 1.0])
    np.testing.assert_allclose(mirrored.positions_m, expected, atol=1e-12)
    np.testing.assert_array_equal(mirrored.foot_contacts[:, :2], motion.foot_contacts[:, 2:])
    np.testing.assert_allclose(mirrored.mirrored().positions_m, motion.positions_m, atol=1e-12)


@pytest.mark.parametrize(
    "changed",
    [
        {"local_rotations_wxyz": np.zeros((3, 21, 4))},
        {"root_translation_m": np.full((3, 3), np.nan)},
        {"foot_contacts": np.zeros((2, 4))},
        {"fps": 0.0},
        {"fps": float("nan")},
        {"fps": float("inf")},
    ],
)
def test_a_motion_of_wrong_shape_or_number_is_refused(changed):
    good = {
        "local_rotations_wxyz": np.tile([1.0, 0.0, 0.0, 0.0], (3, 22, 1)),
        "root_translation_m": np.zeros((3, 3)),
        "foot_contacts": np.zeros((3, 4)),
        "fps": 30.0,
    }
    Motion(**good)
    with pytest.raises(ValueError):
        Motion(**{**good, **changed})


def test_a_failed_save_leaves_nothing_behind(make_motion, tmp_path, monkeypatch):
    motion, path = make_motion(frames=3), tmp_path / "motion.npz"
    motion.save(path)
    before = path.read_bytes()
    monkeypatch.setattr(Path, "write_bytes", _disk_full)
    with pytest.raises(OSError, match="disk full"):
        motion.save(path)
    assert path.read_bytes() == before
    assert [file.name for file in tmp_path.iterdir()] == ["motion.npz"]


def _disk_full(path, data):
    with path.open("wb") as file:
        file.write(data[:4])
    raise OSError("disk full")


class _Trap:
    """Unpickling this would run code."""

    def __reduce__(self):
        return (pytest.fail, ("a pickle was executed",))


@pytest.mark.parametrize("key", ["format", "joint_names", "local_rotations", "meta"])
def test_arrays_of_objects_are_refused_and_not_unpickled(saved, tmp_path, key):
    path = _with(saved, tmp_path, **{key: np.array([_Trap()], dtype=object)})
    with pytest.raises(UserError):
        Motion.load(path)


@pytest.mark.parametrize(
    "changed",
    [
        {"format": np.array("motionwright-motion/2")},
        {"format": None},
        {"meta": None},
        {"meta": np.array("{")},
        {"fps": np.array(0.0)},
        {"fps": np.array([30.0, 30.0])},
        {"fps": np.array("thirty")},
        {"root_translation": np.full((8, 3), np.nan, dtype=np.float32)},
        {"local_rotations": np.zeros((8, 5, 4))},
        {
            "local_rotations": np.zeros((0, 22, 4)),
            "root_translation": np.zeros((0, 3)),
            "foot_contacts": np.zeros((0, 4)),
        },
        {"parents": np.arange(22)},
        {"parents": np.array(BODY.parents) + 0.5},
        {"root_translation": np.full((8, 3), 1e30)},
        {"rest_offsets": np.full((22, 3), np.inf)},
        {"foot_contacts": np.full((8, 4), 2.0)},
        {"local_rotations": np.full((8, 22, 4), 0.6)},
        {"fps": np.array(1e9)},
        {"meta": np.array("[]")},
        {"meta": np.array('{"seed": NaN}')},
        {"meta": np.array('{"prompts": "walk"}')},
        {"meta": np.array('{"prompts": null}')},
        {"meta": np.array('{"prompts": [{"text": "walk", "start": "0", "end": 9}]}')},
        {"meta": np.array('{"edits": [0]}')},
        {"meta": np.array('{"seed": 1e999}')},
        {"meta": np.array('{"text": "\\ud800"}')},
        {"meta": np.array("[" * 100_000)},
        {"joint_names": np.array(["a\n"] + [f"joint {i}" for i in range(21)])},
        {"joint_names": np.array(["pelvis"] * 22)},
        {"rest_offsets": np.zeros((21, 3))},
    ],
    ids="-".join,
)
def test_wrong_contents_are_refused_in_a_sentence(saved, tmp_path, changed):
    path = _with(saved, tmp_path, **changed)
    with pytest.raises(UserError, match=r"changed\.npz.*\.$"):
        Motion.load(path)


@pytest.mark.parametrize(
    "data", [b"", b"PK\x03\x04", b"not a zip", pickle.dumps({"format": 1})], ids=["empty", "stub", "text", "pickle"]
)
def test_files_of_another_kind_are_refused(tmp_path, data):
    path = tmp_path / "other.npz"
    path.write_bytes(data)
    with pytest.raises(UserError):
        Motion.load(path)


def test_a_single_array_is_refused(tmp_path):
    path = tmp_path / "array.npz"
    with path.open("wb") as file:
        np.save(file, np.zeros(3))
    with pytest.raises(UserError):
        Motion.load(path)


def test_a_missing_file_and_a_folder_are_refused(tmp_path):
    for path in (tmp_path / "missing.npz", tmp_path):
        with pytest.raises(UserError):
            Motion.load(path)


def test_an_array_that_claims_to_be_enormous_is_refused(saved, tmp_path):
    header = io.BytesIO()
    np.lib.format.write_array_header_1_0(header, {"descr": "<f4", "fortran_order": False, "shape": (10**12, 22, 4)})
    path = tmp_path / "enormous.npz"
    with zipfile.ZipFile(saved) as source, zipfile.ZipFile(path, "w") as target:
        for item in source.namelist():
            target.writestr(item, header.getvalue() if item == "local_rotations.npy" else source.read(item))
    with pytest.raises(UserError):
        Motion.load(path)


def _zip_of(saved, path, **entries):
    """A copy of the saved archive, deflated, in which the given entries have other bytes."""
    with zipfile.ZipFile(saved) as source, zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as target:
        for item in source.namelist():
            target.writestr(item, entries.get(item.removesuffix(".npy")) or source.read(item))
    return path


def test_a_bomb_is_refused_before_it_is_decompressed(saved, tmp_path):
    bomb = np.zeros((2_000_000, 22), np.float32)
    buffer = io.BytesIO()
    np.save(buffer, bomb.reshape(-1, 22, 4))
    path = _zip_of(saved, tmp_path / "bomb.npz", local_rotations=buffer.getvalue())
    del bomb, buffer
    assert path.stat().st_size < 2**20
    tracemalloc.start()
    with pytest.raises(UserError, match="larger than a motion needs"):
        Motion.load(path)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 8 * 2**20


def test_a_bomb_that_understates_its_size_is_refused(saved, tmp_path):
    path = _zip_of(saved, tmp_path / "liar.npz", meta=bytes(50 * 2**20))
    data = bytearray(path.read_bytes())
    at = data.rindex(b"meta.npy") - 46  # the entry of the central directory
    assert data[at : at + 4] == b"PK\x01\x02"
    data[at + 24 : at + 28] = (1000).to_bytes(4, "little")
    path.write_bytes(data)
    with pytest.raises(UserError):
        Motion.load(path)


def test_more_frames_than_a_motion_may_have_are_refused(saved, tmp_path):
    frames = MOST_FRAMES + 1
    path = _with(
        saved,
        tmp_path,
        joint_names=np.array(["a"]),
        parents=np.array([-1]),
        rest_offsets=np.zeros((1, 3)),
        local_rotations=np.tile(np.float32([1, 0, 0, 0]), (frames, 1, 1)),
        root_translation=np.zeros((frames, 3), np.float32),
        foot_contacts=np.zeros((frames, 4), np.float32),
    )
    with pytest.raises(UserError, match="36000 frames"):
        Motion.load(path)


def test_the_content_of_a_file_reads_as_the_file_does(saved):
    from_bytes, from_file = Motion.from_bytes(saved.read_bytes(), "the upload"), Motion.load(saved)
    np.testing.assert_array_equal(from_bytes.local_rotations_wxyz, from_file.local_rotations_wxyz)
    with pytest.raises(UserError, match=r"^the upload"):
        Motion.from_bytes(b"no archive", "the upload")


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9, 0.99])
def test_a_truncated_file_is_refused(saved, tmp_path, share):
    path = tmp_path / "short.npz"
    data = saved.read_bytes()
    path.write_bytes(data[: int(len(data) * share)])
    with pytest.raises(UserError):
        Motion.load(path)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(at=st.floats(0.0, 1.0, exclude_max=True), flip=st.integers(1, 255), length=st.integers(1, 8))
def test_damaged_bytes_are_refused_or_harmless(saved, tmp_path, at, flip, length):
    data = bytearray(saved.read_bytes())
    start = int(at * len(data))
    for i in range(start, min(start + length, len(data))):
        data[i] ^= flip
    path = tmp_path / "damaged.npz"
    path.write_bytes(data)
    try:
        Motion.load(path)
    except UserError as error:
        assert "damaged.npz" in str(error)
