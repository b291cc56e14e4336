"""Motion: N frames on a skeleton, and its file, `.npz` without pickle."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from engine.errors import UserError
from engine.files import written_whole
from engine.motion.rotations import Array
from engine.motion.skeleton import BODY, Skeleton

FORMAT = "motionwright-motion/1"


@dataclass(frozen=True, eq=False)
class Motion:
    """N frames of a body in metres, Y up, right-handed.

    local_rotations_wxyz: (N, J, 4) relative to the parent, identity in the rest pose.
    root_translation_m: (N, 3) position of the root joint. foot_contacts: (N, 4) in 0..1 for left heel, left toe,
    right heel, right toe. fps: frames a second. meta: JSON values (prompts with frame spans, seed, guidance, model).
    """

    local_rotations_wxyz: Array
    root_translation_m: Array
    foot_contacts: Array
    fps: float
    skeleton: Skeleton = BODY
    meta: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        frames, joints = len(self.root_translation_m), len(self.skeleton.joint_names)
        if self.local_rotations_wxyz.shape != (frames, joints, 4):
            raise ValueError(f"local_rotations is {self.local_rotations_wxyz.shape}, not {(frames, joints, 4)}")
        if self.root_translation_m.shape != (frames, 3) or self.foot_contacts.shape != (frames, 4):
            raise ValueError("root_translation must be (N, 3) and foot_contacts (N, 4)")
        if frames == 0 or not 0 < self.fps < np.inf:
            raise ValueError("a motion has at least one frame and a positive frame rate")
        for array in (self.local_rotations_wxyz, self.root_translation_m, self.foot_contacts):
            if not np.isfinite(array).all():
                raise ValueError("a motion holds finite numbers only")

    def __len__(self) -> int:
        return len(self.root_translation_m)

    @property
    def seconds(self) -> float:
        return len(self) / self.fps

    @cached_property
    def positions_m(self) -> Array:
        """(N, J, 3) global joint positions in metres."""
        return self.skeleton.forward_kinematics(self.local_rotations_wxyz, self.root_translation_m)[0]

    @cached_property
    def global_rotations_wxyz(self) -> Array:
        """(N, J, 4) global joint rotations."""
        return self.skeleton.forward_kinematics(self.local_rotations_wxyz, self.root_translation_m)[1]

    def frames(self, start: int, end: int) -> Motion:
        """The frames [start, end)."""
        return replace(
            self,
            local_rotations_wxyz=self.local_rotations_wxyz[start:end],
            root_translation_m=self.root_translation_m[start:end],
            foot_contacts=self.foot_contacts[start:end],
        )

    def mirrored(self) -> Motion:
        """Left and right swapped: reflection in the plane x = 0.

        A reflection S = diag(−1, 1, 1) turns R into S·R·S, which negates y and z of the quaternion.
        """
        swap = list(self.skeleton.mirror_indices)
        return replace(
            self,
            local_rotations_wxyz=self.local_rotations_wxyz[:, swap] * np.array([1.0, 1.0, -1.0, -1.0]),
            root_translation_m=self.root_translation_m * np.array([-1.0, 1.0, 1.0]),
            foot_contacts=self.foot_contacts[:, [2, 3, 0, 1]],
        )

    def save(self, path: Path) -> None:
        """Write the `.npz` (format motionwright-motion/1), whole or not at all."""
        arrays = {
            "format": np.array(FORMAT),
            "joint_names": np.array(self.skeleton.joint_names),
            "parents": np.array(self.skeleton.parents, dtype=np.int32),
            "rest_offsets": self.skeleton.rest_offsets.astype(np.float32),
            "local_rotations": self.local_rotations_wxyz.astype(np.float32),
            "root_translation": self.root_translation_m.astype(np.float32),
            "foot_contacts": self.foot_contacts.astype(np.float32),
            "fps": np.array(self.fps, dtype=np.float64),
            "meta": np.array(json.dumps(dict(self.meta), ensure_ascii=False)),
        }
        with written_whole(path) as temporary, temporary.open("wb") as file:
            np.savez_compressed(file, allow_pickle=False, **arrays)

    @classmethod
    def load(cls, path: Path) -> Motion:
        """Read a `.npz` of `save`. UserError where the file is missing, damaged or of another format."""
        try:
            with np.load(path, allow_pickle=False) as file:
                if str(file["format"]) != FORMAT:
                    raise UserError(f"{path} has the format “{file['format']}”; this version reads “{FORMAT}”.")
                names = tuple(str(name) for name in file["joint_names"])
                parents = tuple(int(parent) for parent in file["parents"])
                return cls(
                    local_rotations_wxyz=file["local_rotations"].astype(np.float64),
                    root_translation_m=file["root_translation"].astype(np.float64),
                    foot_contacts=file["foot_contacts"].astype(np.float64),
                    fps=float(file["fps"]),
                    skeleton=Skeleton(names, parents, file["rest_offsets"].astype(np.float64)),
                    meta=json.loads(str(file["meta"])),
                )
        except UserError:
            raise
        except Exception as error:  # a damaged archive fails in zipfile, zlib, numpy or json, each in its own way
            raise UserError(f"{path} is not a readable motion file: {error}.") from error
