"""Files as other projects lay them out, written by the tests from motions that they know."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from engine.motion import rotations
from engine.motion.motion import Motion
from engine.motion.rotations import Array
from engine.motion.skeleton import BODY


def limb_directions(motion: Motion) -> Array:
    """(N, 8, 3) of thighs, shins, upper arms and forearms."""
    bones = [(f"{side}_{a}", f"{side}_{b}") for side in ("left", "right")
             for a, b in (("hip", "knee"), ("knee", "ankle"), ("shoulder", "elbow"), ("elbow", "wrist"))]  # fmt: skip
    positions = motion.positions_m
    return np.stack(
        [rotations.normalize(positions[:, BODY.index(b)] - positions[:, BODY.index(a)]) for a, b in bones], axis=1
    )


def angles_between(a: Array, b: Array) -> Array:
    """Degrees between directions (..., 3)."""
    return np.degrees(np.arccos(np.clip(np.sum(a * b, axis=-1), -1.0, 1.0)))


def write_bvh_as(
    motion: Motion, path: Path, names: Mapping[str, str], twist: Mapping[str, Array] | None = None
) -> Path:
    """The motion on its own proportions, joints renamed, each joint's axes turned by `twist` (quaternions) in the rest.

    R_file = R · t, so that offsets become t⁻¹ · offset: with twists the zero pose is no pose of a body.
    """
    twist = twist or {}
    turned = [twist.get(name, rotations.IDENTITY_WXYZ) for name in BODY.joint_names]
    lines = ["HIERARCHY"]
    order: list[int] = []

    def write(joint: int, depth: int) -> None:
        order.append(joint)
        parent = BODY.parents[joint]
        offset = BODY.rest_offsets[joint] if parent >= 0 else np.zeros(3)
        if parent >= 0:
            offset = rotations.rotate(rotations.inverse(turned[parent]), offset)
        indent = "  " * depth
        lines.append(f"{indent}{'JOINT' if depth else 'ROOT'} {names[BODY.joint_names[joint]]}")
        lines.append(f"{indent}{{\n{indent}  OFFSET {' '.join(f'{100 * value:.5f}' for value in offset)}")
        position = "" if depth else "Xposition Yposition Zposition "
        lines.append(f"{indent}  CHANNELS {3 if depth else 6} {position}Zrotation Xrotation Yrotation")
        children = [child for child, above in enumerate(BODY.parents) if above == joint]
        for child in children:
            write(child, depth + 1)
        if not children:
            lines.append(f"{indent}  End Site\n{indent}  {{\n{indent}    OFFSET 0 1 0\n{indent}  }}")
        lines.append(f"{indent}}}")

    write(0, 0)
    world = rotations.multiply(motion.global_rotations_wxyz, np.stack(turned))
    rows = []
    local = world.copy()
    for joint in range(1, len(BODY.joint_names)):
        local[:, joint] = rotations.multiply(rotations.inverse(world[:, BODY.parents[joint]]), world[:, joint])
    degrees = np.degrees(rotations.to_euler_zxy(local[:, order])).reshape(len(motion), -1)
    for root, angles in zip(100.0 * motion.root_translation_m, degrees, strict=True):
        rows.append(" ".join(f"{value:.6f}" for value in (*root, *angles)))
    lines += ["MOTION", f"Frames: {len(motion)}", f"Frame Time: {1.0 / motion.fps:.8f}", *rows]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def _named(joints: str, sided: str) -> dict[str, str]:
    """Joint of the body → name; in `sided`, {S} is Left or Right, {s} l or r."""
    middle = dict(zip(("pelvis", "spine1", "spine2", "spine3", "neck", "head"), joints.split(), strict=True))
    parts = ("hip", "knee", "ankle", "foot", "collar", "shoulder", "elbow", "wrist")
    of_side = {
        f"{side}_{part}": name.format(S=side.capitalize(), s=side[0])
        for side in ("left", "right")
        for part, name in zip(parts, sided.split(), strict=True)
    }
    return middle | of_side


MIXAMO = _named(
    "mixamorig:Hips mixamorig:Spine mixamorig:Spine1 mixamorig:Spine2 mixamorig:Neck mixamorig:Head",
    "mixamorig:{S}UpLeg mixamorig:{S}Leg mixamorig:{S}Foot mixamorig:{S}ToeBase mixamorig:{S}Shoulder "
    "mixamorig:{S}Arm mixamorig:{S}ForeArm mixamorig:{S}Hand",
)
LAFAN1 = _named(
    "Hips Spine Spine1 Spine2 Neck Head", "{S}UpLeg {S}Leg {S}Foot {S}Toe {S}Shoulder {S}Arm {S}ForeArm {S}Hand"
)
STYLE100 = _named(
    "Hips Chest Chest2 Chest3 Neck Head", "{S}Hip {S}Knee {S}Ankle {S}Toe {S}Collar {S}Shoulder {S}Elbow {S}Wrist"
)
UNREAL = _named(
    "pelvis spine_01 spine_02 spine_03 neck_01 head",
    "thigh_{s} calf_{s} foot_{s} ball_{s} clavicle_{s} upperarm_{s} lowerarm_{s} hand_{s}",
)


def along_x() -> dict[str, Array]:
    """Twists after which every limb's and the spine's bone lies along its joint's +X, as LAFAN1's do."""
    twists = {}
    for joint, name in enumerate(BODY.joint_names):
        child = next((c for c, above in enumerate(BODY.parents) if above == joint), None)
        bone = BODY.rest_offsets[child] if child is not None and name != "pelvis" else np.array([0.0, 1.0, 0.0])
        if name.endswith("wrist"):
            bone = np.array([1.0 if name.startswith("left") else -1.0, 0.0, 0.0])
        if name.endswith("foot"):
            bone = np.array([0.0, 0.0, 1.0])
        twists[name] = rotations.between_vectors(np.array([1.0, 0.0, 0.0]), bone)
    return twists


def walking(frames: int = 90, fps: float = 30.0) -> Motion:
    """A walk whose knees and elbows bend as knees and elbows do, over a floor at 0."""
    from engine.motion.contacts import foot_contacts

    time = np.arange(frames) / fps
    local = np.tile(rotations.IDENTITY_WXYZ, (frames, len(BODY.joint_names), 1))
    x, y, z = np.eye(3)
    for side, sign, phase in (("left", 1.0, 0.0), ("right", -1.0, np.pi)):
        swing = 0.4 * np.sin(2 * np.pi * time + phase)
        bend = 0.6 + 0.5 * np.sin(2 * np.pi * time + phase + 1.0)
        hang = rotations.from_axis_angle(z, np.full(frames, -1.2 * sign))
        local[:, BODY.index(f"{side}_hip")] = rotations.from_axis_angle(x, -swing - 0.25)
        local[:, BODY.index(f"{side}_knee")] = rotations.from_axis_angle(x, bend)
        local[:, BODY.index(f"{side}_ankle")] = rotations.from_axis_angle(x, swing + 0.25 - bend)
        local[:, BODY.index(f"{side}_shoulder")] = rotations.multiply(rotations.from_axis_angle(x, swing), hang)
        local[:, BODY.index(f"{side}_elbow")] = rotations.from_axis_angle(y, -sign * (0.5 + 0.3 * np.sin(time)))
    root = np.stack([np.zeros(frames), np.full(frames, 0.9), 1.1 * time], axis=1)
    positions, _ = BODY.forward_kinematics(local, root)
    lowest = positions[:, [BODY.index("left_foot"), BODY.index("right_foot")], 1].min(axis=1)
    root[:, 1] += 0.042 - lowest
    positions, _ = BODY.forward_kinematics(local, root)
    return Motion(local, root, foot_contacts(positions, fps), fps)
