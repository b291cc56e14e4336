"""Soles: found on a mesh, kept out of the floor whatever the ankle does, without a foot that flips."""

from dataclasses import replace

import numpy as np
import pytest
from bodies import body

from blender_addon.retarget.rotations import about_axis
from blender_addon.retarget.soles import lift_soles, stand_level
from blender_addon.rigs.armature import RestArmature
from blender_addon.rigs.building import build_rig
from blender_addon.rigs.detection import detect
from blender_addon.rigs.soles import soles

SINKS = 0.01  # shares of the leg, as far as the room's own limit


@pytest.fixture
def armature():
    return body()


def box(armature, bone, low, high):
    """The corners of a box about a bone's head, in armature space."""
    corners = np.array([[x, y, z] for x in (low[0], high[0]) for y in (low[1], high[1]) for z in (low[2], high[2])])
    return armature.heads[armature.index(bone)] * [1, 1, 0] + corners


def shod(armature):
    """The body in shoes: their points, and the bone that moves each."""
    points, owners = [], []
    for side in "lr":
        for bone, low, high in (
            (f"foot_{side}", (-0.06, -0.12, 0.0), (0.06, 0.08, 0.1)),
            (f"toe_{side}", (-0.06, -0.13, 0.0), (0.06, 0.0, 0.06)),
        ):
            points.append(box(armature, bone, low, high))
            owners += [bone] * 8
    return np.concatenate(points), owners


def test_soles_are_found_also_on_bones_that_lie_where_the_keyed_ones_lie(armature):
    points, owners = shod(armature)
    rig = build_rig(armature, detect(armature))
    found = soles(rig, armature, points, owners)
    assert set(found) == {f"{side}_{part}" for side in ("left", "right") for part in ("ankle", "foot")}
    assert min(sole[:, 1].min() for sole in found.values()) == pytest.approx(0.0)
    deforming = [f"DEF-{name}" for name in ("foot_l", "foot_r", "toe_l", "toe_r")]
    at = [armature.index(name.removeprefix("DEF-")) for name in deforming]
    control_rig = RestArmature(
        (*armature.names, *deforming),
        (*armature.parents, *[-1] * 4),
        *(np.concatenate([each, each[at]]) for each in (armature.heads, armature.tails, armature.orientations)),
    )
    moved = soles(rig, control_rig, points, [f"DEF-{owner}" for owner in owners])
    assert all(np.array_equal(moved[role], sole) for role, sole in found.items())
    assert soles(rig, armature, np.empty((0, 3)), []) == {}


def heights(rig, turns, ankles):
    """(N, K) how high every point of the left shoe is, the toes hung on the foot."""
    foot, toe = rig.index("left_ankle"), rig.index("left_foot")
    arms = rig.soles["left_ankle"] - rig.bones[foot].head
    of_foot = ankles[:, None] + np.einsum("nij,kj->nki", turns[:, foot], arms)
    root = ankles + turns[:, foot] @ (rig.bones[toe].head - rig.bones[foot].head)
    of_toe = root[:, None] + np.einsum("nij,kj->nki", turns[:, toe], rig.soles["left_foot"] - rig.bones[toe].head)
    return np.concatenate([of_foot, of_toe], axis=1)[..., 1]


@pytest.mark.parametrize("roll", [0.0, 0.25, -0.25])
@pytest.mark.parametrize("lift", [0.0, 0.03, 0.1])
def test_no_turn_of_the_ankle_puts_a_shoe_into_the_floor(roll, lift, armature):
    points, owners = shod(armature)
    rig = build_rig(armature, detect(armature))
    rig = replace(rig, soles=soles(rig, armature, points, owners))
    pitch = np.linspace(-0.7, 1.5, 220)  # from the heel to pointing nearly straight down
    turned = about_axis([1.0, 0.0, 0.0], pitch) @ about_axis([0.0, 0.0, 1.0], np.full(220, roll))
    turns = np.tile(np.eye(3), (220, len(rig.bones), 1, 1))
    turns[:, [rig.index("left_ankle"), rig.index("left_foot")]] = turned[:, None]
    ankles = np.tile(rig.head("left_ankle") + [0.0, lift, 0.0], (220, 1))
    lift_soles(rig, "left", turns, ankles)
    assert heights(rig, turns, ankles).min() > -(SINKS + 0.004) * rig.leg_length
    for role in ("left_ankle", "left_foot"):
        steps = np.swapaxes(turns[:-1, rig.index(role)], -1, -2) @ turns[1:, rig.index(role)]
        angles = np.degrees(np.arccos(np.clip((np.trace(steps, axis1=1, axis2=2) - 1.0) / 2.0, -1.0, 1.0)))
        assert angles.max() < 6.0, role  # the ankle itself turns by 0.6 a frame


def test_a_standing_shoe_stands_flat_and_a_lifted_one_as_it_likes(armature):
    points, owners = shod(armature)
    rig = build_rig(armature, detect(armature))
    rig = replace(rig, soles=soles(rig, armature, points, owners))
    turns = np.tile(np.eye(3), (3, len(rig.bones), 1, 1))
    foot = rig.index("left_ankle")
    turns[:, foot] = about_axis([0.0, 0.0, 1.0], np.full(3, 0.3))
    stand_level(rig, "left", turns, np.array([1.0, 0.0, 0.5]))
    across = np.arcsin(turns[:, foot, 1, 0])
    allowed = np.arcsin(SINKS * rig.leg_length / 0.06)
    np.testing.assert_allclose(across, [allowed, 0.3, (0.3 + allowed) / 2.0], atol=1e-6)
    bare = replace(rig, soles={})
    turns[:, foot] = about_axis([0.0, 0.0, 1.0], np.full(3, 0.3))
    stand_level(bare, "left", turns, np.ones(3))
    np.testing.assert_allclose(np.arcsin(turns[:, foot, 1, 0]), 0.3)
