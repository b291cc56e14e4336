"""What is seen is what is there: every row on real clips whose labels say the same or deny it, and on mirrored ones."""

from __future__ import annotations

import tarfile
import tempfile
from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from engine.motion import rotations
from engine.motion.bvh import read_bvh
from engine.motion.skeleton import BODY
from tests.training.made_clips import moving, real_archive_or_skip
from training.data.bandai_namco import clip_of
from training.data.captioner import captions_of_motion
from training.data.captions import mirrored_caption
from training.data.labels import observed_labels
from training.data.measures import Measures, runs
from training.data.precision import PRECISE, precisions
from training.data.predicates import OBSERVATIONS, observed
from training.data.quality import fault_of
from training.data.readers.sources import opened, recordings


@pytest.fixture(scope="module")
def seen() -> list[tuple[str, list[str]]]:
    """Label → the rows that are seen, for at most 20 clips a label of every archive that is at hand."""
    archives = real_archive_or_skip().parent
    count: Counter[str] = Counter()
    found: list[tuple[str, list[str]]] = []

    def look(label, motion):
        count[label] += 1
        found.append((label, [one.observation.name for one in observed(motion)]))

    with tarfile.open(archives / "bandai-namco.tar.xz") as tar:
        for member in tar:
            stem = Path(member.name).stem
            if member.name.endswith(".bvh") and count[stem.split("_")[1]] < 20:
                clip = clip_of(stem, read_bvh(tar.extractfile(member).read().decode("utf-8"), name=stem))
                look(clip.content, clip.motion)
    for other in ("hdm05", "kaykit", "deepmimic"):
        if (archives / f"{other}.tar.xz").exists():
            with tempfile.TemporaryDirectory() as folder, opened(archives / f"{other}.tar.xz", Path(folder)) as source:
                for clip in (clip for recording in recordings(source) for clip in recording.load()):
                    if fault_of(clip.motion) is None and count[clip.content] < 20:
                        look(clip.content, clip.motion)
    return found


@pytest.mark.slow
def test_nearly_all_of_what_a_row_sees_is_there(seen):
    for one in precisions(seen):
        if one.labeled:
            assert one.right > 0, one
            assert one.share >= PRECISE, one


def test_precision_by_hand():
    clips = [("walk", ["walks forward"]), ("walk", ["runs", "walks forward"]), ("bow", ["walks forward", "stands"]),
             ("run", ["runs"]), ("juggle", ["runs"])]  # fmt: skip
    found = {one.row: one for one in precisions(clips)}
    walks, is_running = found["walks forward"], found["runs"]
    assert (walks.right, walks.labeled, walks.wrong, walks.share) == (2, 2, {"bow": 1}, 2 / 3)
    assert (is_running.right, is_running.labeled, is_running.wrong, is_running.share) == (1, 1, {"walk": 1}, 0.5)
    assert set(found) == {row.name for row in OBSERVATIONS}


def test_who_runs_is_highest_while_the_feet_are_apart():
    """A body whose legs swing, the pelvis going up and down twice a stride: with their distance, and against it."""
    time = np.arange(120) / 30.0
    angle = 0.5 * np.sin(2 * np.pi * time)
    motion = moving(120)
    local = motion.local_rotations_wxyz.copy()
    for joint, sign in (("left_hip", 1.0), ("right_hip", -1.0)):
        local[:, BODY.index(joint)] = rotations.from_axis_angle(np.eye(3)[0], sign * angle)
    for sign in (1.0, -1.0):
        root = motion.root_translation_m.copy()
        root[:, 1] = 0.9 + sign * 0.03 * np.abs(np.sin(2 * np.pi * time))
        bobbing = replace(motion, local_rotations_wxyz=local, root_translation_m=root)
        assert (sign * Measures(bobbing).rises_with_stride > 0.8).all()


def test_rows_come_in_mirrored_pairs():
    names = {row.name for row in OBSERVATIONS}
    for row in OBSERVATIONS:
        assert mirrored_caption(row.name) in names
        assert row.actions
        assert row.shortest_s > 0


def test_of_a_mirrored_motion_the_mirror_image_is_seen():
    for motion in (moving(90, turn_rad=2.0, turned=(10, 80)), moving(90, raised="left")):
        labels = {label.mirrored() for label in observed_labels(motion)}
        assert labels
        assert labels == set(observed_labels(motion.mirrored()))


def test_a_walk_with_a_turn_and_a_raised_arm():
    names = {label.text for label in observed_labels(moving(90, turn_rad=2.0, turned=(10, 80)))}
    assert "turns left" in names
    assert names & {"walks forward", "runs"}
    raised = [label for label in observed_labels(moving(90, raised="right")) if label.text == "raises the right hand"]
    assert [(label.start, label.end) for label in raised] == [(30, 60)]


def test_direction_is_as_the_body_faces_not_as_the_world_lies():
    motion = moving(60)
    around = rotations.from_axis_angle(np.array([0.0, 1.0, 0.0]), np.array(2.0))
    local = motion.local_rotations_wxyz.copy()
    local[:, 0] = rotations.multiply(around, local[:, 0])
    turned = replace(
        motion, local_rotations_wxyz=local, root_translation_m=rotations.rotate(around, motion.root_translation_m)
    )
    assert observed_labels(turned) == observed_labels(motion)
    assert Measures(turned).velocity_m_s == pytest.approx(Measures(motion).velocity_m_s, abs=1e-9)


def test_captions_are_sentences_of_what_is_seen():
    told = captions_of_motion(moving(90, turn_rad=2.0, turned=(10, 80)), 6)
    assert 1 <= len(told) <= 6
    assert all("left" in sentence and "right" not in sentence for sentence in told)
    assert told == captions_of_motion(moving(90, turn_rad=2.0, turned=(10, 80)), 6)
    manner = captions_of_motion(moving(90), 3, "in a drunk way")
    assert all(sentence.endswith("in a drunk way") for sentence in manner)


@pytest.mark.parametrize(
    ("flags", "expected"), [([], []), ([True], [(0, 1)]), ([False, True, True, False, True], [(1, 3), (4, 5)])]
)
def test_runs(flags, expected):
    assert list(runs(np.array(flags, dtype=bool))) == expected
