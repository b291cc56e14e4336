"""BVH files: a tolerant reader of any skeleton, and a writer and reader of the project's own motions.

Frames are as in the file: BVH is Y up and right-handed by custom, in a unit that the file doesn't state. A joint's
rotation is the product of its channels from left to right; its position channels *replace* its OFFSET, as Blender's
importer and the Bandai Namco files have it. Some exporters add them to it: for those, `positions_add_to_offset`.
Source: the format as described by Meredith and Maddock, "Motion Capture File Formats Explained" (2001).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from engine.errors import UserError
from engine.motion.rotations import Array, from_euler, multiply, rotate

_MOTION_SECTION = re.compile(
    r"\bMOTION\s+Frames\s*:\s*(?P<frames>\S+)\s+Frame\s+Time\s*:\s*(?P<frame_time>\S+)", re.IGNORECASE
)
_CHANNEL = re.compile(r"([XYZ])(position|rotation)", re.IGNORECASE)
_MAX_JOINT_FRAMES = 10_000_000
"""Four hours of 22 joints at 30 fps; more would ask for gigabytes."""
_MAX_NUMBER = 1e9
"""Larger ones are damage, and would overflow."""


@dataclass(frozen=True, eq=False)
class BvhClip:
    """N frames of a BVH file's own skeleton of J joints, in the file's frame and unit.

    joint_names: J unique names, in the file's order. parents: (J,), a parent before its children, −1 the root.
    offsets: (J, 3) the OFFSETs. local_rotations_wxyz: (N, J, 4) relative to the parent.
    local_translations: (N, J, 3) relative to the parent: the position channels where there are any, else the OFFSET.
    frame_time: seconds. end_sites: joint name → (3,) OFFSET of its End Site.
    """

    joint_names: tuple[str, ...]
    parents: tuple[int, ...]
    offsets: Array
    local_rotations_wxyz: Array
    local_translations: Array
    frame_time: float
    end_sites: Mapping[str, Array]

    def __len__(self) -> int:
        return len(self.local_rotations_wxyz)

    @property
    def fps(self) -> float:
        """Frames a second, the whole number where the rounded Frame Time means one (0.033333 → 30, but 29.97 stays)."""
        fps = 1.0 / self.frame_time
        return float(round(fps)) if abs(fps - round(fps)) < 5e-4 * fps else fps

    def forward_kinematics(self) -> tuple[Array, Array]:
        """Global positions (N, J, 3) in the file's unit and global rotations (N, J, 4).

        R_j = R_parent · r_j;  p_j = p_parent + R_parent · t_j, for all joints of one depth at a time.
        """
        positions, rotations = self.local_translations.copy(), self.local_rotations_wxyz.copy()
        for joints in _by_depth(self.parents)[1:]:
            above = [self.parents[joint] for joint in joints]
            positions[:, joints] = positions[:, above] + rotate(rotations[:, above], self.local_translations[:, joints])
            rotations[:, joints] = multiply(rotations[:, above], self.local_rotations_wxyz[:, joints])
        return positions, rotations


def read_bvh(text: str, *, name: str, positions_add_to_offset: bool = False) -> BvhClip:
    """Parse the text of a BVH file; `name` is what errors call it.

    Any channel order, 0 to 6 channels a joint, any case, any white space. positions_add_to_offset: position channels
    are relative to the OFFSET instead of replacing it. UserError where the file is damaged; its sentence says how.
    """
    try:
        hierarchy, motion = _split(text)
        joints = _Hierarchy().read(hierarchy)
        values, frame_time = _read_motion(text, motion, joints)
    except _DamageError as damage:
        raise UserError(f"{name} is not a readable BVH file: {damage}.") from damage
    names = _unique_names([joint.name for joint in joints])
    return BvhClip(
        joint_names=names,
        parents=tuple(joint.parent for joint in joints),
        offsets=np.array([joint.offset for joint in joints]),
        local_rotations_wxyz=_local_rotations(joints, values),
        local_translations=_local_translations(joints, values, positions_add_to_offset),
        frame_time=frame_time,
        end_sites={n: np.array(joint.end_site) for n, joint in zip(names, joints, strict=True) if joint.end_site},
    )


class _DamageError(ValueError):
    """What is wrong with the file, as the end of a sentence."""


_Vector = tuple[float, float, float]


@dataclass
class _Joint:
    name: str
    parent: int
    offset: _Vector = (0.0, 0.0, 0.0)
    channels: list[tuple[str, str]] = field(default_factory=list)  # (axis "X", kind "position")
    end_site: _Vector | None = None


def _split(text: str) -> tuple[list[str], re.Match[str]]:
    """The words of the hierarchy, and the match of the motion section's head."""
    motion = _MOTION_SECTION.search(text)
    if motion is None:
        raise _DamageError("it has no MOTION section with Frames: and Frame Time:")
    head = text[: motion.start()].lstrip("\ufeff")
    words = head.replace("{", " { ").replace("}", " } ").split()
    if not words or words[0].upper() != "HIERARCHY":
        raise _DamageError("it does not begin with HIERARCHY")
    return words[1:], motion


