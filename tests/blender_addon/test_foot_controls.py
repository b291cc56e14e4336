"""Legs keyed by their feet: the mathematics on made numbers, then a Rigify character and a made rig in real Blender."""

from itertools import pairwise

import numpy as np
import pytest
from bodies import body
from walking import walk

from blender_addon.retarget.foot_controls import Control, FootControls, by_foot_controls
from blender_addon.retarget.source import read_motion
from blender_addon.retarget.transfer import retarget
from blender_addon.rigs.building import build_rig
from blender_addon.rigs.detection import detect

IN_ONE_BLENDER = ["test_the_feet_s_controls_move_the_legs_as_their_bones_would"]


def test_controls_lie_where_ankle_and_knee_say(tmp_path):
    walk().save(tmp_path / "walk.npz")
    armature = body(arms_down=0.5)
    rig = build_rig(armature, detect(armature))
    motion = retarget(read_motion(tmp_path / "walk.npz"), rig)
    heads = {name: armature.heads[armature.index(name)] for name in ("thigh_l", "shin_l", "foot_l")}
    foot = Control("foot control", heads["foot_l"] + [0.0, 0.1, -0.05], np.eye(3))
    pole = Control("pole", heads["shin_l"] + [0.0, -0.5, 0.0], np.eye(3))
    leg = FootControls("left", foot, pole, None, frozenset({"thigh_l", "shin_l", "foot_l"}))
    keyed = by_foot_controls(motion, rig, [leg])
    assert set(motion.bone_names) - set(keyed.bone_names) == leg.replaced
    assert keyed.points == {"pole"}

    def place(name, below=None):
        """Forward kinematics of the leg from the bones' own turns."""
        chain, at = ["pelvis", "thigh_l", "shin_l", "foot_l"], motion.places["pelvis"]
        for above, bone in pairwise(chain[: chain.index(name) + 1]):
            rest = armature.orientations[armature.index(above)]
            turn = motion.orientations[:, motion.bone_names.index(above)] @ rest.T
            at = at + turn @ (armature.heads[armature.index(bone)] - armature.heads[armature.index(above)])
        return at

    hip, knee, ankle = place("thigh_l"), place("shin_l"), place("foot_l")
    turn = motion.orientations[:, motion.bone_names.index("foot_l")] @ armature.orientations[armature.index("foot_l")].T
    np.testing.assert_allclose(keyed.places["foot control"], ankle + turn @ [0.0, 0.1, -0.05], atol=1e-9)
    along = (ankle - hip) / np.linalg.norm(ankle - hip, axis=-1, keepdims=True)

    def across(points):
        away = points - hip - np.sum((points - hip) * along, axis=-1, keepdims=True) * along
        return away / np.linalg.norm(away, axis=-1, keepdims=True)

    bent = np.linalg.norm(np.cross(knee - hip, ankle - knee), axis=-1) > 0.02
    assert bent.sum() > 20
    apart = np.degrees(np.arccos(np.clip((across(knee) * across(keyed.places["pole"])).sum(-1), -1.0, 1.0)))
    assert apart[bent].max() < 1.0


@pytest.mark.parametrize("name", ["rigify", "ik_legs"])
def test_the_feet_s_controls_move_the_legs_as_their_bones_would(name, rigs, check, measure, motion, tmp_path):
    rig = rigs(name)
    report = check("by_foot_controls", rig, motion)
    print(f"\n{name}: legs {report['directions'][0]:.2f}° mean, {report['directions'][1]:.2f}° worst from FK's")
    assert report["said"] == [[], []]
    feet = [report["worst"][2], report["worst"][5]]
    assert max(feet) < 0.2
    # Rigify's own legs give way by a hundredth or two of their length before they bend.
    assert report["directions"][0] < 2.0 and report["directions"][1] < 3.5
    shown = measure(tmp_path / "checked.blend", rig, motion, mesh=False)
    assert max(shown["mean"].values()) < 3.0 and max(shown["worst"].values()) < 10.0
    assert shown["lowest"] > -0.01 and shown["slide_worst"] < 0.004
    keyed = {path.split('"')[1] for path in report["only_ik"]}
    if name == "rigify":
        sides = [f"{bone}.{side}" for bone in ("foot_ik", "thigh_ik_target", "toe_ik", "thigh_parent") for side in "LR"]
        assert keyed == set(sides)
    else:
        # Constraints hold its legs: its controls are keyed whichever are asked for.
        assert keyed == set() and {"reach l", "reach r", "knee l", "knee r"} <= set(report["keyed"])
    assert not any("target" in path and "rotation" in path for path in report["only_ik"])
