"""The transfer in closed form: a T-pose stays one, limbs point where the motion's point, standing feet stand."""

import numpy as np
import pytest
from bodies import body
from walking import walk

from blender_addon.retarget.source import SourceMotion, read_motion
from blender_addon.retarget.transfer import retarget
from blender_addon.rigs.building import build_rig
from blender_addon.rigs.detection import detect
from engine.motion.motion import Motion
from engine.motion.rotations import from_axis_angle
from engine.motion.skeleton import BODY


@pytest.fixture
def read(tmp_path):
    """A function from the engine's motion to this room's, by way of a file."""

    def through_a_file(motion) -> SourceMotion:
        motion.save(tmp_path / "motion.npz")
        return read_motion(tmp_path / "motion.npz")

    return through_a_file


def still(frames=2):
    rest = np.tile([1.0, 0, 0, 0], (frames, len(BODY.joint_names), 1))
    return Motion(rest, np.tile(BODY.rest_offsets[0], (frames, 1)), np.ones((frames, 4)), 30.0)


def heads(armature, rig, moved):
    """(N, B, 3) positions of the mapped bones in armature space: rigid parts hung on one another."""
    rest = np.array([armature.heads[armature.index(name)] for name in moved.bone_names])
    axes = np.array([armature.orientations[armature.index(name)] for name in moved.bone_names])
    turns = moved.orientations @ np.swapaxes(axes, -1, -2)
    positions = [moved.places[moved.bone_names[0]]]
    for i, bone in enumerate(rig.bones[1:], start=1):
        parent = bone.parent
        positions.append(positions[parent] + (turns[:, parent] @ (rest[i] - rest[parent])))
    return np.stack(positions, axis=1)


@pytest.mark.parametrize("arms_down", [0.0, 0.8, 1.3])
@pytest.mark.parametrize("yaw", [0.0, 2.1])
def test_a_t_pose_stays_a_t_pose(arms_down, yaw, read):
    armature = body(arms_down=arms_down, yaw=yaw)
    rig = build_rig(armature, detect(armature))
    moved = retarget(read(still()), rig)
    straight = body(yaw=yaw)
    expected = [straight.heads[straight.index(name)] for name in moved.bone_names]
    legs = [i for i, name in enumerate(moved.bone_names) if name.startswith(("shin", "foot", "toe"))]
    got = heads(armature, rig, moved)
    others = [i for i in range(len(expected)) if i not in legs]
    np.testing.assert_allclose(got[0, others], np.array(expected)[others], atol=0.002)
    np.testing.assert_allclose(got[0, legs], np.array(expected)[legs], atol=0.02)  # a knee is never quite straight


@pytest.mark.parametrize("scale", [1.0, 0.01, 100.0])
def test_a_walk_keeps_directions_contacts_and_ground(scale, read):
    source = read(walk())
    armature = body(arms_down=0.9, scale=scale, spine=2, clavicles=False)
    rig = build_rig(armature, detect(armature))
    moved = retarget(source, rig)
    places = heads(armature, rig, moved) / scale
    bone = {name: places[:, i] for i, name in enumerate(moved.bone_names)}
    for side, left in (("left", "l"), ("right", "r")):
        for joint, following, ours, next_bone in (
            ("shoulder", "elbow", "upperarm", "forearm"),
            ("elbow", "wrist", "forearm", "hand"),
            ("hip", "knee", "thigh", "shin"),
            ("knee", "ankle", "shin", "foot"),
        ):
            a, b = source.index(f"{side}_{joint}"), source.index(f"{side}_{following}")
            wanted = (source.positions_m[:, b] - source.positions_m[:, a])[:, [0, 2, 1]] * (1, -1, 1)
            got = bone[f"{next_bone}_{left}"] - bone[f"{ours}_{left}"]
            cosines = np.sum(wanted * got, -1) / np.linalg.norm(wanted, axis=-1) / np.linalg.norm(got, axis=-1)
            assert np.degrees(np.arccos(np.clip(cosines, -1, 1))).mean() < (0.01 if "arm" in ours else 3.0)
        down = source.foot_contacts[:, 0 if side == "left" else 2] > 0.5
        steps = np.linalg.norm(np.diff(bone[f"foot_{left}"], axis=0), axis=-1)[down[1:] & down[:-1]]
        assert steps.max() < 2e-4
        assert bone[f"toe_{left}"][:, 2].min() > 0.0
        np.testing.assert_allclose(bone[f"foot_{left}"][down, 2], 0.09, atol=2e-3)


def test_travel_grows_with_the_legs(read):
    source = read(walk())
    bodies = (body(scale=scale) for scale in (1.0, 2.0))
    small, large = (retarget(source, build_rig(armature, detect(armature))) for armature in bodies)
    travel = [pelvis[-1] - pelvis[0] for pelvis in (moved.places[moved.bone_names[0]] for moved in (small, large))]
    np.testing.assert_allclose(travel[1], 2.0 * travel[0], rtol=1e-6)
    assert travel[0][1] == pytest.approx((0.83 / 0.801) * -(source.root_translation_m[-1, 2]), abs=0.02)


def test_resampling_keeps_times_and_slerps(read):
    turn = from_axis_angle(np.array([0, 1.0, 0]), np.linspace(0, 1, 31))
    motion = still(31)
    rotations = motion.local_rotations_wxyz.copy()
    rotations[:, 0] = turn
    fast = read(Motion(rotations, motion.root_translation_m, motion.foot_contacts, 30.0)).resampled(60.0)
    assert len(fast) == 61
    expected = from_axis_angle(np.array([0, 1.0, 0]), np.linspace(0, 1, 61))
    np.testing.assert_allclose(fast.local_rotations_wxyz[:, 0], expected, atol=1e-6)
