"""Where a body's points are, against sums and turns that are worked out by hand."""

import zipfile
from itertools import pairwise

import numpy as np
import pytest

from blender_addon.errors import AddonError
from blender_addon.prompt_panel import figure as figures
from blender_addon.prompt_panel.figure import CAPSULE_ENDS, CAPSULE_STARTS, CAPSULES, Glide, read_figure


def point(figure, name, frame):
    return figure.points_m[frame, figures._POINTS.index(name)]


def test_the_rest_pose_is_the_sum_of_the_offsets(make_figure):
    figure = make_figure(step_m=0.1)
    along = 0.050 + 0.053 + 0.243 + 0.223
    height = 0.940 + 0.157 + 0.045 + 0.045 + 0.130
    assert point(figure, "left_wrist", 0) == pytest.approx([along, height, 0.0])
    assert point(figure, "right_wrist", 3) == pytest.approx([-along, height, 0.3])


def test_hands_and_crown_go_on_from_wrist_and_head(make_figure):
    figure = make_figure()
    points = figure.points_m[0]
    assert points[figures._LEFT_HAND] - point(figure, "left_wrist", 0) == pytest.approx([0.11, 0.0, 0.0])
    assert points[figures._CROWN] - point(figure, "head", 0) == pytest.approx([0.0, 0.75 * 0.11, 0.0])


def test_a_shoulder_that_turns_a_quarter_puts_the_arm_up(make_figure):
    figure = make_figure(frames=2, step_m=0.0, arm_turns=np.pi / 2)
    shoulder = point(figure, "left_shoulder", 1)
    assert point(figure, "left_wrist", 1) - shoulder == pytest.approx([0.0, 0.243 + 0.223, 0.0])
    assert figure.points_m[1, figures._LEFT_HAND] - shoulder == pytest.approx([0.0, 0.243 + 0.223 + 0.11, 0.0])


def test_time_repeats_and_lies_between_frames(make_figure):
    figure = make_figure(frames=30, fps=30.0, step_m=0.02)
    assert figure.seconds == 1.0
    assert figure.frame_at(2.5) == pytest.approx(15.0)
    assert figure.points_at(0.05)[0, 2] == pytest.approx(1.5 * 0.02)
    assert figure.points_at(0.999)[0, 2] == pytest.approx(29 * 0.02)


def test_a_glide_goes_from_one_pose_to_the_other_with_whole_limbs(make_figure):
    before, after = make_figure(step_m=0.0), make_figure(step_m=0.0, arm_turns=np.pi / 60)
    glide = Glide(before, after, started=10.0, lasts=0.3)
    seconds = 0.5
    assert glide.points_at(seconds, 10.0) == pytest.approx(before.points_at(seconds), abs=1e-9)
    assert glide.points_at(seconds, 10.4) == pytest.approx(after.points_at(seconds), abs=1e-9)
    middle = glide.points_at(seconds, 10.15)
    lengths = [
        np.linalg.norm(pose[CAPSULE_STARTS] - pose[CAPSULE_ENDS], axis=1) for pose in (middle, before.points_m[0])
    ]
    assert lengths[0] == pytest.approx(lengths[1], abs=1e-9)
    arm = middle[figures._POINTS.index("left_elbow")] - middle[figures._POINTS.index("left_shoulder")]
    assert np.arctan2(arm[1], arm[0]) == pytest.approx(15 * np.pi / 60 / 2)


def test_a_glide_never_jumps(make_figure):
    before, after = make_figure(step_m=0.0), make_figure(step_m=0.03, arm_turns=0.05)
    glide = Glide(before, after, started=0.0)
    poses = [glide.points_at(0.5, now) for now in np.linspace(0.0, 0.4, 200)]
    steps = [np.abs(b - a).max() for a, b in pairwise(poses)]
    assert max(steps) < 0.02


def test_left_and_right_are_capsules_of_their_own(make_figure):
    points = make_figure().points_m[0]
    middles = [(points[capsule.start] + points[capsule.end])[0] / 2 for capsule in CAPSULES]
    assert all(x > 0 for x, capsule in zip(middles, CAPSULES, strict=True) if capsule.side == figures.LEFT)
    assert all(x < 0 for x, capsule in zip(middles, CAPSULES, strict=True) if capsule.side == figures.RIGHT)
    assert sum(capsule.side == figures.LEFT for capsule in CAPSULES) == 6


def test_contacts_are_truths(make_figure):
    contacts = make_figure(frames=10).contacts
    assert contacts[0].tolist() == [True, True, False, False]
    assert contacts[9].tolist() == [False, False, False, True]


def test_reading_gives_back_what_was_written(make_take):
    _, made = make_take(arm_turns=0.1)
    assert read_figure(made.file).points_m == pytest.approx(made.figure.points_m)


def test_what_is_no_motion_is_refused_in_a_sentence(tmp_path):
    file = tmp_path / "no.npz"
    with pytest.raises(AddonError, match="generate the motion again"):
        read_figure(file)
    file.write_bytes(b"not an archive")
    with pytest.raises(AddonError, match="not a readable motion file"):
        read_figure(file)


def test_what_unpacks_to_too_much_is_refused_before_it_is_unpacked(tmp_path, monkeypatch):
    monkeypatch.setattr(figures, "LARGEST_BYTES", 1_000_000)
    file = tmp_path / "bomb.npz"
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("format.npy", bytes(2_000_000))
    assert file.stat().st_size < 10_000
    with pytest.raises(AddonError, match="too large"):
        read_figure(file)
