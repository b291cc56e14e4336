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
