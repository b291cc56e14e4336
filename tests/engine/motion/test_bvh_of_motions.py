"""Writing motions as BVH and reading them back."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from engine.errors import UserError
from engine.motion import rotations
from engine.motion.bvh import bvh_text, read_bvh, read_motion_bvh, write_bvh
from engine.motion.skeleton import BODY, Skeleton


@pytest.mark.parametrize("fps", [30.0, 20.0, 29.97, 24000 / 1001])
def test_a_motion_comes_back(make_motion, tmp_path, fps):
    motion = make_motion(frames=90, fps=fps, bend_rad=1.5)
    path = tmp_path / "motion.bvh"
    write_bvh(motion, path)
    back = read_motion_bvh(path)
    assert back.skeleton is BODY
    assert back.fps == pytest.approx(fps, rel=1e-6)
    np.testing.assert_allclose(back.positions_m, motion.positions_m, atol=1e-7)
    angles = rotations.angle_between(back.local_rotations_wxyz, motion.local_rotations_wxyz)
    assert np.degrees(angles).max() < 1e-5
    np.testing.assert_array_equal(back.foot_contacts, motion.foot_contacts)


def test_real_motions_come_back(real_motions, tmp_path):
    for motion in real_motions[::10]:
        write_bvh(motion, tmp_path / "motion.bvh")
        np.testing.assert_allclose(read_motion_bvh(tmp_path / "motion.bvh").positions_m, motion.positions_m, atol=1e-6)


def test_the_file_is_in_centimeters_with_a_depth_first_hierarchy(make_motion):
    motion = make_motion(frames=2)
    clip = read_bvh(bvh_text(motion), name="motion")
    assert clip.joint_names[:5] == ("pelvis", "left_hip", "left_knee", "left_ankle", "left_foot")
    np.testing.assert_allclose(clip.offsets[0], 0.0)
    np.testing.assert_allclose(clip.offsets[2], [0.0, -39.1, 0.0])
    np.testing.assert_allclose(clip.local_translations[:, 0], 100.0 * motion.root_translation_m, atol=1e-6)
    assert set(clip.end_sites) == {"left_foot", "right_foot", "head", "left_wrist", "right_wrist"}
    assert all(np.linalg.norm(offset) > 1.0 for offset in clip.end_sites.values())
    assert bvh_text(motion).endswith("\n")
    assert "-0.000000" not in bvh_text(motion)


def test_angles_do_not_jump_by_a_full_turn(make_motion):
    spin = rotations.from_axis_angle(np.array([0.0, 1.0, 0.0]), np.linspace(0.0, 12.0, 60))
    motion = make_motion(frames=60, bend_rad=0.0)
    local = motion.local_rotations_wxyz.copy()
    local[:, 0] = spin
    rows = bvh_text(replace(motion, local_rotations_wxyz=local)).splitlines()[-60:]
    turn = np.array([float(row.split()[5]) for row in rows])
    np.testing.assert_allclose(turn, np.degrees(np.linspace(0.0, 12.0, 60)), atol=1e-4)


def test_other_skeletons_can_be_written_but_not_read_back_as_motions(make_motion, tmp_path):
    motion = make_motion(frames=2)
    path = tmp_path / "motion.bvh"
    names = tuple("left knee {old}" if name == "left_knee" else name for name in BODY.joint_names)
    for skeleton in (
        Skeleton(names, BODY.parents, BODY.rest_offsets),
        Skeleton(BODY.joint_names, BODY.parents, BODY.rest_offsets * 1.1),
    ):
        write_bvh(replace(motion, skeleton=skeleton), path)
        assert len(read_bvh(path.read_text(), name="motion").joint_names) == 22
        with pytest.raises(UserError, match="another skeleton"):
            read_motion_bvh(path)


def test_a_missing_or_damaged_file_is_refused(tmp_path):
    with pytest.raises(UserError, match=r"missing\.bvh can't be read"):
        read_motion_bvh(tmp_path / "missing.bvh")
    (tmp_path / "binary.bvh").write_bytes(bytes(range(256)))
    with pytest.raises(UserError, match=r"binary\.bvh is not a readable BVH file"):
        read_motion_bvh(tmp_path / "binary.bvh")


def test_a_failed_write_leaves_nothing_behind(make_motion, tmp_path, monkeypatch):
    path = tmp_path / "motion.bvh"
    path.write_text("before")
    monkeypatch.setattr(Path, "write_text", _disk_full)
    with pytest.raises(OSError, match="disk full"):
        write_bvh(make_motion(frames=2), path)
    assert path.read_bytes() == b"before"
    assert len(list(tmp_path.iterdir())) == 1


def _disk_full(path, text, **options):
    path.write_bytes(text[:50].encode())
    raise OSError("disk full")
