"""Bandai-Namco-Research-Motiondataset, straight from its archive, on the 22-joint body.

The source's zero pose is no T-pose: spine and left limbs run along their joint's +X, right limbs along −X, and elbows
and knees hinge about Y. `_AXES_IN_T_POSE` says where each joint's axes point while the body stands in the T-pose; the
true rotation of a joint, twist included, is the way from there to its rotation in the clip:

    R_canonical(t) = R_source(t) · R_source(T-pose)⁻¹
"""

from __future__ import annotations

import lzma
import tarfile
import zlib
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path, PurePosixPath

import numpy as np

from engine.errors import UserError
from engine.motion import rotations
from engine.motion.bvh import BvhClip, read_bvh
from engine.motion.contacts import foot_contacts
from engine.motion.motion import Motion
from engine.motion.resampling import resampled
from engine.motion.rotations import Array
from engine.motion.skeleton import BODY
from training.data.clip import Clip

_METERS_PER_UNIT = 0.01
_FPS = 30.0

_RIGHT, _LEFT, _UP, _DOWN, _FRONT, _BACK = (-1, 0, 0), (1, 0, 0), (0, 1, 0), (0, -1, 0), (0, 0, 1), (0, 0, -1)
# A foot that stands flat: the mean slope of ankle → toe and of the toe joint, measured over standing frames.
_FOOT_DOWN_FRONT, _TOE_DOWN_FRONT = (0, -0.640, 0.768), (0, -0.385, 0.923)


def _opposite(direction: tuple[float, float, float]) -> tuple[float, float, float]:
    return (-direction[0], -direction[1], -direction[2])


# source joint → (canonical joint, where its X points, where its Y points); Z follows.
_AXES_IN_T_POSE = {
    "Hips": ("pelvis", _UP, _RIGHT),
    "Spine": ("spine1", _UP, _FRONT),
    "Chest": ("spine3", _UP, _FRONT),
    "Neck": ("neck", _UP, _FRONT),
    "Head": ("head", _UP, _FRONT),
    "Shoulder_L": ("left_collar", _LEFT, _UP),
    "UpperArm_L": ("left_shoulder", _LEFT, _UP),
    "LowerArm_L": ("left_elbow", _LEFT, _UP),
    "Hand_L": ("left_wrist", _LEFT, _UP),
    "Shoulder_R": ("right_collar", _LEFT, _DOWN),
    "UpperArm_R": ("right_shoulder", _LEFT, _DOWN),
    "LowerArm_R": ("right_elbow", _LEFT, _DOWN),
    "Hand_R": ("right_wrist", _LEFT, _DOWN),
    "UpperLeg_L": ("left_hip", _DOWN, _LEFT),
    "LowerLeg_L": ("left_knee", _DOWN, _LEFT),
    "Foot_L": ("left_ankle", _FOOT_DOWN_FRONT, _LEFT),
    "Toes_L": ("left_foot", _TOE_DOWN_FRONT, _LEFT),
    "UpperLeg_R": ("right_hip", _UP, _LEFT),
    "LowerLeg_R": ("right_knee", _UP, _LEFT),
    "Foot_R": ("right_ankle", _opposite(_FOOT_DOWN_FRONT), _LEFT),
    "Toes_R": ("right_foot", _opposite(_TOE_DOWN_FRONT), _LEFT),
}


def _t_pose_rotation(x_axis: tuple[float, float, float], y_axis: tuple[float, float, float]) -> Array:
    x, y = rotations.normalize(x_axis), rotations.normalize(y_axis)
    return rotations.from_matrix(np.stack([x, y, np.cross(x, y)], axis=-1))


def retargeted(clip: BvhClip) -> Motion:
    """The motion (30 fps, metres) of a BVH clip on the source's skeleton; UserError for another skeleton."""
    missing = sorted(set(_AXES_IN_T_POSE) - set(clip.joint_names))
    if missing:
        raise UserError(f"this is no Bandai-Namco skeleton: the joint “{missing[0]}” is missing.")
    positions, source_rotations = clip.forward_kinematics()
    frames = len(positions)
    world = np.tile(rotations.IDENTITY_WXYZ, (frames, len(BODY.joint_names), 1))
    for source, (target, x_axis, y_axis) in _AXES_IN_T_POSE.items():
        t_pose = _t_pose_rotation(x_axis, y_axis)
        world[:, BODY.index(target)] = rotations.multiply(
            source_rotations[:, clip.joint_names.index(source)], rotations.inverse(t_pose)
        )
    # The source bends its back in two joints, the body in three: the chest's bend is shared by the upper two.
    spine1, spine2, spine3 = (BODY.index(name) for name in ("spine1", "spine2", "spine3"))
    world[:, spine2] = rotations.slerp(world[:, spine1], world[:, spine3], np.full(frames, 0.5))

    parents = list(BODY.parents)
    local = world.copy()
    local[:, 1:] = rotations.multiply(rotations.inverse(world[:, parents[1:]]), world[:, 1:])
    root = positions[:, clip.joint_names.index("Hips")] * _METERS_PER_UNIT
    body_positions, _ = BODY.forward_kinematics(local, root)
    fps = 1.0 / clip.frame_time
    motion = Motion(rotations.continuous(local), root, foot_contacts(body_positions, fps), round(fps, 3))
    return resampled(motion, _FPS)


def clip_of(name: str, clip: BvhClip) -> Clip:
    """The clip of a file called DATASET_CONTENT_STYLE_NUMBER; UserError for another name or skeleton."""
    try:
        _dataset, content, style, _take = name.split("_")
    except ValueError as error:
        raise UserError(f"The name of the clip “{name}” is not DATASET_CONTENT_STYLE_NUMBER.") from error
    return Clip(name, retargeted(clip), content, style)


def _read_member(name: str, text: str) -> Clip:
    return clip_of(name, read_bvh(text, name=name))


def read_archive(archive: Path, workers: int = 1) -> Iterator[Clip]:
    """All clips of the `.tar.xz` (or any tar), in the order of the archive.

    UserError where the archive can't be read or a clip in it is damaged.
    """
    try:
        with tarfile.open(archive) as tar:
            texts = {
                PurePosixPath(member.name).stem: extracted.read().decode("utf-8")
                for member in tar
                if member.name.endswith(".bvh") and (extracted := tar.extractfile(member))
            }
    except (OSError, tarfile.TarError, EOFError, lzma.LZMAError, zlib.error, UnicodeDecodeError) as error:
        raise UserError(f"{archive} can't be read as an archive of motion capture: {error}.") from error
    if not texts:
        raise UserError(f"{archive} holds no BVH file.")
    if workers == 1:
        yield from map(_read_member, texts.keys(), texts.values())
        return
    with ProcessPoolExecutor(workers) as pool:
        yield from pool.map(_read_member, texts.keys(), texts.values(), chunksize=32)
