"""Motion capture for the tests: motions with a known event in an archive as the data set's, and the real archive."""

from __future__ import annotations

import io
import os
import tarfile
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest

from engine.motion import rotations
from engine.motion.contacts import foot_contacts
from engine.motion.motion import Motion
from engine.motion.rotations import Array
from engine.motion.skeleton import BODY
from training.data.bandai_namco import _AXES_IN_T_POSE, _t_pose_rotation

FPS = 30.0
UP = np.array([0.0, 1.0, 0.0])
_PARENTS = {
    "joint_Root": None, "Hips": "joint_Root", "Spine": "Hips", "Chest": "Spine", "Neck": "Chest", "Head": "Neck",
    "Shoulder_L": "Chest", "UpperArm_L": "Shoulder_L", "LowerArm_L": "UpperArm_L", "Hand_L": "LowerArm_L",
    "Shoulder_R": "Chest", "UpperArm_R": "Shoulder_R", "LowerArm_R": "UpperArm_R", "Hand_R": "LowerArm_R",
    "UpperLeg_L": "Hips", "LowerLeg_L": "UpperLeg_L", "Foot_L": "LowerLeg_L", "Toes_L": "Foot_L",
    "UpperLeg_R": "Hips", "LowerLeg_R": "UpperLeg_R", "Foot_R": "LowerLeg_R", "Toes_R": "Foot_R",
}  # fmt: skip

# Six clips of the training split and two of the validation split (which a clip belongs to follows from its name).
NAMES = (
    "dataset-1_walk_normal_001",
    "dataset-2_walk-turn-left_elderly_002",
    "dataset-2_walk-turn-right_active_001",
    "dataset-2_wave-right-hand_feminine_001",
    "dataset-2_raise-up-left-hand_normal_004",
    "dataset-1_bow_tired_001",
    "dataset-1_walk_normal_020",
    "dataset-2_wave-right-hand_feminine_012",
)


