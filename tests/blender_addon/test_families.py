"""Every body joint of every family is found, however its arms hang, and what is no body is refused."""

import numpy as np
import pytest
from bodies import body, renamed
from naming import FAMILIES, counts

from blender_addon.rigs.armature import RestArmature
from blender_addon.rigs.detection import detect
from blender_addon.rigs.topology import NotHumanoidError

SLOTS = {
    **{"clavicle": "clavicle", "upperarm": "upper_arm", "forearm": "forearm", "hand": "hand"},
    **{"thigh": "thigh", "shin": "shin", "foot": "foot", "toe": "toe"},
}


def expected(names):
    """Slot → bone, from the names of the parts of `bodies.body`."""
    slots = {}
    for part, bone in names.items():
        if part[:-1] in ("spine", "neck"):
            slots[f"{part[:-1]}{int(part[-1]) + 1}"] = bone
        elif part[-2:] in ("_l", "_r"):
            slots[f"{'left' if part.endswith('l') else 'right'}_{SLOTS[part[:-2]]}"] = bone
        else:
            slots[part] = bone
    return slots


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize(
    "shape",
    [
        {},
        {"arms_down": 0.8, "twists": True, "fingers": True},
        {"arms_down": 1.25, "elbows": 0.4, "root": True, "roll": 1.7, "scale": 100.0},
        {"yaw": 2.0, "up": "y", "twists": True, "root": True},
    ],
    ids=["T", "A with fingers", "relaxed", "turned"],
)
def test_every_joint_is_found(family, shape):
    names = FAMILIES[family]
    spine, neck = counts(names)
    found = detect(renamed(body(spine=spine, neck=neck, **shape), names))
    got = {slot: bone for slot, bone in found.bones.items() if slot in expected(names)}
    assert got == expected(names)
    assert set(found.bones) - set(got) <= {"root"} | {slot for slot in found.bones if slot[-1] in "123"}
    if family not in ("other words",):
        assert found.family.split()[0] in family


@pytest.mark.parametrize("family", ["Mixamo", "Unreal Engine", "VRoid", "other words"])
def test_what_a_rig_lacks_is_left_out(family):
    names = FAMILIES[family]
    armature = renamed(body(spine=1, neck=0, clavicles=False, toes=False), names)
    found = detect(armature).bones
    gone = ("clavicle", "toe", "neck", "spine1", "spine2", "spine3", "spine4")
    wanted = {part: bone for part, bone in names.items() if not part.startswith(gone)}
    assert {slot: bone for slot, bone in found.items() if slot != "root"} == expected(wanted)


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("spine", range(1, 7))
def test_a_family_with_another_number_of_spine_bones(family, spine):
    """Fewer than the family's usual ones, or more, by names that it does not have; and some parts missing."""
    names = dict(FAMILIES[family])
    usual, _ = counts(names)
    for i in range(spine):
        names[f"spine{i}"] = names[f"spine{i}"] if i < usual else f"{names[f'spine{usual - 1}']} more {i}"
    armature = body(spine=spine, neck=0, clavicles=spine % 2 == 0, toes=spine % 3 == 0, twists=True, arms_down=0.6)
    there = {part: bone for part, bone in names.items() if part in armature.names}
    found = detect(renamed(armature, names)).bones
    assert {slot: bone for slot, bone in found.items() if slot != "root"} == expected(there)


AUTO_RIG_PRO = {
    **{"pelvis": "c_root_master.x", "neck0": "c_neck.x", "head": "c_head.x"},
    **{f"spine{i}": f"c_spine_0{i + 1}.x" for i in range(3)},
    **{f"clavicle_{side}": f"c_shoulder.{side}" for side in "lr"},
    **{f"{part}_{side}": f"c_{word}_fk.{side}" for side in "lr" for part, word in (
        ("upperarm", "arm"), ("forearm", "forearm"), ("hand", "hand"),
        ("thigh", "thigh"), ("shin", "leg"), ("foot", "foot"), ("toe", "toes"),
    )},
}  # fmt: skip
"""Its controls; the names of those of the ends and poles are as public scripts for such rigs have them."""
AUTO_RIG_PRO_ENDS = {
    **{"hand_ik": "c_hand_ik", "elbow_ik": "c_arms_pole", "foot_ik": "c_foot_ik", "knee_ik": "c_leg_pole"},
    **{"toe_ik": "c_toes_ik"},
}