class _Hierarchy:
    """Reads the words between HIERARCHY and MOTION, from left to right, without recursion: nesting may be deep."""

    def read(self, words: list[str]) -> list[_Joint]:
        """The joints in the file's order."""
        self._words = iter(words)
        self._joints: list[_Joint] = []
        self._open: list[int | None] = []  # indices of the joints whose brace is open; None for an End Site
        for word in self._words:
            self._read_statement(word.upper())
        if not self._joints:
            raise _DamageError("it has no ROOT joint")
        if self._open:
            raise _DamageError("a brace of its hierarchy is not closed")
        return self._joints

    def _read_statement(self, word: str) -> None:
        if word in {"ROOT", "JOINT"}:
            self._open_joint(word)
        elif word == "END":
            self._words_to_brace()
            self._open_joint_index()
            self._open.append(None)
        elif word == "OFFSET":
            self._read_offset()
        elif word == "CHANNELS":
            self._joints[self._open_joint_index()].channels = self._read_channels()
        elif word == "}" and self._open:
            self._open.pop()
        else:
            raise _DamageError(f"“{word[:40]}” stands where a joint, OFFSET, CHANNELS or a brace was expected")

    def _open_joint(self, word: str) -> None:
        if (word == "ROOT") != (not self._joints):
            raise _DamageError("it has more than one ROOT" if word == "ROOT" else "a JOINT comes before the ROOT")
        parent = self._open_joint_index() if self._joints else -1
        self._open.append(len(self._joints))
        self._joints.append(_Joint(self._words_to_brace() or f"joint_{len(self._joints)}", parent))

    def _words_to_brace(self) -> str:
        words: list[str] = []
        for word in self._words:
            if word == "{":
                return "_".join(words)  # names with spaces exist; Blender joins them with underscores, too
            words.append(word)
        raise _DamageError("its hierarchy breaks off")

    def _open_joint_index(self) -> int:
        index = self._open[-1] if self._open else None
        if index is None:
            raise _DamageError("a statement of its hierarchy stands outside any joint")
        return index

    def _read_offset(self) -> None:
        offset = (self._number(), self._number(), self._number())
        if self._open and self._open[-1] is None and len(self._open) > 1:
            joint = self._open[-2]
            assert joint is not None  # an End Site opens only inside a joint
            self._joints[joint].end_site = offset
        else:
            self._joints[self._open_joint_index()].offset = offset

    def _number(self) -> float:
        word = next(self._words, "")
        return _number(word, "an OFFSET")

    def _read_channels(self) -> list[tuple[str, str]]:
        count = _whole_number(next(self._words, ""), "the number of CHANNELS")
        if count > 6:
            raise _DamageError(f"a joint announces {count} channels")
        channels = []
        for _ in range(count):
            word = next(self._words, "")
            match = _CHANNEL.fullmatch(word)
            if match is None:
                raise _DamageError(f"it has an unknown channel “{word[:40]}”")
            channels.append((match[1].upper(), match[2].lower()))
        return channels


def _number(word: str, what: str) -> float:
    try:
        number = float(word)
    except ValueError:
        raise _DamageError(f"{what} reads “{word[:40]}”, which is not a number") from None
    if not abs(number) < _MAX_NUMBER:  # also true for NaN
        raise _DamageError(f"{what} reads “{word[:40]}”")
    return number


