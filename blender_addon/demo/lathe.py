"""Rounded parts of a mannequin: rings of vertices along a line, with the share of each bone that moves them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Vertices = NDArray[np.float64]

_AROUND = 28  # vertices of a ring
_ALONG = 20  # rings of a part


@dataclass(frozen=True, eq=False)
class Part:
    """vertices: (R · 28, 3), ring after ring, closed at either end. places: (R · 28,) in 0..1 along the line.

    bones: names with the place along the part from which each takes over, softly; accent: whether in the second colour.
    """

    vertices: Vertices
    places: Vertices
    bones: tuple[tuple[str, float], ...]
    accent: bool

    @property
    def faces(self) -> list[tuple[int, ...]]:
        """Quads between the rings and a polygon at each end, seen from outside."""
        rings = len(self.vertices) // _AROUND
        quads = [
            (
                r * _AROUND + i,
                r * _AROUND + (i + 1) % _AROUND,
                (r + 1) * _AROUND + (i + 1) % _AROUND,
                (r + 1) * _AROUND + i,
            )
            for r in range(rings - 1)
            for i in range(_AROUND)
        ]
        last = (rings - 1) * _AROUND
        return [*quads, tuple(reversed(range(_AROUND))), tuple(range(last, last + _AROUND))]

    def weights(self) -> list[tuple[str, Vertices]]:
        """The share (V,) of each bone; the shares of a vertex add up to 1."""
        softness = 0.12
        shares, left = [], np.ones(len(self.places))
        for i, (name, _) in enumerate(self.bones):
            following = self.bones[i + 1][1] if i + 1 < len(self.bones) else np.inf
            passed = np.clip((self.places - following) / softness + 0.5, 0.0, 1.0)
            shares.append((name, left * (1.0 - passed)))
            left = left * passed
        return shares


def tapered(
    start: Sequence[float],
    end: Sequence[float],
    radii: Sequence[float],
    bones: Sequence[tuple[str, float]],
    *,
    accent: bool = False,
    flat: float = 1.0,
    side: Sequence[float] = (1.0, 0.0, 0.0),
) -> Part:
    """A limb from `start` to `end` with round ends; `radii` in metres, spread evenly along it.

    flat: thickness across `side` as a share of the width along it.
    """
    a, b = np.asarray(start, dtype=np.float64), np.asarray(end, dtype=np.float64)
    length = float(np.linalg.norm(b - a))
    along = (b - a) / length
    x = np.asarray(side, dtype=np.float64)
    x = x - (x @ along) * along
    x /= np.linalg.norm(x)
    y = np.cross(along, x)
    # Rings lie denser at the ends: equal steps of an angle, as on a half circle.
    places = (1.0 - np.cos(np.linspace(0.03, np.pi - 0.03, _ALONG))) / 2.0
    radius = np.interp(places, np.linspace(0.0, 1.0, len(radii)), radii)
    cap = np.clip(np.minimum(places * length / radii[0], (1.0 - places) * length / radii[-1]), 0.0, 1.0)
    radius = radius * np.sqrt(1.0 - (1.0 - cap) ** 2)
    turn = np.linspace(0.0, 2.0 * np.pi, _AROUND, endpoint=False)
    ring = np.cos(turn)[:, None] * x + flat * np.sin(turn)[:, None] * y
    vertices = a + places[:, None, None] * (b - a) + radius[:, None, None] * ring
    return Part(vertices.reshape(-1, 3), np.repeat(places, _AROUND), tuple(bones), accent)


def ball(center: Sequence[float], radius: float, bone: str, *, accent: bool = True) -> Part:
    """A sphere."""
    middle = np.asarray(center, dtype=np.float64)
    up = np.array([0.0, 0.0, radius])
    return tapered(middle - up, middle + up, (radius, radius), [(bone, 0.0)], accent=accent)


def stack(rings: Sequence[tuple[float, float, float, float]], bones: Sequence[tuple[str, float]]) -> Part:
    """An upright body of oval rings (height, half width, half depth, how far back), smoothed between them."""
    table = np.asarray(rings, dtype=np.float64)
    fine = np.linspace(0.0, len(table) - 1.0, 5 * len(table))
    heights, widths, depths, backs = (_smooth(fine, table[:, column]) for column in range(4))
    turn = np.linspace(0.0, 2.0 * np.pi, _AROUND, endpoint=False)
    x = widths[:, None] * np.cos(turn)
    y = depths[:, None] * np.sin(turn) + backs[:, None]
    vertices = np.stack([x, y, np.broadcast_to(heights[:, None], x.shape)], axis=-1)
    places = (heights - heights[0]) / (heights[-1] - heights[0])
    return Part(vertices.reshape(-1, 3), np.repeat(places, _AROUND), tuple(bones), accent=False)


def _smooth(at: Vertices, values: Vertices) -> Vertices:
    """Catmull–Rom through `values` at 0, 1, 2 …"""
    first = np.minimum(at.astype(int), len(values) - 2)
    t = at - first
    p0, p1 = values[np.maximum(first - 1, 0)], values[first]
    p2, p3 = values[first + 1], values[np.minimum(first + 2, len(values) - 1)]
    smooth = 2 * p1 + (p2 - p0) * t + (2 * p0 - 5 * p1 + 4 * p2 - p3) * t**2 + (3 * p1 - p0 - 3 * p2 + p3) * t**3
    return np.asarray(0.5 * smooth, dtype=np.float64)
