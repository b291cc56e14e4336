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
from pathlib import Path

import numpy as np

from engine.errors import UserError
from engine.files import written_whole
from engine.motion.contacts import foot_contacts
from engine.motion.motion import Motion
from engine.motion.rotations import Array, continuous, from_euler, multiply, rotate, to_euler_zxy
from engine.motion.skeleton import BODY, Skeleton

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


_UNITS_PER_METER = 100.0
_CHANNEL_NAMES = "Zrotation Xrotation Yrotation"
_END_SITES_M = {"head": (0.0, 0.18, 0.0), "left_wrist": (0.09, 0.0, 0.0), "right_wrist": (-0.09, 0.0, 0.0)}
_END_SITES_M |= dict.fromkeys(("left_foot", "right_foot"), (0.0, 0.0, 0.06))
"""Where crown, knuckles and toe tips are from the last joint; with a length of 0 Blender has no bone to show."""
_OTHER_END_SITE_M = (0.0, 0.05, 0.0)


def write_bvh(motion: Motion, path: Path) -> None:
    """Write a motion as BVH in centimeters, Y up, facing +Z in the T-pose; whole or not at all."""
    with written_whole(path) as temporary:
        temporary.write_text(bvh_text(motion), encoding="utf-8", newline="\n")


def bvh_text(motion: Motion) -> str:
    """The text of `write_bvh`: the root with six channels, all other joints with three, six decimals."""
    order, depths = _depth_first(motion.skeleton.parents)
    degrees = np.rad2deg(np.unwrap(to_euler_zxy(motion.local_rotations_wxyz[:, order]), axis=0))
    root = motion.root_translation_m * _UNITS_PER_METER
    values = np.concatenate([root, degrees.reshape(len(motion), -1)], axis=1).round(6) + 0.0  # + 0.0: no "-0.000000"
    row = " ".join(["%.6f"] * values.shape[1])
    return "\n".join(
        ["HIERARCHY", *_hierarchy_lines(motion.skeleton, order, depths)]
        + ["MOTION", f"Frames: {len(motion)}", f"Frame Time: {1.0 / motion.fps:.10f}"]
        + [row % tuple(frame) for frame in values.tolist()]
        + [""]
    )


def _depth_first(parents: tuple[int, ...]) -> tuple[list[int], list[int]]:
    """The joints in the order of a BVH file, each followed by all below it, and how deep each lies."""
    order, depths, waiting = [], [], [(0, 0)]
    while waiting:
        joint, depth = waiting.pop()
        order.append(joint)
        depths.append(depth)
        children = [child for child, parent in enumerate(parents) if parent == joint]
        waiting.extend((child, depth + 1) for child in reversed(children))
    return order, depths


def _hierarchy_lines(skeleton: Skeleton, order: list[int], depths: list[int]) -> list[str]:
    lines = []
    for joint, depth, next_depth in zip(order, depths, [*depths[1:], 0], strict=True):
        name, indent = re.sub(r"[{}\s]", "_", skeleton.joint_names[joint]), "  " * depth
        offset = skeleton.rest_offsets[joint] if depth else np.zeros(3)
        channels = f"3 {_CHANNEL_NAMES}" if depth else f"6 Xposition Yposition Zposition {_CHANNEL_NAMES}"
        lines += [f"{indent}{'JOINT' if depth else 'ROOT'} {name}", indent + "{"]
        lines += [f"{indent}  OFFSET {_in_units(offset)}", f"{indent}  CHANNELS {channels}"]
        if next_depth <= depth:
            tip = _in_units(np.array(_END_SITES_M.get(name, _OTHER_END_SITE_M)))
            lines += [f"{indent}  {line}" for line in ("End Site", "{", f"  OFFSET {tip}", "}")]
            lines += ["  " * closed + "}" for closed in range(depth, next_depth - 1, -1)]
    return lines


def _in_units(offset_m: Array) -> str:
    return " ".join(f"{number:.6f}" for number in (offset_m * _UNITS_PER_METER).round(6) + 0.0)


def read_motion_bvh(path: Path) -> Motion:
    """The motion on BODY in a BVH file of `write_bvh`, its foot contacts found anew.

    UserError for a file that can't be read, and for any skeleton but BODY: other names, parents or lengths.
    """
    try:
        text = path.read_text(encoding="utf-8", errors="replace")
    except OSError as error:
        raise UserError(f"{path} can't be read: {error.strerror or error}.") from error
    clip = read_bvh(text, name=str(path))
    if not _is_body(clip):
        raise UserError(f"{path} has another skeleton than this program's 22 joints, so it can't be read as a motion.")
    order = [clip.joint_names.index(name) for name in BODY.joint_names]
    rotations = continuous(clip.local_rotations_wxyz[:, order])
    root = clip.local_translations[:, 0] / _UNITS_PER_METER
    positions, _ = BODY.forward_kinematics(rotations, root)
    return Motion(rotations, root, foot_contacts(positions, clip.fps), clip.fps)


def _is_body(clip: BvhClip) -> bool:
    """Whether names, parents and lengths, to a tenth of a millimeter, are those of BODY."""
    if _parents_by_name(clip.joint_names, clip.parents) != _parents_by_name(BODY.joint_names, BODY.parents):
        return False
    order = [clip.joint_names.index(name) for name in BODY.joint_names[1:]]
    return bool(np.abs(clip.local_translations[:, order] / _UNITS_PER_METER - BODY.rest_offsets[1:]).max() < 1e-4)


def _parents_by_name(names: tuple[str, ...], parents: tuple[int, ...]) -> dict[str, str | None]:
    return {name: names[parent] if parent >= 0 else None for name, parent in zip(names, parents, strict=True)}
