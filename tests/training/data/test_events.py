"""When the thing happens that a label speaks of: closed forms on made clips, sense on real ones."""

from __future__ import annotations

import numpy as np
import pytest

from engine.motion import rotations
from engine.motion.skeleton import BODY
from tests.training.made_clips import moving
from training.data.bandai_namco import retargeted
from training.data.events import event_span


@pytest.mark.parametrize("turn_rad", [1.5, -1.5, np.pi - 0.1, 4.0])
def test_an_even_turn_lasts_from_its_tenth_to_its_nine_tenths(turn_rad):
    """From frame 20 to 60: 10 % is passed after frame 24, and 90 % is not yet reached at frame 55."""
    motion = moving(80, turn_rad=turn_rad, turned=(20, 60))
    start, end = event_span(motion, "walk-turn-left")
    assert start in (24, 25)
    assert end in (56, 57)


@pytest.mark.parametrize("content", ["wave-right-hand", "raise-up-left-hand", "bye", "call", "guide", "respond"])
@pytest.mark.parametrize("side", ["left", "right"])
def test_a_gesture_lasts_while_a_wrist_is_above_its_elbow(content, side):
    assert event_span(moving(90, raised=side), content) == (30, 60)


def test_a_gesture_that_never_rises_is_the_whole_clip():
    assert event_span(moving(50), "wave-left-hand") == (0, 50)


def test_a_bow_is_the_whole_clip_and_steady_walking_has_no_event():
    assert event_span(moving(50), "bow") == (0, 50)
    for content in ("walk", "run", "walk-back", "walk-left", "dance-long"):
        assert event_span(moving(50), content) == (0, 0)


def test_real_turns_are_inside_the_clip_and_hold_most_of_the_turn(real_clips):
    turns = [(name, clip) for name, clip in real_clips.items() if "_walk-turn-" in name]
    assert len(turns) >= 3
    for name, clip in turns:
        motion = retargeted(clip)
        start, end = event_span(motion, name.split("_")[1])
        assert 0 < start < end < len(motion), name
        forward = rotations.rotate(motion.local_rotations_wxyz[:, 0], np.array([0.0, 0.0, 1.0]))
        heading = np.degrees(np.unwrap(np.arctan2(forward[:, 0], forward[:, 2])))
        whole, inside = heading[-1] - heading[0], heading[end - 1] - heading[start]
        assert (whole > 45) if "left" in name else (whole < -45), name
        assert 0.7 < inside / whole < 1.3, name


def test_real_gestures_have_hands_down_before_and_after(real_clips):
    gestures = [(name, clip) for name, clip in real_clips.items() if "-hand_" in name]
    assert len(gestures) >= 4
    for name, clip in gestures:
        motion = retargeted(clip)
        start, end = event_span(motion, name.split("_")[1])
        assert 0 < start < end <= len(motion), name
        height = motion.positions_m[:, [BODY.index("left_wrist"), BODY.index("right_wrist")], 1].max(axis=1)
        assert height[start:end].max() > height[0] + 0.3, name
        assert height[:start].max() < height[start:end].max(), name