def test_auto_rig_pro_s_controls_are_found_with_their_switches():
    armature = renamed(body(), AUTO_RIG_PRO)
    more = [f"{bone}.{side}" for bone in AUTO_RIG_PRO_ENDS.values() for side in "lr"]
    unit = np.tile(np.eye(3), (len(more), 1, 1))
    whole = RestArmature(
        (*armature.names, *more),
        (*armature.parents, *[-1] * len(more)),
        np.concatenate([armature.heads, np.zeros((len(more), 3))]),
        np.concatenate([armature.tails, np.tile([0.0, 0.1, 0.0], (len(more), 1))]),
        np.concatenate([armature.orientations, unit]),
    )
    found = detect(whole)
    assert found.family == "Auto-Rig Pro"
    ends = {
        f"{side}_{slot}": f"{bone}.{side[0]}" for slot, bone in AUTO_RIG_PRO_ENDS.items() for side in ("left", "right")
    }
    assert {slot: bone for slot, bone in found.bones.items() if slot != "root"} == {**expected(AUTO_RIG_PRO), **ends}
    # With the switch at 1 it is moved bone by bone.
    values = [{(switch.bone, switch.value) for switch in each} for each in (found.switches, found.hand_ik_switches)]
    assert values[0] == {(f"c_{end}_ik.{side}", 1.0) for end in ("hand", "foot") for side in "lr"}
    assert values[1] == {(f"c_hand_ik.{side}", 0.0) for side in "lr"}
    assert {(switch.bone, switch.value) for switch in found.ik_switches} == {
        (f"c_foot_ik.{side}", 0.0) for side in "lr"
    }


def test_fingers_are_found_by_name_and_by_place():
    armature = body(fingers=True, arms_down=0.5)
    found = detect(armature).bones
    hidden = detect(renamed(armature, {name: f"b{i}" for i, name in enumerate(armature.names)})).bones
    for finger in ("thumb", "index", "middle", "ring", "pinky"):
        for n in (1, 2, 3):
            assert found[f"left_{finger}{n}"] == f"{finger}{n}_l"
            assert hidden[f"right_{finger}{n}"] == f"b{armature.index(f'{finger}{n}_r')}"


def chain(*bones):
    """An armature of bones (parent, head, tail), the parents as places in the list."""
    heads, tails = (np.array([bone[column] for bone in bones], dtype=float) for column in (1, 2))
    return RestArmature(
        tuple(f"Bone.{i:03}" for i in range(len(bones))),
        tuple(bone[0] for bone in bones),
        heads,
        tails,
        np.tile(np.eye(3), (len(bones), 1, 1)),
    )


PROPS = {
    "a door": chain((-1, (0, 0, 0), (0, 0, 2)), (0, (1, 0, 1), (1.1, 0, 1))),
    "a crane": chain(*[(i - 1, (0.3 * i, 0, 0.8 * i), (0.3 * i + 0.3, 0, 0.8 * i + 0.8)) for i in range(8)]),
    "a chandelier": chain(
        (-1, (0, 0, 3), (0, 0, 2)),
        *[(0, (np.cos(a), np.sin(a), 2), (1.5 * np.cos(a), 1.5 * np.sin(a), 2.2)) for a in np.arange(6)],
    ),
    "a car": chain(
        (-1, (0, 0, 0.5), (0, 2, 0.5)),
        *[(0, (x, y, 0.3), (x * 1.2, y, 0.3)) for x in (-0.8, 0.8) for y in (-1.2, 1.2)],
        (0, (0, -0.5, 0.9), (0, -0.5, 1.4)),
    ),
    "one bone": chain((-1, (0, 0, 0), (0, 0, 1))),
}


@pytest.mark.parametrize("prop", PROPS)
def test_a_prop_is_no_humanoid(prop):
    with pytest.raises(NotHumanoidError):
        detect(PROPS[prop])
