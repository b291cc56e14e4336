"""What is seen is what is there: every row on real clips whose labels say the same or deny it, and on mirrored ones."""

from __future__ import annotations

import os
import tarfile
from collections import Counter, defaultdict
from pathlib import Path

import numpy as np
import pytest

from engine.motion import rotations
from tests.training.made_clips import moving, real_archive_or_skip
from training.data.bandai_namco import clip_of
from training.data.captioner import captions_of_motion
from training.data.captions import mirrored_caption
from training.data.labels import observed_labels
from training.data.observations import OBSERVATIONS, Measures, observed, runs

PRECISE = 0.95
GAITS = ("walk", "run", "dash", "walk-turn-left", "walk-turn-right", "walk-back", "walk-left", "walk-right")

# Row → labels that say it, and labels that deny it; other labels leave it open.
_STANDING = ("wave-*-hand", "raise-up-*-hand", "wave-both-hands", "raise-up-both-hands", "bow", "bye", "byebye")
SAID_AND_DENIED = {
    "stands": (_STANDING, ("run", "dash", "walk", "walk-turn-*", "walk-back")),
    "walks forward": (("walk", "walk-turn-*", "walk-left", "walk-right", "sneak2StepsLStart"),
                      (*_STANDING, "walk-back", "squat1Reps", "hopBothLegs1hops", "dash")),
    "walks backward": (("walk-back",), (*_STANDING, "walk", "run", "dash", "walk-turn-*", "squat1Reps")),
    "runs": (("run", "dash", "jogLeftCircle4StepsRstart"), (*_STANDING, "walk", "walk-turn-*", "walk-back",
             "squat1Reps", "sneak2StepsLStart", "hopBothLegs1hops")),
    "walks to the left": (("walk-left",), (*_STANDING, "walk", "run", "walk-right", "walk-back")),
    "walks to the right": (("walk-right",), (*_STANDING, "walk", "run", "walk-left", "walk-back")),
    "turns left": (("walk-turn-left", "jogLeftCircle4StepsRstart"), (*_STANDING, "walk", "walk-turn-right")),
    "turns right": (("walk-turn-right",), (*_STANDING, "walk", "walk-turn-left", "jogLeftCircle4StepsRstart")),
    "waves the left hand": (("wave-left-hand",), ("wave-right-hand", "raise-up-*-hand", *GAITS, "bow")),
    "waves the right hand": (("wave-right-hand", "bye"), ("wave-left-hand", "raise-up-*-hand", *GAITS, "bow")),
    "raises the left hand": (("raise-up-left-hand", "wave-left-hand", "respond"),
                             ("raise-up-right-hand", "wave-right-hand", *GAITS, "grabHighR", "bye")),
    "raises the right hand": (("raise-up-right-hand", "wave-right-hand", "grabHighR", "bye"),
                              ("raise-up-left-hand", "wave-left-hand", *GAITS)),
    "waves both hands": (("wave-both-hands", "byebye"), ("raise-up-both-hands", "wave-left-hand", "wave-right-hand",
                         *GAITS)),
    "raises both hands": (("raise-up-both-hands", "wave-both-hands", "byebye", "throwBasketball"),
                          ("raise-up-left-hand", "raise-up-right-hand", *GAITS, "bow")),
    "kicks with the left leg": (("kickLFront1Reps",), (*_STANDING, *GAITS, "squat1Reps", "hopBothLegs1hops")),
    "kicks with the right leg": (("kick", "spinkick"), (*_STANDING, *GAITS, "squat1Reps", "kickLFront1Reps")),
    "bows": (("bow",), (*GAITS, "wave-*-hand", "raise-up-*-hand", "kickLFront1Reps", "squat1Reps")),
    "crouches": (("squat1Reps", "lieDownFloor", "depositFloorR"), (*_STANDING, *GAITS, "kickLFront1Reps")),
    "jumps": (("hopBothLegs1hops", "throwBasketball"), (*_STANDING, *GAITS, "squat1Reps")),
    "lies": (("lieDownFloor",), (*_STANDING, *GAITS, "squat1Reps", "kickLFront1Reps", "hopBothLegs1hops")),
    "lies down": (("lieDownFloor",), (*_STANDING, *GAITS, "squat1Reps", "depositFloorR")),
}  # fmt: skip


def _means(label: str, patterns: tuple[str, ...]) -> bool:
    return any(
        label == pattern or ("*" in pattern and label in (pattern.replace("*", "left"), pattern.replace("*", "right")))
        for pattern in patterns
    )


@pytest.fixture(scope="module")
def seen() -> tuple[dict[str, Counter[str]], Counter[str]]:
    """Row → label → clips in which it is seen, and label → clips; at most 20 clips a label."""
    from engine.motion.bvh import read_bvh

    archive = real_archive_or_skip()
    count: Counter[str] = Counter()
    found: dict[str, Counter[str]] = defaultdict(Counter)

    def look(label, motion):
        count[label] += 1
        for name in {one.observation.name for one in observed(motion)}:
            found[name][label] += 1

    with tarfile.open(archive) as tar:
        for member in tar:
            stem = Path(member.name).stem
            if member.name.endswith(".bvh") and count[stem.split("_")[1]] < 20:
                clip = clip_of(stem, read_bvh(tar.extractfile(member).read().decode("utf-8"), name=stem))
                look(clip.content, clip.motion)
    return found, count


@pytest.fixture(scope="module")
def seen_in_all(seen, tmp_path_factory) -> tuple[dict[str, Counter[str]], Counter[str]]:
    """The same with HDM05's clips, where that archive is at hand."""
    from training.data.quality import fault_of
    from training.data.readers.open_archives import hdm05

    found, count = seen
    beside = Path(os.environ.get("MOTIONWRIGHT_TEST_DATA", Path(__file__).resolve().parents[4] / "shared"))
    archive = beside / "data" / "hdm05.tar.xz"
    if archive.exists():
        folder = tmp_path_factory.mktemp("hdm05")
        with tarfile.open(archive) as tar:
            tar.extractall(folder, filter="data")
        for recording in hdm05(folder):
            for clip in recording.load():
                if fault_of(clip.motion) is None and count[clip.content] < 20:
                    count[clip.content] += 1
                    for name in {one.observation.name for one in observed(clip.motion)}:
                        found[name][clip.content] += 1
    return found, count


@pytest.mark.slow
@pytest.mark.parametrize("row", SAID_AND_DENIED)
def test_nearly_all_of_what_a_row_sees_is_there(row, seen_in_all):
    found, count = seen_in_all
    said, denied = SAID_AND_DENIED[row]
    right = sum(number for label, number in found[row].items() if _means(label, said))
    wrong = {label: number for label, number in found[row].items() if _means(label, denied)}
    labelled = sum(number for label, number in count.items() if _means(label, said))
    print(f"{row}: precision {right}/{right + sum(wrong.values())}, seen in {right} of {labelled}; wrong {wrong}")
    if labelled:
        assert right > 0
        assert right >= PRECISE * (right + sum(wrong.values())), wrong


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
    from dataclasses import replace

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
