"""Limbs in a picture as polygons, computed for many at once and handed to Qt in its own form.

Built point by point in Python, a polygon costs ten times what painting it does.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QByteArray, QDataStream, Qt
from PySide6.QtGui import QPainterPath, QPolygonF

Array = NDArray[np.float64]
_WINDING = Qt.FillRule.WindingFill


def capsules(starts: Array, ends: Array, radii: Array, corners: int) -> tuple[Array, Array]:
    """The outlines of tapered capsules, hulls of two circles each, and the outward directions at their points.

    starts, ends: (..., 2) middles of the circles. radii: (..., 2) at the start and at the end. corners: points around
    each end. Both results: (..., 2 * corners, 2); outlines that are wider by d lie d times the direction further out.
    """
    along = ends - starts
    length = np.maximum(np.hypot(along[..., 0], along[..., 1]), 1e-9)
    direction = np.arctan2(along[..., 1], along[..., 0])[..., None]
    # A line that touches both circles leaves them at this angle from the axis.
    touching = np.arccos(np.clip((radii[..., 0] - radii[..., 1]) / length, -1.0, 1.0))[..., None]
    share = np.linspace(0.0, 1.0, corners)
    around_start = direction + touching + share * (2.0 * np.pi - 2.0 * touching)
    around_end = direction - touching + share * 2.0 * touching
    angles = np.concatenate([around_start, around_end], axis=-1)
    outward = np.stack([np.cos(angles), np.sin(angles)], axis=-1)
    middles = np.repeat(np.stack([starts, ends], axis=-2), corners, axis=-2)
    return middles + np.repeat(radii, corners, axis=-1)[..., None] * outward, outward


def joined(capsule_numbers: Sequence[int], corners: int) -> NDArray[np.intp]:
    """How to walk around some of the outlines of `capsules` as one polygon: places in their points, flattened.

    It goes once around each, and back over the first points, so that the ways between them enclose nothing.
    """
    size = 2 * corners
    firsts = [number * size for number in capsule_numbers]
    rounds = [[*range(first, first + size), first] for first in firsts]
    return np.array([*(place for each in rounds for place in each), *firsts[-2:0:-1]], dtype=np.intp)


def polygons(stacks: Sequence[Array]) -> list[QPolygonF]:
    """Outlines as Qt's polygons, one after another. stacks: (K, N, 2) each, K outlines of N points."""
    written = []
    for stack in stacks:
        polygon = np.empty(len(stack), dtype=[("count", "<u4"), ("points", "<f8", stack.shape[1:])])
        polygon["count"], polygon["points"] = stack.shape[1], stack
        written.append(polygon.tobytes())
    stream, found = QDataStream(QByteArray(b"".join(written))), []
    stream.setByteOrder(QDataStream.ByteOrder.LittleEndian)
    for _ in range(sum(len(stack) for stack in stacks)):
        read = QPolygonF()
        stream >> read
        found.append(read)
    return found


def filled(polygon: QPolygonF) -> QPainterPath:
    """All that a polygon goes around, also where it goes around twice. `fillPath` is several times `drawPolygon`."""
    path = QPainterPath()
    path.setFillRule(_WINDING)
    path.addPolygon(polygon)
    return path
