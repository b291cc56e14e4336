"""Motion: N frames on a skeleton, and its file, `.npz` without pickle."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import IO, Any, NoReturn

import numpy as np
from numpy.typing import NDArray

from engine.errors import UserError
from engine.files import written_whole
from engine.motion.archive import ArchiveError, read_arrays
from engine.motion.rotations import Array
from engine.motion.skeleton import BODY, Skeleton

FORMAT = "motionwright-motion/1"
MOST_FRAMES = 36_000
"""Of a file: twenty minutes at 30 fps."""
MOST_JOINTS = 256
_MOST_JOINT_FRAMES = 1_000_000
_PROMPT_FIELDS = {"text": str, "start": int, "end": int}
_LONGEST_NAME = 64
_FARTHEST_M = 1e5
_UNIT_TOLERANCE = 1e-3
_FPS = (0.1, 1000.0)
_HEADER = 4096
_LARGEST_BYTES: Mapping[str, int] = {
    "format": _HEADER,
    "joint_names": _HEADER + MOST_JOINTS * _LONGEST_NAME * 4,
    "parents": _HEADER + MOST_JOINTS * 8,
    "rest_offsets": _HEADER + MOST_JOINTS * 3 * 8,
    "local_rotations": _HEADER + _MOST_JOINT_FRAMES * 4 * 8,
    "root_translation": _HEADER + MOST_FRAMES * 3 * 8,
    "foot_contacts": _HEADER + MOST_FRAMES * 4 * 8,
    "fps": _HEADER,
    "meta": _HEADER + 4 * 2**20,
}
"""Of each entry of a file, decompressed. A text takes four bytes a character."""


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
        content = self.to_bytes()
        with written_whole(path) as temporary:
            temporary.write_bytes(content)

    def to_bytes(self) -> bytes:
        """The content of the file that `save` writes."""
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
        buffer = io.BytesIO()
        np.savez_compressed(buffer, allow_pickle=False, **arrays)
        return buffer.getvalue()

    @classmethod
    def load(cls, path: Path) -> Motion:
        """Read a `.npz` of `save`. UserError where the file is missing, damaged, too long or of another format."""
        try:
            with path.open("rb") as file:
                return cls._read(file, str(path))
        except OSError as error:
            raise UserError(f"{path} is not a readable motion file: {error.strerror or error}.") from error

    @classmethod
    def from_bytes(cls, content: bytes, name: str) -> Motion:
        """Read the content of a `.npz`; UserError as for `load`, with `name` for the file's."""
        return cls._read(io.BytesIO(content), name)

    @classmethod
    def _read(cls, file: IO[bytes], name: str) -> Motion:
        try:
            return cls._from_arrays(read_arrays(file, _LARGEST_BYTES), name)
        except UserError:
            raise
        except Exception as error:  # a damaged archive fails in zipfile, zlib, numpy or json, each in its own way
            raise UserError(f"{name} is not a readable motion file: {error}.") from error

    @classmethod
    def _from_arrays(cls, arrays: Mapping[str, NDArray[Any]], name: str) -> Motion:
        if str(arrays["format"]) != FORMAT:
            found = str(arrays["format"])[:_LONGEST_NAME]
            raise UserError(f"{name} has the format “{found}”; this version reads “{FORMAT}”.")
        joint_names = tuple(str(joint) for joint in arrays["joint_names"])
        if len(joint_names) > MOST_JOINTS or len(arrays["root_translation"]) > MOST_FRAMES:
            raise ArchiveError(f"it has more than {MOST_JOINTS} joints or {MOST_FRAMES} frames")
        if not all(0 < len(joint) <= _LONGEST_NAME and joint.isprintable() for joint in joint_names):
            raise ArchiveError(f"a joint name is empty, unprintable or longer than {_LONGEST_NAME} characters")
        if arrays["parents"].dtype.kind not in "iu":
            raise ArchiveError("“parents” are not whole numbers")
        offsets = _numbers(arrays, "rest_offsets", -_FARTHEST_M, _FARTHEST_M)
        rotations = _numbers(arrays, "local_rotations", -2.0, 2.0)
        if (np.abs(np.linalg.norm(rotations, axis=-1) - 1.0) > _UNIT_TOLERANCE).any():
            raise ArchiveError("a rotation is no unit quaternion")
        return cls(
            local_rotations_wxyz=rotations,
            root_translation_m=_numbers(arrays, "root_translation", -_FARTHEST_M, _FARTHEST_M),
            foot_contacts=_numbers(arrays, "foot_contacts", 0.0, 1.0),
            fps=float(_numbers(arrays, "fps", *_FPS)),
            skeleton=Skeleton(joint_names, tuple(int(parent) for parent in arrays["parents"]), offsets),
            meta=_parse_meta(str(arrays["meta"])),
        )


def _numbers(arrays: Mapping[str, NDArray[Any]], key: str, low: float, high: float) -> Array:
    """An array of the file in float64; what lies outside `low` to `high`, or is not a number, is refused."""
    values = arrays[key].astype(np.float64)
    if not ((values >= low) & (values <= high)).all():
        raise ArchiveError(f"“{key}” has a value that is not between {low:g} and {high:g}")
    return values


def _parse_meta(text: str) -> dict[str, Any]:
    """The JSON object of a file; only what can be written again as JSON in UTF-8."""
    meta = json.loads(text, parse_constant=_refuse_constant)
    if not isinstance(meta, dict):
        raise ArchiveError("“meta” is not a JSON object")
    json.dumps(meta, allow_nan=False, ensure_ascii=False).encode("utf-8")
    _check_records(meta, "prompts", _PROMPT_FIELDS)
    _check_records(meta, "edits", {})
    return meta


def _check_records(meta: Mapping[str, Any], key: str, fields: Mapping[str, type]) -> None:
    """Editing reads these lists and adds to them; whoever else wrote the file may have left them out."""
    records = meta.get(key, [])
    if not isinstance(records, list) or not all(
        isinstance(record, dict) and all(type(record.get(name)) is kind for name, kind in fields.items())
        for record in records
    ):
        raise ArchiveError(f"“{key}” in its “meta” is not as this version writes it")


def _refuse_constant(name: str) -> NoReturn:
    raise ArchiveError(f"“meta” holds {name}, which is not a JSON number")
