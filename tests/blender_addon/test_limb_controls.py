"""Limbs keyed by their ends: the mathematics on made numbers, then a Rigify character and a made rig in Blender."""

from itertools import pairwise

import numpy as np
import pytest
from bodies import body
from walking import walk

from blender_addon.retarget.limb_controls import Control, LimbControls, by_limb_controls
from blender_addon.retarget.source import read_motion
from blender_addon.retarget.transfer import retarget
from blender_addon.rigs.building import build_rig
from blender_addon.rigs.detection import detect

IN_ONE_BLENDER = ["test_controls_move_the_limbs_as_their_bones_would"]
LIMBS = {
    "leg": (("left_hip", "left_knee", "left_ankle"), ("pelvis", "thigh_l", "shin_l", "foot_l"), [0.0, -0.5, 0.0]),
    "arm": (
        ("left_shoulder", "left_elbow", "left_wrist"),
        ("pelvis", "spine0", "spine1", "spine2", "clavicle_l", "upperarm_l", "forearm_l", "hand_l"),
        [0.0, 0.5, 0.0],
    ),
}


@pytest.mark.parametrize("limb", LIMBS)
def test_controls_lie_where_the_joints_say(limb, tmp_path):
    walk().save(tmp_path / "walk.npz")
    armature = body(arms_down=0.5, elbows=0.3)
    rig = build_rig(armature, detect(armature))
    motion = retarget(read_motion(tmp_path / "walk.npz"), rig)
    joints, chain, behind = LIMBS[limb]
    heads = {name: armature.heads[armature.index(name)] for name in chain}
    end = Control("end", heads[chain[-1]] + [0.0, 0.1, -0.05], np.eye(3))
    pole = Control("pole", heads[chain[-2]] + behind, np.eye(3))
    keyed = by_limb_controls(motion, rig, [LimbControls(joints, end, pole, None, frozenset(chain[-3:]))])
    assert set(motion.bone_names) - set(keyed.bone_names) == set(chain[-3:])
    assert keyed.points == {"pole"}

    def place(name):
        """Forward kinematics from the bones' own turns."""
        at = motion.places["pelvis"]
        for above, bone in pairwise(chain[: chain.index(name) + 1]):
            rest = armature.orientations[armature.index(above)]
            turn = motion.orientations[:, motion.bone_names.index(above)] @ rest.T
            at = at + turn @ (armature.heads[armature.index(bone)] - armature.heads[armature.index(above)])
        return at

    root, middle, last = (place(name) for name in chain[-3:])
    rest = armature.orientations[armature.index(chain[-1])]
    turn = motion.orientations[:, motion.bone_names.index(chain[-1])] @ rest.T
    np.testing.assert_allclose(keyed.places["end"], last + turn @ [0.0, 0.1, -0.05], atol=1e-9)
    along = (last - root) / np.linalg.norm(last - root, axis=-1, keepdims=True)

    def across(points):
        away = points - root - np.sum((points - root) * along, axis=-1, keepdims=True) * along
        return away / np.linalg.norm(away, axis=-1, keepdims=True)

    bent = np.linalg.norm(np.cross(middle - root, last - middle), axis=-1) > 0.02
    assert bent.sum() > 20
    # Where the joint points the pole lies, once both are seen along the limb.
    apart = np.degrees(np.arccos(np.clip((across(middle) * across(keyed.places["pole"])).sum(-1), -1.0, 1.0)))
    assert apart[bent].max() < 1.0


@pytest.mark.parametrize("kind", ["feet", "hands"])
@pytest.mark.parametrize("name", ["rigify", "ik_limbs"])
def test_controls_move_the_limbs_as_their_bones_would(name, kind, rigs, check, measure, motion, tmp_path):
    rig = rigs(name)
    report = check("by_limb_controls", rig, motion, kind=kind)
    print(
        f"\n{name}, {kind}: limbs {report['directions'][0]:.2f}° mean, {report['directions'][1]:.2f}° worst from FK's;",
        f"read back {report['read']:.2f}°; poles move {report['jumps']} a frame",
    )
    assert report["said"] == [[], []]
    ends = [report["worst"][2], report["worst"][5]]
    assert max(ends) < 0.2
    # Rigify's own limbs give way by a hundredth or two of their length before they bend.
    assert report["directions"][0] < 2.5 and report["directions"][1] < 5.5
    assert report["read"] < 3.5
    shown = measure(tmp_path / "checked.blend", rig, motion, mesh=False)
    assert max(shown["mean"].values()) < 3.0 and max(shown["worst"].values()) < 10.0
    assert shown["lowest"] > -0.01 and shown["slide_worst"] < 0.004
    keyed = {path.split('"')[1] for path in report["only_ik"]}
    if name == "rigify":
        controls = {
            "feet": ("foot_ik", "thigh_ik_target", "toe_ik", "thigh_parent"),
            "hands": ("hand_ik", "upper_arm_ik_target", "upper_arm_parent"),
        }[kind]
        assert keyed == {f"{bone}.{side}" for bone in controls for side in "LR"}
    else:
        # Constraints hold its limbs: its controls are keyed whichever are asked for.
        controls = {"feet": ("foot", "knee"), "hands": ("hand", "elbow")}[kind]
        assert keyed == set() and {f"{bone} {side}" for bone in controls for side in "lr"} <= set(report["keyed"])
    assert not any("target" in path and "rotation" in path for path in report["only_ik"])
