"""Frame labels: of what is seen, of what the clip's label says, cut to windows and mirrored with them."""

from __future__ import annotations

import json
from dataclasses import asdict, replace

import numpy as np
import pytest

from engine.motion import ms272
from tests.training.made_clips import moving
from training.config import DataConfig
from training.data.batches import ClipSampler
from training.data.clip import Clip
from training.data.labels import FrameLabel, labels_of, labels_within, observed_labels
from training.data.shards import ClipRow, Shards, open_shards, write_shards


def test_a_label_of_the_source_is_said_of_its_event_and_beside_it_what_is_seen():
    motion = moving(90, raised="right")
    labels = labels_of(motion, "raise-up-right-hand", "normal", (30, 60))
    assert labels == (FrameLabel(30, 60, "raises the right hand"), *observed_labels(motion))
    assert FrameLabel(30, 60, "raises the right hand") in labels
    steady = labels_of(moving(60), "walk", "normal", (0, 0))
    assert steady[0] == FrameLabel(0, 60, "walks")
    assert labels_of(moving(60), "", "normal", (0, 0)) == observed_labels(moving(60))


def test_labels_within_a_stretch_are_cut_and_counted_from_its_start():
    labels = (FrameLabel(0, 10, "stands"), FrameLabel(8, 30, "walks"), FrameLabel(30, 40, "turns left"))
    assert labels_within(labels, 9, 30) == ((0, 1, "stands"), (0, 21, "walks"))
    assert labels_within(labels, 10, 31) == ((0, 20, "walks"), (20, 21, "turns left"))
    assert labels_within(labels, 40, 50) == ()


def test_what_the_source_says_goes_before_what_is_seen():
    own = (FrameLabel(3, 40, "plays an invisible flute"),)
    assert ClipRow.of_clip(Clip("a", moving(60), "", "normal", (), own)).labels == own
    row = ClipRow.of_clip(Clip("a", moving(60), "walk", "normal"))
    assert row.labels == labels_of(moving(60), "walk", "normal", (0, 0))
    assert ClipRow.from_json(json.loads(json.dumps(asdict(row)))) == row


@pytest.fixture
def raising(tmp_path) -> Shards:
    clip = Clip("train-0", moving(90, turn_rad=1.2, turned=(20, 70), raised="left"), "", "normal")
    write_shards([(ClipRow.of_clip(clip), ms272.encode(clip.motion).astype(np.float32))], tmp_path, "made")
    return open_shards(tmp_path)


def test_shards_prepared_before_there_were_labels_have_them_too(raising):
    (row,) = raising.rows
    assert row.labels is not None
    older = replace(raising, rows=(replace(row, labels=None),))
    assert older.frame_labels(older.rows[0]) == raising.frame_labels(row)


def test_windows_carry_the_labels_of_their_frames_mirrored_with_them(raising):
    sampler = ClipSampler(raising, raising.rows, DataConfig(shards="s"))
    windows = sampler.labeled_windows(24, 16, np.random.default_rng(0))
    assert np.array_equal(windows.features, sampler.windows(24, 16, np.random.default_rng(0)))
    clip = raising.clip_features(raising.rows[0])
    mean, std = raising.normalization
    sides = set()
    for window, labels in zip(windows.features.numpy() * std + mean, windows.labels, strict=True):
        found = next(
            (side, start)
            for side, features in (("left", clip), ("right", ms272.mirrored(clip)))
            for start in range(75)
            if np.allclose(features[start : start + 16], window, atol=1e-4)
        )
        expected = (max(30 - found[1], 0), min(60 - found[1], 16), f"raises the {found[0]} hand")
        assert (expected in labels) == (14 < found[1] < 60), labels
        sides.add(found[0])
    assert sides == {"left", "right"}
    assert {"raises the left hand", "raises the right hand"} <= set(sampler.all_label_texts())
