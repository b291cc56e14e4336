"""BVH of many skeletons: bones by their names, rest poses of three kinds, and limbs that point where they pointed."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from engine.errors import UserError
from engine.motion import rotations
from engine.motion.bvh import read_bvh
from engine.motion.skeleton import BODY
from tests.training.data.readers.made_files import (
    LAFAN1,
    MIXAMO,
    STYLE100,
    UNREAL,
    along_x,
    angles_between,
    limb_directions,
    walking,
    write_bvh_as,
)
from training.data.readers.bone_names import joints_of_the_body
from training.data.readers.bvh import motion_of_bvh
from training.data.readers.retargeting import grounded

WALK = walking()
FAMILIES = {"mixamo": MIXAMO, "lafan1": LAFAN1, "100style": STYLE100, "unreal": UNREAL}


def read(path):
    return motion_of_bvh(read_bvh(path.read_text(encoding="utf-8"), name=path.name))


@pytest.mark.parametrize("family", FAMILIES)
def test_every_joint_is_found_by_its_name(family):
    names = [FAMILIES[family][name] for name in BODY.joint_names]
    found = joints_of_the_body(names, BODY.parents)
    assert found == FAMILIES[family]


def test_names_of_daz_and_character_creator():
    daz = ["hip", "abdomen", "chest", "neck", "head", "lCollar", "lShldr", "lForeArm", "lHand", "lButtock", "lThigh",
           "lShin", "lFoot", "lFoot_end"]  # fmt: skip
    found = joints_of_the_body(daz, [-1, 0, 1, 2, 3, 2, 5, 6, 7, 0, 9, 10, 11, 12])
    assert found["left_hip"] == "lThigh"
    assert (found["left_collar"], found["left_shoulder"], found["left_wrist"]) == ("lCollar", "lShldr", "lHand")
    assert (found["spine1"], found["spine3"], found["left_foot"]) == ("abdomen", "chest", "lFoot_end")
    creator = ["CC_Base_Hip", "CC_Base_Pelvis", "CC_Base_L_Thigh", "CC_Base_Waist", "CC_Base_Spine01",
               "CC_Base_Spine02", "CC_Base_NeckTwist01"]  # fmt: skip
    found = joints_of_the_body(creator, [-1, 0, 1, 0, 3, 4, 5])
    assert found["pelvis"] == "CC_Base_Pelvis"
    assert [found[f"spine{number}"] for number in (1, 2, 3)] == creator[3:6]


@pytest.mark.parametrize("family", FAMILIES)
def test_a_zero_pose_that_stands_gives_the_motion_back(family, tmp_path):
    motion = read(write_bvh_as(WALK, tmp_path / "walk.bvh", FAMILIES[family]))
    assert angles_between(limb_directions(motion), limb_directions(WALK)).max() < 0.5
    assert motion.positions_m == pytest.approx(grounded(WALK).positions_m, abs=0.02)


def test_axes_along_the_bones_are_found_in_the_motion(tmp_path):
    motion = read(write_bvh_as(WALK, tmp_path / "walk.bvh", LAFAN1, along_x()))
    assert np.percentile(angles_between(limb_directions(motion), limb_directions(WALK)), 95) < 4.0
    twist = rotations.angle_between(motion.global_rotations_wxyz, grounded(WALK).global_rotations_wxyz)
    limbs = [BODY.index(f"{side}_{joint}") for side in ("left", "right") for joint in ("hip", "knee", "elbow", "ankle")]
    assert np.degrees(np.median(twist[:, limbs])) < 6.0


def test_axes_that_only_the_first_frame_tells(tmp_path):
    local = WALK.local_rotations_wxyz.copy()
    local[0] = rotations.IDENTITY_WXYZ
    with_t_pose = replace(WALK, local_rotations_wxyz=local)
    motion = read(write_bvh_as(with_t_pose, tmp_path / "walk.bvh", MIXAMO, along_x()))
    assert len(motion) == len(WALK) - 1  # the T-pose is no motion
    assert angles_between(limb_directions(motion), limb_directions(WALK.frames(1, len(WALK)))).max() < 0.5


@pytest.mark.parametrize("angle", [0.5, np.pi])
def test_wherever_it_faces_and_however_high_it_stands_it_begins_the_same(angle, tmp_path):
    around = rotations.from_axis_angle(np.array([0.0, 1.0, 0.0]), np.array(angle))
    local = WALK.local_rotations_wxyz.copy()
    local[:, 0] = rotations.multiply(around, local[:, 0])
    away = rotations.rotate(around, WALK.root_translation_m) + np.array([3.0, -0.8, 1.0])
    turned = replace(WALK, local_rotations_wxyz=local, root_translation_m=away)
    motion = read(write_bvh_as(turned, tmp_path / "walk.bvh", MIXAMO))
    assert motion.positions_m == pytest.approx(grounded(WALK).positions_m, abs=0.02)
    assert motion.root_translation_m[0, [0, 2]] == pytest.approx([0.0, 0.0], abs=1e-9)


def test_another_frame_rate_becomes_thirty(tmp_path):
    motion = read(write_bvh_as(walking(360, 120.0), tmp_path / "walk.bvh", MIXAMO))
    assert motion.fps == 30.0
    assert len(motion) == 90


def test_a_skeleton_that_is_no_human_is_a_sentence(tmp_path):
    names = {name: f"bone_{number}" for number, name in enumerate(BODY.joint_names)}
    with pytest.raises(UserError, match=r"no joint that could be the pelvis\.$"):
        read(write_bvh_as(WALK, tmp_path / "fox.bvh", names))


@pytest.mark.parametrize("frames", [1, 5])
def test_glitches_and_short_flips_are_bridged(frames, tmp_path):
    local = WALK.local_rotations_wxyz.copy()
    elbow = BODY.index("left_elbow")
    flipped = slice(40, 40 + frames)
    half_turn = rotations.from_axis_angle(np.eye(3)[0], np.array(2.5))
    local[flipped, elbow] = rotations.multiply(local[flipped, elbow], half_turn)
    motion = read(write_bvh_as(replace(WALK, local_rotations_wxyz=local), tmp_path / "walk.bvh", MIXAMO))
    assert (
        np.degrees(
            rotations.angle_between(
                motion.local_rotations_wxyz[flipped, elbow], WALK.local_rotations_wxyz[flipped, elbow]
            )
        ).max()
        < 5
    )


def test_someone_who_lies_down_stood_on_the_floor_before():
    """The ankles of who lies are stretched, and on short legs they would be below the floor."""
    frames = 90
    local = np.tile(rotations.IDENTITY_WXYZ, (frames, len(BODY.joint_names), 1))
    root = np.tile(BODY.rest_offsets[0], (frames, 1))
    lying = slice(30, frames)
    local[lying, 0] = rotations.from_axis_angle(np.eye(3)[0], np.array(-np.pi / 2))
    root[lying, 1] = -0.05
    motion = grounded(replace(WALK, local_rotations_wxyz=local, root_translation_m=root,
                              foot_contacts=np.zeros((frames, 4))))  # fmt: skip
    assert motion.root_translation_m[:30, 1] == pytest.approx(BODY.rest_offsets[0][1], abs=1e-6)
    assert motion.root_translation_m[lying, 1] == pytest.approx(-0.05, abs=1e-6)


def test_cmu_s_two_skeletons_with_their_index(tmp_path):
    from training.data.readers.sources import recordings

    write_bvh_as(WALK, tmp_path / "cmu" / "iclone" / "007" / "007_01.bvh", MIXAMO)
    write_bvh_as(walking(120, 120.0), tmp_path / "cmu" / "daz" / "salsa" / "01.bvh", MIXAMO)
    (tmp_path / "cmu" / "index.csv").write_text('"Subject","Trial #","Motion"\n7,1,"walk"\n', encoding="utf-8")
    trial, dance = (clip for recording in recordings(tmp_path) for clip in recording.load())
    assert (trial.name, trial.captions, len(trial.motion)) == ("cmu_007_01", ("a person does this: walk",), 90)
    assert (dance.name, dance.content, len(dance.motion)) == (
        "cmu_salsa_01",
        "salsa",
        60,
    )  # 60 a second, says the readme
