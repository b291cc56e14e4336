"""A bone map is corrected, mirrored, kept and shared."""

import numpy as np
import pytest
from bodies import body, renamed
from naming import FAMILIES

from blender_addon.errors import AddonError
from blender_addon.retarget import body_skeleton
from blender_addon.rigs.building import build_rig
from blender_addon.rigs.detection import detect
from blender_addon.rigs.mirrored_names import mirrored_name
from blender_addon.rigs.rig_map import SLOTS, RigMap, saved_maps
from engine.motion.skeleton import BODY


def test_the_body_is_the_engines():
    assert set(body_skeleton.JOINT_NAMES) == set(BODY.joint_names)
    for joint, offset in zip(body_skeleton.JOINT_NAMES, body_skeleton.REST_OFFSETS, strict=True):
        np.testing.assert_array_equal(offset, BODY.rest_offsets[BODY.index(joint)])


def test_a_corrected_map_is_kept_and_found_again(tmp_path):
    armature = body()
    corrected = detect(armature).with_bone("spine1", None).with_bone("neck2", "spine0")
    corrected.save(tmp_path / "mine.json")
    maps = saved_maps(tmp_path)
    assert maps == {"mine": corrected}
    assert detect(armature, list(maps.values())) == corrected
    assert detect(body(spine=0), list(maps.values())) != corrected  # a bone of the map is missing there


def test_a_bone_stands_in_one_slot_only():
    changed = detect(body()).with_bone("left_hand", "hand_r")
    assert changed.bone("left_hand") == "hand_r" and changed.bone("right_hand") is None


@pytest.mark.parametrize("family", ["Mixamo", "Unreal Engine", "Daz Genesis 8", "MikuMikuDance", "other words"])
def test_one_side_is_made_from_the_other(family):
    armature = renamed(body(arms_down=0.6), FAMILIES[family])
    whole = detect(armature)
    half = RigMap(whole.family, {slot: bone for slot, bone in whole.bones.items() if not slot.startswith("right_")})
    assert half.mirrored(armature).bones == whole.bones


def test_a_map_that_lacks_a_bone_says_which():
    armature = body()
    with pytest.raises(AddonError, match="no bone for “Left shin”"):
        build_rig(armature, detect(armature).with_bone("left_shin", None))
    with pytest.raises(AddonError, match="has no bone “nobody” for “Head”"):
        build_rig(armature, detect(armature).with_bone("head", "nobody"))


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"format": "other"}', '{"format": "motionwright-rig-map/1"}'])
def test_what_is_no_map_is_refused(text, tmp_path):
    (tmp_path / "bad.json").write_text(text, encoding="utf-8")
    with pytest.raises(AddonError):
        RigMap.load(tmp_path / "bad.json")
    assert saved_maps(tmp_path) == {}


@pytest.mark.parametrize(
    ("name", "twin"),
    [
        ("upper_arm.L", "upper_arm.R"),
        ("hand_l", "hand_r"),
        ("mixamorig:LeftArm", "mixamorig:RightArm"),
        ("lShldrBend", "rShldrBend"),
        ("左腕", "右腕"),
        ("CC_Base_L_Hand", "CC_Base_R_Hand"),
        ("spine", None),
    ],
)
def test_names_are_mirrored(name, twin):
    assert mirrored_name(name) == twin


def test_slots_are_told_apart():
    assert len({slot.name for slot in SLOTS}) == len({slot.label for slot in SLOTS}) == len(SLOTS)
