"""Animations of glTF files (`.glb`): node rotations and translations over time, on the nodes' own rest pose."""

from __future__ import annotations

import json
import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from engine.errors import UserError
from engine.motion import rotations
from engine.motion.rotations import Array
from training.data.readers.retargeting import SourceMotion

_FPS = 60.0
_GLB, _JSON, _BINARY = 0x46546C67, 0x4E4F534A, 0x004E4942
_FLOAT = 5126
_WIDTHS = {"SCALAR": 1, "VEC3": 3, "VEC4": 4}


@dataclass(frozen=True, eq=False)
class GltfAnimation:
    """name: as in the file. motion: sampled at 60 frames a second. parents: (J,) of its joints, −1 for a root."""

    name: str
    motion: SourceMotion
    parents: tuple[int, ...]


def read_glb(content: bytes, *, name: str) -> Iterator[GltfAnimation]:
    """All animations of a binary glTF file; UserError where it is damaged or uses what is not read here."""
    try:
        document, binary = _chunks(content)
        nodes = document["nodes"]
        order, parents = _parents_first(nodes)
        for animation in document.get("animations", []):
            yield GltfAnimation(
                str(animation["name"]), _sampled(document, binary, animation, order, parents), tuple(parents)
            )
    except (KeyError, IndexError, ValueError, TypeError, struct.error) as error:
        raise UserError(f"{name} is not a readable glTF binary: {error}.") from error


def _chunks(content: bytes) -> tuple[dict[str, Any], bytes]:
    magic, version, _ = struct.unpack_from("<III", content, 0)
    if magic != _GLB or version != 2:
        raise ValueError("it is no glTF 2.0 binary")
    found: dict[int, bytes] = {}
    start = 12
    while start < len(content):
        length, kind = struct.unpack_from("<II", content, start)
        found[kind] = content[start + 8 : start + 8 + length]
        start += 8 + length
    return json.loads(found[_JSON]), found.get(_BINARY, b"")


def _parents_first(nodes: Sequence[dict[str, Any]]) -> tuple[list[int], list[int]]:
    """Indices of nodes, parents before children, and for each its parent's place in that order."""
    children = {child for node in nodes for child in node.get("children", [])}
    waiting = [(index, -1) for index in range(len(nodes)) if index not in children]
    order: list[int] = []
    parents: list[int] = []
    while waiting:
        index, parent = waiting.pop(0)
        order.append(index)
        parents.append(parent)
        waiting.extend((child, len(order) - 1) for child in nodes[index].get("children", []))
    if len(order) > len(nodes):
        raise ValueError("a node has two parents")
    return order, parents


def _accessor(document: dict[str, Any], binary: bytes, index: int) -> Array:
    accessor = document["accessors"][index]
    view = document["bufferViews"][accessor["bufferView"]]
    if accessor["componentType"] != _FLOAT or "sparse" in accessor or view.get("byteStride"):
        raise ValueError("its animations are stored in a way that is not read here")
    width = _WIDTHS[accessor["type"]]
    start = view.get("byteOffset", 0) + accessor.get("byteOffset", 0)
    numbers = np.frombuffer(binary, dtype="<f4", count=accessor["count"] * width, offset=start)
    return numbers.astype(np.float64).reshape(-1, width)


def _sampled(
    document: dict[str, Any], binary: bytes, animation: dict[str, Any], order: Sequence[int], parents: Sequence[int]
) -> SourceMotion:
    nodes = [document["nodes"][index] for index in order]
    channels = {
        (channel["target"]["node"], channel["target"]["path"]): animation["samplers"][channel["sampler"]]
        for channel in animation["channels"]
        if "node" in channel["target"]
    }
    times = [_accessor(document, binary, sampler["input"])[:, 0] for sampler in channels.values()]
    seconds = max((float(time[-1]) for time in times), default=0.0)
    at = np.arange(int(seconds * _FPS + 1e-6) + 1) / _FPS
    translations, turns, rest_translations, rest_turns = [], [], [], []
    for index, node in zip(order, nodes, strict=True):
        rest_translations.append(np.array(node.get("translation", (0.0, 0.0, 0.0)), dtype=np.float64))
        rest_turns.append(_w_first(np.array(node.get("rotation", (0.0, 0.0, 0.0, 1.0)), dtype=np.float64)))
        translations.append(_track(document, binary, channels.get((index, "translation")), at, rest_translations[-1]))
        turns.append(_track(document, binary, channels.get((index, "rotation")), at, rest_turns[-1]))
    positions, world = _global(np.stack(translations, axis=1), np.stack(turns, axis=1), parents)
    rest_positions, rest_world = _global(np.array(rest_translations)[None], np.array(rest_turns)[None], parents)
    names = tuple(str(node.get("name", f"node_{index}")) for index, node in zip(order, nodes, strict=True))
    return SourceMotion(names, positions, world, rest_positions[0], rest_world[0], _FPS)


def _w_first(quaternions_xyzw: Array) -> Array:
    return rotations.normalize(np.roll(quaternions_xyzw, 1, axis=-1))


def _track(document: dict[str, Any], binary: bytes, sampler: dict[str, Any] | None, at: Array, rest: Array) -> Array:
    """(M, 3) or (M, 4) the values of a channel at times (M,) in seconds; the rest's where there is no channel."""
    if sampler is None:
        return np.tile(rest, (len(at), 1))
    time, values = _accessor(document, binary, sampler["input"])[:, 0], _accessor(document, binary, sampler["output"])
    kind = sampler.get("interpolation", "LINEAR")
    if kind == "CUBICSPLINE":
        values = values[1::3]  # in-tangent, value, out-tangent; between keys at 24 a second a line is near enough
    if len(rest) == 4:
        values = _w_first(values)
    after = np.clip(np.searchsorted(time, at, side="right"), 1, max(len(time) - 1, 1))
    before = after - 1
    after = np.minimum(after, len(time) - 1)
    span = np.maximum(time[after] - time[before], 1e-9)
    share = np.clip((at - time[before]) / span, 0.0, 1.0)
    if kind == "STEP":
        share = np.floor(share + 1e-9)
    if len(rest) == 4:
        return rotations.slerp(values[before], values[after], share)
    return np.asarray(values[before] + share[:, None] * (values[after] - values[before]))


def _global(translations: Array, turns_wxyz: Array, parents: Sequence[int]) -> tuple[Array, Array]:
    """Global positions (N, J, 3) and rotations (N, J, 4): R_j = R_parent · r_j;  p_j = p_parent + R_parent · t_j."""
    positions, world = translations.copy(), turns_wxyz.copy()
    for joint, parent in enumerate(parents):
        if parent >= 0:
            positions[:, joint] = positions[:, parent] + rotations.rotate(world[:, parent], translations[:, joint])
            world[:, joint] = rotations.multiply(world[:, parent], turns_wxyz[:, joint])
    return positions, world
