"""The motion that is to be transferred: read from a `.npz` of the format motionwright-motion/1.

Metres, Y up, the rest pose a T-pose facing +Z, the floor at 0.
"""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from ..errors import AddonError
from .rotations import Array, slerp, to_matrix, turn

FORMAT = "motionwright-motion/1"
LOOP = "loops"
"""In a motion's meta: whether its last frame shows the pose of its first."""

_PAIRED = ("hip", "knee", "ankle", "foot", "collar", "shoulder", "elbow", "wrist")
JOINTS = (
    *("pelvis", "spine1", "spine2", "spine3", "neck", "head"),
    *(f"{side}_{joint}" for side in ("left", "right") for joint in _PAIRED),
)
"""The 22 joints that a bone map knows by name."""


@dataclass(frozen=True, eq=False)
class SourceMotion:
    """N frames of J joints.

    parents: (J,), −1 the root. rest_offsets: (J, 3) metres from the parent in the T-pose. local_rotations_wxyz:
    (N, J, 4). root_translation_m: (N, 3). foot_contacts: (N, 4) in 0..1 for left heel, left toe, right heel, right toe.
    """

    joint_names: tuple[str, ...]
    parents: tuple[int, ...]
    rest_offsets: Array
    local_rotations_wxyz: Array
    root_translation_m: Array
    foot_contacts: Array
    fps: float
    meta: Mapping[str, Any] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.root_translation_m)

    def index(self, joint: str) -> int:
        return self.joint_names.index(joint)

    @property
    def leg_length_m(self) -> float:
        """Thigh and shin, metres."""
        bones = (self.rest_offsets[self.index("left_knee")], self.rest_offsets[self.index("left_ankle")])
        return float(sum(np.linalg.norm(bone) for bone in bones))

    @cached_property
    def rest_positions_m(self) -> Array:
        """(J, 3) joint positions of the T-pose, the root at its rest height."""
        positions = np.array(self.rest_offsets)
        for joint, parent in enumerate(self.parents):
            if parent >= 0:
                positions[joint] += positions[parent]
        return positions

    @cached_property
    def global_rotations(self) -> Array:
        """(N, J, 3, 3). R_j = R_parent · r_j."""
        rotations = to_matrix(self.local_rotations_wxyz)
        for joint, parent in enumerate(self.parents):
            if parent >= 0:
                rotations[:, joint] = rotations[:, parent] @ rotations[:, joint]
        return rotations

    @cached_property
    def positions_m(self) -> Array:
        """(N, J, 3). p_j = p_parent + R_parent · offset_j."""
        positions = np.zeros((len(self), len(self.parents), 3))
        for joint, parent in enumerate(self.parents):
            if parent < 0:
                positions[:, joint] = self.root_translation_m
            else:
                offset = turn(self.global_rotations[:, parent], self.rest_offsets[joint])
                positions[:, joint] = positions[:, parent] + offset
        return positions

    @property
    def prompt(self) -> str:
        """The words it was made from, where the file knows them."""
        prompts = self.meta.get("prompts") or []
        texts = [prompt.get("text", "") if isinstance(prompt, Mapping) else str(prompt) for prompt in prompts]
        return ", then ".join(text for text in texts if text)

    def resampled(self, fps: float) -> SourceMotion:
        """The same motion at `fps` frames a second: rotations by slerp, the rest linearly; the last frame inside.

        A loop keeps its very last frame, and becomes shorter or longer by less than half a frame for it.
        """
        if fps == self.fps or len(self) == 1:
            return replace(self, fps=fps)
        count = int(np.floor((len(self) - 1) / self.fps * fps + 1e-6)) + 1
        times = np.minimum(np.arange(count) * self.fps / fps, len(self) - 1)
        if self.meta.get(LOOP):
            times = np.linspace(0.0, len(self) - 1, round((len(self) - 1) / self.fps * fps) + 1)
        first = np.minimum(times.astype(int), len(self) - 2)
        weight = times - first

        def linear(values: Array) -> Array:
            return np.asarray(values[first] + weight[:, None] * (values[first + 1] - values[first]), dtype=np.float64)

        rotations = self.local_rotations_wxyz
        return replace(
            self,
            local_rotations_wxyz=slerp(rotations[first], rotations[first + 1], weight[:, None]),
            root_translation_m=linear(self.root_translation_m),
            foot_contacts=linear(self.foot_contacts),
            fps=fps,
        )


def motion_bytes(motion: SourceMotion) -> bytes:
    """The motion as a file of the format that `read_motion` reads."""
    buffer = io.BytesIO()
    np.savez_compressed(
        buffer,
        format=FORMAT,
        joint_names=np.array(motion.joint_names),
        parents=np.array(motion.parents, dtype=np.int32),
        rest_offsets=motion.rest_offsets,
        local_rotations=motion.local_rotations_wxyz,
        root_translation=motion.root_translation_m,
        foot_contacts=motion.foot_contacts,
        fps=np.float64(motion.fps),
        meta=json.dumps(dict(motion.meta), ensure_ascii=False),
    )
    return buffer.getvalue()


def read_motion(path: Path) -> SourceMotion:
    """Read a motion file. AddonError where it is missing, damaged, of another format or of another skeleton."""
    if path.is_file() and not zipfile.is_zipfile(path):
        raise AddonError(f"{path} is not a readable motion file: it is no .npz archive.")
    try:
        with np.load(path, allow_pickle=False) as file:
            if str(file["format"]) != FORMAT:
                raise AddonError(f"{path} has the format “{file['format']}”; this version reads “{FORMAT}”.")
            motion = SourceMotion(
                joint_names=tuple(str(name) for name in file["joint_names"]),
                parents=tuple(int(parent) for parent in file["parents"]),
                rest_offsets=file["rest_offsets"].astype(np.float64),
                local_rotations_wxyz=file["local_rotations"].astype(np.float64),
                root_translation_m=file["root_translation"].astype(np.float64),
                foot_contacts=file["foot_contacts"].astype(np.float64),
                fps=float(file["fps"]),
                meta=json.loads(str(file["meta"])),
            )
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
        reason = " ".join(str(error).split()).rstrip(".")
        raise AddonError(f"{path} is not a readable motion file: {reason}.") from error
    _check(motion, path)
    return motion


def _check(motion: SourceMotion, path: Path) -> None:
    missing = [joint for joint in JOINTS if joint not in motion.joint_names]
    if missing:
        raise AddonError(f"{path} is a motion of another skeleton: it lacks the joint “{missing[0]}”.")
    frames, joints = len(motion), len(motion.joint_names)
    shapes_agree = (
        frames > 0
        and motion.fps > 0
        and len(motion.parents) == joints
        and motion.rest_offsets.shape == (joints, 3)
        and motion.local_rotations_wxyz.shape == (frames, joints, 4)
        and motion.root_translation_m.shape == (frames, 3)
        and motion.foot_contacts.shape == (frames, 4)
    )
    if not shapes_agree:
        raise AddonError(f"{path} is not a readable motion file: its arrays disagree in shape.")
    arrays = (motion.local_rotations_wxyz, motion.root_translation_m, motion.foot_contacts, motion.rest_offsets)
    if not all(np.isfinite(array).all() for array in arrays):
        raise AddonError(f"{path} is not a readable motion file: it holds numbers that are not finite.")