def _whole_number(word: str, what: str) -> int:
    if not (word.isascii() and word.isdigit() and len(word) < 12):
        raise _DamageError(f"{what} reads “{word[:40]}”")
    return int(word)


def _read_motion(text: str, head: re.Match[str], joints: list[_Joint]) -> tuple[Array, float]:
    """The channel values (N, C), with C ≥ 0, and the frame time in seconds."""
    frames = _whole_number(head["frames"], "the number of frames")
    frame_time = _number(head["frame_time"], "the frame time")
    if not 1e-5 <= frame_time <= 100.0:
        raise _DamageError(f"its frame time is {frame_time:g} seconds")
    channels = sum(len(joint.channels) for joint in joints)
    if frames == 0:
        raise _DamageError("it has no frames")
    if channels == 0:
        raise _DamageError("its joints have no channels")
    words = text[head.end() :].split()
    if len(words) != frames * channels:
        raise _DamageError(
            f"it announces {frames} frames of {channels} numbers, {frames * channels} in all, and holds {len(words)}"
        )
    if frames * len(joints) > _MAX_JOINT_FRAMES:
        raise _DamageError(f"{frames} frames of {len(joints)} joints are more than this reader takes in one file")
    return _numbers(words).reshape(frames, channels), frame_time


def _numbers(words: list[str]) -> Array:
    try:
        numbers = np.array(list(map(float, words)))
    except ValueError as error:
        raise _DamageError(f"its motion section holds something that is not a number ({error})") from None
    if not np.all(np.abs(numbers) < _MAX_NUMBER):
        raise _DamageError("its motion section holds NaN, infinite or absurdly large numbers")
    return numbers


def _local_translations(joints: list[_Joint], values: Array, positions_add_to_offset: bool) -> Array:
    """(N, J, 3): OFFSETs, replaced or moved by the position channels of `values` (N, C)."""
    offsets = np.array([joint.offset for joint in joints])
    translations = np.tile(offsets, (len(values), 1, 1))
    for column, (joint, axis, kind) in enumerate(_columns(joints)):
        if kind == "position":
            base = offsets[joint, axis] if positions_add_to_offset else 0.0
            translations[:, joint, axis] = base + values[:, column]
    return translations


def _local_rotations(joints: list[_Joint], values: Array) -> Array:
    """(N, J, 4) of the rotation channels of `values` (N, C), all joints of one rotation order at a time."""
    columns_of: list[list[int]] = [[] for _ in joints]
    for column, (joint, _, kind) in enumerate(_columns(joints)):
        if kind == "rotation":
            columns_of[joint].append(column)
    by_order: dict[str, list[int]] = {}
    for index, joint_ in enumerate(joints):
        order = "".join(axis for axis, kind in joint_.channels if kind == "rotation")
        by_order.setdefault(order, []).append(index)
    rotations = np.empty((len(values), len(joints), 4))
    for order, members in by_order.items():
        columns = np.array([columns_of[index] for index in members], dtype=np.intp)
        rotations[:, members] = from_euler(np.deg2rad(values[:, columns]), order)
    return rotations


def _columns(joints: list[_Joint]) -> list[tuple[int, int, str]]:
    """For each channel of the file: joint index, axis 0 to 2, kind."""
    return [(index, "XYZ".index(axis), kind) for index, joint in enumerate(joints) for axis, kind in joint.channels]


def _unique_names(names: list[str]) -> tuple[str, ...]:
    """Names that stand twice get .001, .002 …, as in Blender."""
    unique: dict[str, None] = {}
    for name in names:
        candidate, count = name, 0
        while candidate in unique:
            count += 1
            candidate = f"{name}.{count:03d}"
        unique[candidate] = None
    return tuple(unique)


def _by_depth(parents: tuple[int, ...]) -> list[list[int]]:
    """The joints at each depth below the root."""
    depths: list[int] = []
    for parent in parents:
        depths.append(depths[parent] + 1 if parent >= 0 else 0)
    levels: list[list[int]] = [[] for _ in range(max(depths) + 1)]
    for joint, depth in enumerate(depths):
        levels[depth].append(joint)
    return levels
