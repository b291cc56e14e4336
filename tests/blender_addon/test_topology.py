"""Bodies are found by their shape, whatever their bones are called and wherever they face."""

import numpy as np
import pytest
from bodies import body

from blender_addon.rigs.armature import RestArmature
from blender_addon.rigs.building import build_rig
from blender_addon.rigs.detection import detect
from blender_addon.rigs.topology import NotHumanoidError, find_body


@pytest.mark.parametrize("spine", [0, 1, 2, 3, 5])
@pytest.mark.parametrize("neck", [0, 1, 2])
@pytest.mark.parametrize("clavicles", [True, False])
def test_all_kinds_of_trunks(spine, neck, clavicles):
    found = find_body(body(spine=spine, neck=neck, clavicles=clavicles))
    assert found.pelvis == "pelvis"
    assert found.spine == tuple(f"spine{i}" for i in range(spine))
    assert found.neck == tuple(f"neck{i}" for i in range(neck))
    assert found.head == "head"
    assert found.left_arm.clavicle == ("clavicle_l" if clavicles else None)
    assert (found.left_arm.upper_arm, found.left_arm.hand) == ("upperarm_l", "hand_l")
    assert (found.right_leg.thigh, found.right_leg.foot, found.right_leg.toe) == ("thigh_r", "foot_r", "toe_r")


def test_an_armature_without_bones_is_no_body():
    nothing = np.empty((0, 3))
    with pytest.raises(NotHumanoidError, match="no bones"):
        find_body(RestArmature((), (), nothing, nothing, np.empty((0, 3, 3))))


@pytest.mark.parametrize("yaw", [0.0, 1.0, np.pi, -2.0])
@pytest.mark.parametrize("up", ["z", "y"])
def test_left_and_facing_follow_from_the_feet(yaw, up):
    armature = body(yaw=yaw, up=up, arms_down=0.8, shuffled=True, scale=37.0)
    found = find_body(armature)
    straight = body()
    assert found.left_leg.thigh == f"bone {straight.index('thigh_l')}"
    assert found.right_arm.forearm == f"bone {straight.index('forearm_r')}"
    feet = armature.heads[straight.index("toe_l")] - armature.heads[straight.index("foot_l")]
    forward = found.axes.vectors_to_motion(feet)
    assert forward[2] > 0 and abs(forward[0]) < 1e-9 * 37


@pytest.mark.parametrize(
    ("spine", "expected"),
    [(1, [3]), (2, [1, 3]), (3, [1, 2, 3]), (4, [0.5, 1, 2, 3]), (6, [0.5, 1, 1.5, 2, 2.5, 3])],
)
def test_the_chest_follows_the_chest_however_many_bones_lead_there(spine, expected):
    armature = body(spine=spine)
    rig = build_rig(armature, detect(armature))
    follows = [bone.follow for bone in rig.bones if bone.role == "spine"]
    places = [(["pelvis", "spine1", "spine2", "spine3"].index(f.first) + f.weight) for f in follows]
    np.testing.assert_allclose(places, expected)


def _without(armature, *parts):
    """The armature without the bones whose names begin so, and without what hangs on them."""
    gone = {
        bone
        for bone in range(len(armature.names))
        if any(armature.names[above].startswith(parts) for above in armature.ancestors(bone))
    }
    kept = [bone for bone in range(len(armature.names)) if bone not in gone]
    return RestArmature(
        tuple(armature.names[bone] for bone in kept),
        tuple(-1 if armature.parents[bone] < 0 else kept.index(armature.parents[bone]) for bone in kept),
        armature.heads[kept],
        armature.tails[kept],
        armature.orientations[kept],
    )


@pytest.mark.parametrize(
    ("parts", "missing"), [(("thigh",), "legs"), (("shin_l",), "legs"), (("upperarm", "clavicle"), "arms")]
)
def test_what_is_missing_is_named(parts, missing):
    with pytest.raises(NotHumanoidError, match=f"no recognisable {missing}"):
        find_body(_without(body(), *parts))


def test_a_body_without_a_head_is_still_a_body():
    assert find_body(_without(body(), "head")).head is None or find_body(_without(body(), "neck")).head is None