def moving(
    frames: int = 72,
    *,
    turn_rad: float = 0.0,
    turned: tuple[int, int] = (0, 0),
    raised: str = "",
    bend_rad: float = 0.2,
) -> Motion:
    """Walking ahead with swinging limbs; turns evenly by `turn_rad` over the frames `turned`; one arm may be raised.

    An arm ("left" or "right") is raised in the middle third of the frames.
    """
    time = np.arange(frames) / FPS
    angles = bend_rad * np.sin(3.0 * time[:, None, None] + np.arange(3 * len(BODY.joint_names)).reshape(-1, 3))
    angles[:, 0] = 0.0
    angles[:, BODY.index("spine3")] = angles[:, BODY.index("spine2")]  # the bend of the chest, evenly shared
    for side, sign in (("left", -1.0), ("right", 1.0)):  # the arms hang down
        angles[:, [BODY.index(f"{side}_shoulder"), BODY.index(f"{side}_elbow")]] = 0.0
        angles[:, BODY.index(f"{side}_shoulder"), 2] = 1.3 * sign
        if side == raised:
            angles[frames // 3 : 2 * frames // 3, BODY.index(f"{side}_shoulder"), 2] = -1.3 * sign
    local = rotations.from_euler(np.roll(angles, 1, axis=-1), "ZXY")
    begin, end = turned
    heading = turn_rad * np.clip((np.arange(frames) - begin) / max(end - begin, 1), 0.0, 1.0)
    local[:, 0] = rotations.from_axis_angle(UP, heading)
    ahead = np.stack([np.sin(heading), np.zeros(frames), np.cos(heading)], axis=1)
    speed_m_s = 1.2 + 0.3 * np.sin(5.0 * time[:, None])
    root = np.cumsum(ahead * speed_m_s / FPS, axis=0) + BODY.rest_offsets[0]
    positions, _ = BODY.forward_kinematics(local, root)
    return Motion(rotations.continuous(local), root, foot_contacts(positions, FPS), FPS)


def clips() -> dict[str, Motion]:
    """Name → motion of the made corpus; the labels in the names are right."""
    return {
        NAMES[0]: moving(96),
        NAMES[1]: moving(80, turn_rad=1.5, turned=(20, 60)),
        NAMES[2]: moving(90, turn_rad=-1.5, turned=(30, 70)),
        NAMES[3]: moving(64, raised="right"),
        NAMES[4]: moving(75, raised="left"),
        NAMES[5]: moving(60, bend_rad=0.3),
        NAMES[6]: moving(61, bend_rad=0.25),
        NAMES[7]: moving(70, raised="right", bend_rad=0.1),
    }


def bvh_text(motion: Motion, frame_time: float = 1.0 / FPS) -> str:
    """The motion as a BVH file on the source's skeleton, in centimetres; what spine2 does beside half of the
    chest's bend is lost.

    R_source(t) = R_canonical(t) · R_source(T-pose), and a bone's OFFSET is what it is in the T-pose.
    """
    t_pose = {"joint_Root": rotations.IDENTITY_WXYZ}
    place = {"joint_Root": np.zeros(3)}
    world = {"joint_Root": np.tile(rotations.IDENTITY_WXYZ, (len(motion), 1))}
    rest, _ = BODY.forward_kinematics(
        np.tile(rotations.IDENTITY_WXYZ, (len(BODY.joint_names), 1)), BODY.rest_offsets[0]
    )
    for source, (target, x_axis, y_axis) in _AXES_IN_T_POSE.items():
        t_pose[source] = _t_pose_rotation(x_axis, y_axis)
        place[source] = rest[BODY.index(target)]
        world[source] = rotations.multiply(motion.global_rotations_wxyz[:, BODY.index(target)], t_pose[source])
    offsets, columns = {"joint_Root": np.zeros(3)}, [np.zeros((len(motion), 6))]
    for joint, parent in list(_PARENTS.items())[1:]:
        offsets[joint] = 100.0 * rotations.rotate(rotations.inverse(t_pose[parent]), place[joint] - place[parent])
        local = rotations.multiply(rotations.inverse(world[parent]), world[joint])
        position = 100.0 * motion.root_translation_m if joint == "Hips" else np.tile(offsets[joint], (len(motion), 1))
        columns.append(np.concatenate([position, np.degrees(rotations.to_euler_zxy(local))], axis=1))
    rows = "\n".join(" ".join(f"{value:.6f}" for value in row) for row in np.concatenate(columns, axis=1))
    hierarchy = _hierarchy("joint_Root", offsets, 0)
    return f"HIERARCHY\n{hierarchy}MOTION\nFrames: {len(motion)}\nFrame Time: {frame_time:.6f}\n{rows}\n"


def _hierarchy(joint: str, offsets: Mapping[str, Array], depth: int) -> str:
    indent = "  " * depth
    children = [child for child, parent in _PARENTS.items() if parent == joint]
    inside = "".join(_hierarchy(child, offsets, depth + 1) for child in children)
    if not children:
        inside = f"{indent}  End Site\n{indent}  {{\n{indent}    OFFSET 0 0 0\n{indent}  }}\n"
    return (
        f"{indent}{'JOINT' if depth else 'ROOT'} {joint}\n{indent}{{\n"
        f"{indent}  OFFSET {' '.join(f'{value:.6f}' for value in offsets[joint])}\n"
        f"{indent}  CHANNELS 6 Xposition Yposition Zposition Zrotation Xrotation Yrotation\n{inside}{indent}}}\n"
    )


def write_archive(path: Path, texts: Mapping[str, str]) -> Path:
    """A `.tar.xz` as the data set's: a BVH and a JSON for each clip, in a folder."""
    with tarfile.open(path, "w:xz") as tar:
        for name, text in texts.items():
            for file, content in ((f"set/data/{name}.bvh", text), (f"set/data/{name}.json", "{}")):
                info = tarfile.TarInfo(file)
                info.size = len(content.encode())
                tar.addfile(info, io.BytesIO(content.encode()))
    return path


def write_made_archive(path: Path) -> Path:
    return write_archive(path, {name: bvh_text(motion) for name, motion in clips().items()})


def real_archive_or_skip() -> Path:
    """The Bandai-Namco archive; skips the test where there is none."""
    beside = Path(__file__).resolve().parents[3] / "shared"
    path = Path(os.environ.get("MOTIONWRIGHT_TEST_DATA", beside)) / "data" / "bandai-namco.tar.xz"
    if not path.exists():
        pytest.skip(
            "no motion capture at hand: set MOTIONWRIGHT_TEST_DATA to the folder that has data/bandai-namco.tar.xz"
        )
    return path
