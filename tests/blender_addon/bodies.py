"""Armatures made of numbers, for tests that need no Blender: a body in any pose, facing any way, with any bones."""

import numpy as np

from blender_addon.retarget.rotations import about_axis
from blender_addon.rigs.armature import RestArmature


def body(
    spine=3,
    neck=1,
    clavicles=True,
    toes=True,
    arms_down=0.0,
    yaw=0.0,
    up="z",
    scale=1.0,
    shuffled=False,
    root=False,
    twists=False,
    fingers=False,
    elbows=0.0,
    roll=0.3,
):
    """A humanoid of 1.6 m facing −Y with its left at +X, before `yaw` (radians about up), `up` and `scale`.

    twists: bones beside each limb's that would take its twist. elbows: radians by which the forearms point forward.
    roll: by how much each bone is rolled on from the one before.
    """
    bones = [("ground", None, (0, 0, 0), (0, 0.2, 0))] if root else []
    bones.append(("pelvis", "ground" if root else None, (0, 0, 0.95), (0, 0, 1.05)))
    below = "pelvis"
    for i in range(spine):
        name = f"spine{i}"
        bones.append((name, below, (0, 0, 1.0 + 0.3 * i / spine), (0, 0, 1.0 + 0.3 * (i + 1) / spine)))
        below = name
    chest = below
    for i in range(neck):
        name = f"neck{i}"
        bones.append((name, below, (0, 0, 1.38 + 0.08 * i / neck), (0, 0, 1.38 + 0.08 * (i + 1) / neck)))
        below = name
    bones.append(("head", below, (0, 0, 1.46), (0, -0.01, 1.6)))
    for side, sign in (("l", 1.0), ("r", -1.0)):
        shoulder = np.array([0.16 * sign, 0, 1.34])
        reach = np.array([np.cos(arms_down) * sign, 0, -np.sin(arms_down)])
        above = chest
        if clavicles:
            bones.append((f"clavicle_{side}", chest, (0.03 * sign, 0, 1.33), tuple(shoulder)))
            above = f"clavicle_{side}"
        bent = np.array([np.cos(elbows) * reach[0], -np.sin(elbows), np.cos(elbows) * reach[2]])
        elbow = shoulder + 0.25 * reach
        for name, start, end in (
            ("upperarm", shoulder, elbow),
            ("forearm", elbow, elbow + 0.25 * bent),
            ("hand", elbow + 0.25 * bent, elbow + 0.35 * bent),
        ):
            bones.append((f"{name}_{side}", above, tuple(start), tuple(end)))
            if twists and name != "hand":
                bones.append((f"{name}_twist_{side}", f"{name}_{side}", tuple((start + end) / 2), tuple(end)))
            above = f"{name}_{side}"
        if fingers:
            bones += _fingers(side, elbow + 0.34 * bent, bent)
        leg = [("thigh", 0.92, 0.5), ("shin", 0.5, 0.09)]
        above = "pelvis"
        for name, high, low in leg:
            bones.append((f"{name}_{side}", above, (0.09 * sign, 0, high), (0.09 * sign, 0, low)))
            if twists:
                middle = (0.09 * sign, 0, (high + low) / 2)
                bones.append((f"{name}_twist_{side}", f"{name}_{side}", middle, (0.09 * sign, 0, low)))
            above = f"{name}_{side}"
        bones.append((f"foot_{side}", above, (0.09 * sign, 0, 0.09), (0.09 * sign, -0.13, 0.02)))
        if toes:
            bones.append((f"toe_{side}", f"foot_{side}", (0.09 * sign, -0.13, 0.02), (0.09 * sign, -0.2, 0.01)))
    return _armature(bones, yaw, up, scale, shuffled, roll)


def renamed(armature, names):
    """The armature with other bone names, where `names` has one."""
    shown = tuple(names.get(name, name) for name in armature.names)
    return RestArmature(shown, armature.parents, armature.heads, armature.tails, armature.orientations)


def _fingers(side, knuckles, along):
    bones = []
    for k, finger in enumerate(("thumb", "index", "middle", "ring", "pinky")):
        start = np.array(knuckles) + [0, 0.04 - 0.02 * k, 0] - (0.05 * along if finger == "thumb" else 0.0)
        above = f"hand_{side}"
        for n in range(1, 4):
            name = f"{finger}{n}_{side}"
            bones.append((name, above, tuple(start), tuple(start + 0.025 * along)))
            start, above = start + 0.025 * along, name
    return bones


def _armature(bones, yaw, up, scale, shuffled, roll):
    names = [name for name, *_ in bones]
    turn = about_axis(np.array([0, 0, 1.0]), np.array(yaw))
    if up == "y":
        turn = about_axis(np.array([1.0, 0, 0]), np.array(-np.pi / 2)) @ turn
    heads, tails = (scale * np.array([bone[column] for bone in bones]) @ turn.T for column in (2, 3))
    orientations = np.stack(
        [_orientation(tail - head, roll * i) for i, (head, tail) in enumerate(zip(heads, tails, strict=True))]
    )
    shown = [f"bone {i}" for i in range(len(names))] if shuffled else names
    parents = tuple(-1 if parent is None else names.index(parent) for _, parent, *_ in bones)
    return RestArmature(tuple(shown), parents, heads, tails, orientations)


def _orientation(direction, roll):
    y = direction / np.linalg.norm(direction)
    x = np.cross(y, [0.31, 0.5, 0.81])
    x /= np.linalg.norm(x)
    return np.stack([x, y, np.cross(x, y)], axis=-1) @ about_axis(np.array([0, 1.0, 0]), np.array(roll))
