"""The store: whole files, bounds, ids, and what it finds when it opens."""

from __future__ import annotations

import os
import re
import threading
import time

import pytest

from engine.alignment import Alignment
from engine.errors import UserError
from engine.service.store import LONGEST_AGE_DAYS, SMALLEST_SIZE_MB, MotionStore, Take

DAY = 86400
ALIGNMENT = Alignment(("walk", "über"), (0, 4), ((0.5, 0.25), (0.25, 0.5)), 0.25, (0.25,))


@pytest.fixture
def store(tmp_path):
    return MotionStore(tmp_path / "store")


def aged(path, days):
    os.utime(path, (time.time() - days * DAY,) * 2)


def test_motions_are_there_again_in_a_new_store_of_the_same_folder(store, make_motion):
    ids = store.add([Take(make_motion(frames=3), ALIGNMENT), Take(make_motion(frames=5))])
    again = MotionStore(store.folder)
    assert [len(again.motion(motion_id)) for motion_id in ids] == [3, 5]
    assert [again.alignment(motion_id) for motion_id in ids] == [ALIGNMENT, None]


def test_ids_can_not_be_guessed(store, make_motion):
    ids = [store.add([Take(make_motion(frames=1))])[0] for _ in range(20)]
    assert len(set(ids)) == 20
    assert all(re.fullmatch("[0-9a-f]{32}", motion_id) for motion_id in ids)


@pytest.mark.parametrize("motion_id", ["", "..", "../secret", "a" * 32 + ".npz", "A" * 32, "0" * 32, "x\0", "0" * 33])
def test_only_ids_of_motions_are_looked_up(store, motion_id):
    (store.folder.parent / "secret.npz").write_bytes(b"secret")
    assert store.content(motion_id) is None
    assert store.motion(motion_id) is None
    assert store.alignment(motion_id) is None


def test_leftovers_of_a_killed_process_are_never_served_and_cleared_away_once_old(store):
    young, old = store.folder / f".{'1' * 32}.aa.npz", store.folder / f".{'2' * 32}.alignment.bb.json"
    alone, foreign = store.folder / f"{'3' * 32}.alignment.json", store.folder / "notes.txt"
    for path in (young, old, alone, foreign):
        path.write_bytes(b"half")
    for path in (old, alone, foreign):
        aged(path, 1000)
    MotionStore(store.folder)
    assert [path.exists() for path in (young, old, alone, foreign)] == [True, False, False, True]
    assert store.content(young.stem) is None


def test_what_is_too_old_is_not_served_and_goes(store, make_motion):
    old, young = (store.add([Take(make_motion(frames=2), ALIGNMENT)])[0] for _ in range(2))
    aged(store.folder / f"{old}.npz", LONGEST_AGE_DAYS + 1)
    assert store.content(old) is None
    assert store.content(young) is not None
    MotionStore(store.folder)
    assert sorted(path.name for path in store.folder.iterdir()) == sorted((f"{young}.npz", f"{young}.alignment.json"))


def test_beyond_its_size_the_least_recently_used_goes_first(tmp_path):
    folder = tmp_path / "store"
    folder.mkdir()
    ids = [f"{k:032x}" for k in range(40)]
    for k, motion_id in enumerate(ids):
        path = folder / f"{motion_id}.npz"
        path.write_bytes(bytes(10**6))
        aged(path, 20 - k / 4)
    before = MotionStore(folder, 64)
    before.content(ids[0])  # the oldest, but used just now
    MotionStore(folder, SMALLEST_SIZE_MB)
    left = sorted(int(path.stem, 16) for path in folder.iterdir())
    assert left == [0, *range(13, 40)]
    assert sum(path.stat().st_size for path in folder.iterdir()) <= SMALLEST_SIZE_MB * 10**6


def test_adding_keeps_to_the_size(tmp_path, make_motion):
    folder = tmp_path / "store"
    folder.mkdir()
    (folder / f"{7:032x}.npz").write_bytes(bytes(SMALLEST_SIZE_MB * 10**6 - 1000))
    store = MotionStore(folder, SMALLEST_SIZE_MB)
    (added,) = store.add([Take(make_motion(frames=30))])
    assert [path.stem for path in folder.iterdir()] == [added]


def test_an_alignment_counts_and_goes_with_its_motion(tmp_path, make_motion):
    folder = tmp_path / "store"
    first = MotionStore(folder)
    (old,) = first.add([Take(make_motion(frames=2), ALIGNMENT)])
    (folder / f"{old}.alignment.json").write_bytes(bytes(SMALLEST_SIZE_MB * 10**6))
    aged(folder / f"{old}.npz", 1)
    (young,) = MotionStore(folder, 2 * SMALLEST_SIZE_MB).add([Take(make_motion(frames=2))])
    MotionStore(folder, SMALLEST_SIZE_MB)
    assert [path.name for path in folder.iterdir()] == [f"{young}.npz"]


def test_many_threads_add_and_read_at_once(store, make_motion):
    motion = make_motion(frames=2)
    ids, threads = [], []

    def work():
        for _ in range(10):
            (motion_id,) = store.add([Take(motion)])
            assert len(store.motion(motion_id)) == 2
            ids.append(motion_id)

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(ids)) == 80
    assert len(list(store.folder.iterdir())) == 80


def test_a_damaged_file_is_named_in_a_sentence(store, make_motion):
    (motion_id,) = store.add([Take(make_motion(frames=2), ALIGNMENT)])
    (store.folder / f"{motion_id}.npz").write_bytes(b"damaged")
    with pytest.raises(UserError, match=motion_id):
        store.motion(motion_id)
    (store.folder / f"{motion_id}.alignment.json").write_bytes(b"\xff")
    with pytest.raises(UserError, match="generate the motion again"):
        store.alignment(motion_id)


@pytest.mark.parametrize("size", [0, SMALLEST_SIZE_MB - 1, 10**7])
def test_a_size_without_sense_is_refused(tmp_path, size):
    with pytest.raises(UserError, match="size"):
        MotionStore(tmp_path / "store", size)
