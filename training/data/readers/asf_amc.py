"""ASF skeletons and AMC motion (Acclaim, as Vicon wrote it for CMU's and HDM05's archives).

A bone turns about its own axes C, given by its `axis` angles:  R = R_parent · C · M · C⁻¹, with M the frame's angles in
the order of its `dof`. With all angles zero the bones lie along their `direction`: that is the rest pose.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from engine.errors import UserError
from engine.motion import rotations
from engine.motion.rotations import Array
from training.data.readers.retargeting import SourceMotion

_INCH_M = 0.0254


@dataclass(frozen=True, eq=False)
class _Bone:
    name: str
    direction: Array
    length: float
    axis_deg: Array
    axis_order: str
    dof: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class AsfSkeleton:
    """Bones with their parents ("root" for the first), the root's channels, and metres a unit."""

    bones: Mapping[str, _Bone]
    parent_of: Mapping[str, str]
    root_order: tuple[str, ...]
    meters_per_unit: float


def read_asf(text: str, *, name: str) -> AsfSkeleton:
    """Parse an ASF file; UserError where it is damaged."""
    try:
        sections = _sections(text)
        length = next((float(line[1]) for line in sections["units"] if line[0] == "length"), 1.0)
        degrees = next((line[1] for line in sections["units"] if line[0] == "angle"), "deg")
        if degrees != "deg":
            raise ValueError("its angles are not in degrees")
        root = {line[0]: line[1:] for line in sections["root"]}
        bones = {bone.name: bone for bone in _bones(sections["bonedata"])}
        hierarchy = [line for line in sections["hierarchy"] if line[0] not in ("begin", "end")]
        parent_of = {child: line[0] for line in hierarchy for child in line[1:]}
        if set(parent_of) != set(bones):
            raise ValueError("its hierarchy and its bones disagree")
        return AsfSkeleton(bones, parent_of, tuple(root["order"]), _INCH_M / length)
    except (KeyError, IndexError, ValueError, StopIteration) as error:
        raise UserError(f"{name} is not a readable ASF skeleton: {error}.") from error


def _sections(text: str) -> dict[str, list[list[str]]]:
    sections: dict[str, list[list[str]]] = {}
    current: list[list[str]] = []
    for line in text.splitlines():
        words = line.split("#")[0].split()
        if words and words[0].startswith(":"):
            current = sections.setdefault(words[0][1:].lower(), [])
        elif words:
            current.append(words)
    return sections


def _bones(lines: list[list[str]]) -> Iterator[_Bone]:
    fields: dict[str, list[str]] = {}
    for words in lines:
        if words[0] == "begin":
            fields = {}
        elif words[0] == "end":
            yield _Bone(
                name=fields["name"][0],
                direction=np.array(list(map(float, fields["direction"][:3]))),
                length=float(fields["length"][0]),
                axis_deg=np.array(list(map(float, fields["axis"][:3]))),
                axis_order=fields["axis"][3] if len(fields["axis"]) > 3 else "XYZ",
                dof=tuple(fields.get("dof", ())),
            )
        elif words[0] not in fields:
            fields[words[0]] = words[1:]


def read_amc(text: str, skeleton: AsfSkeleton, *, name: str, fps: float = 120.0) -> SourceMotion:
    """The motion of an AMC file on its skeleton; joints are called after their bones and lie at the bones' starts.

    UserError where it is damaged or belongs to another skeleton.
    """
    try:
        frames = list(_frames(text))
        if not frames:
            raise ValueError("it has no frames")
        values = {bone: np.array([frame[bone] for frame in frames]) for bone in frames[0]}
        return _source(skeleton, values, fps)
    except (KeyError, IndexError, ValueError) as error:
        raise UserError(f"{name} is not readable AMC motion on its skeleton: {error}.") from error


def _frames(text: str) -> Iterator[dict[str, list[float]]]:
    frame: dict[str, list[float]] = {}
    for line in text.splitlines():
        words = line.split()
        if not words or words[0][0] in "#:":
            continue
        if len(words) == 1 and words[0].isdigit():
            if frame:
                yield frame
            frame = {}
        else:
            frame[words[0]] = list(map(float, words[1:]))
    if frame:
        yield frame


def _source(skeleton: AsfSkeleton, values: Mapping[str, Array], fps: float) -> SourceMotion:
    order = ["root", *_parents_first(skeleton.parent_of)]
    count = len(values["root"])
    root = dict(zip(skeleton.root_order, values["root"].T, strict=True))
    start = {"root": np.stack([root[axis] for axis in ("TX", "TY", "TZ")], axis=1) * skeleton.meters_per_unit}
    world = {"root": _euler({axis: root[axis] for axis in skeleton.root_order if axis[0] == "R"}, count)}
    rest_start = {"root": np.zeros(3)}
    end, rest_end = {"root": start["root"]}, {"root": rest_start["root"]}
    for name in order[1:]:
        bone, parent = skeleton.bones[name], skeleton.parent_of[name]
        # Fixed axes turned one after the other: R = R_Z · R_Y · R_X for the order XYZ.
        axes = rotations.from_euler(np.deg2rad(bone.axis_deg[::-1]), bone.axis_order[::-1])
        angles = dict(zip([d.upper() for d in bone.dof], values[name].T if name in values else (), strict=True))
        turn = _euler({axis: angle for axis, angle in angles.items() if axis[0] == "R"}, count)
        local = rotations.multiply(rotations.multiply(axes, turn), rotations.inverse(axes))
        world[name] = rotations.multiply(world[parent], local)
        along = bone.direction * bone.length * skeleton.meters_per_unit
        start[name], rest_start[name] = end[parent], rest_end[parent]
        end[name] = start[name] + rotations.rotate(world[name], along)
        rest_end[name] = rest_start[name] + along
    still = np.tile(rotations.IDENTITY_WXYZ, (len(order), 1))
    return SourceMotion(
        tuple(order),
        np.stack([start[name] for name in order], axis=1),
        np.stack([world[name] for name in order], axis=1),
        np.stack([rest_start[name] for name in order]),
        still,
        fps,
    )


def _euler(angles_deg: Mapping[str, Array], count: int) -> Array:
    """(N, 4) of angles about fixed axes, turned in the order of the mapping: the last stands leftmost."""
    names = list(angles_deg)[::-1]
    if not names:
        return np.tile(rotations.IDENTITY_WXYZ, (count, 1))
    stacked = np.stack([angles_deg[name] for name in names], axis=-1)
    return rotations.from_euler(np.deg2rad(stacked), "".join(name[1] for name in names))


def _parents_first(parent_of: Mapping[str, str]) -> list[str]:
    ordered: list[str] = []
    known = {"root"}
    waiting = dict(parent_of)
    while waiting:
        ready = [bone for bone, parent in waiting.items() if parent in known]
        if not ready:
            raise ValueError("its hierarchy does not begin at the root")
        for bone in ready:
            ordered.append(bone)
            known.add(bone)
            del waiting[bone]
    return ordered


def parents_of(skeleton: AsfSkeleton, joint_names: tuple[str, ...]) -> tuple[int, ...]:
    """(J,) parents of the joints of `read_amc`."""
    index = {name: number for number, name in enumerate(joint_names)}
    return tuple(index[skeleton.parent_of[name]] if name in skeleton.parent_of else -1 for name in joint_names)
