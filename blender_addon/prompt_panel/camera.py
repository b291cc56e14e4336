"""An eye that circles around a point of the floor. World: meters, Y up. Picture: pixels, y down."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

NEAR_M = 0.15
_SHORTEST_M, _LONGEST_M = 0.8, 40.0
_FIELD_OF_VIEW_RAD = math.radians(32.0)


@dataclass(frozen=True)
class Camera:
    """azimuth_rad: around the vertical axis, 0 in front of a body that faces +Z. elevation_rad: above the floor.

    target_m: what is in the middle of the picture.
    """

    azimuth_rad: float = math.radians(28.0)
    elevation_rad: float = math.radians(11.0)
    distance_m: float = 4.2
    target_m: tuple[float, float, float] = (0.0, 0.92, 0.0)

    def orbited(self, azimuth_rad: float, elevation_rad: float) -> Camera:
        """Moved on its sphere, never over the pole or far below the floor."""
        elevation = min(max(self.elevation_rad + elevation_rad, math.radians(-5.0)), math.radians(88.0))
        return replace(self, azimuth_rad=self.azimuth_rad + azimuth_rad, elevation_rad=elevation)

    def zoomed(self, factor: float) -> Camera:
        """Nearer (factor < 1) or further away."""
        return replace(self, distance_m=min(max(self.distance_m * factor, _SHORTEST_M), _LONGEST_M))

    def aimed_at(self, target_m: Array) -> Camera:
        """The same view of another point."""
        x, y, z = (float(value) for value in target_m)
        return replace(self, target_m=(x, y, z))

    def panned(self, right_px: float, up_px: float, height_px: float) -> Camera:
        """Moved sideways so that what was seen moves by as many pixels."""
        meters = 2.0 * self.distance_m * math.tan(_FIELD_OF_VIEW_RAD / 2.0) / height_px
        axes = self._axes()
        return self.aimed_at(np.asarray(self.target_m) - meters * (right_px * axes[0] + up_px * axes[1]))

    def seen(self, points_m: Array) -> Array:
        """(..., 3) in the eye's own axes: to the right, up, and away from it."""
        axes = self._axes()
        eye = np.asarray(self.target_m) - self.distance_m * axes[2]
        return np.asarray((points_m - eye) @ axes.T)

    def focal_px(self, height_px: float) -> float:
        """Pixels that one meter at one meter's distance takes."""
        return height_px / (2.0 * math.tan(_FIELD_OF_VIEW_RAD / 2.0))

    def projected(self, points_m: Array, width_px: float, height_px: float) -> Array:
        """(..., 3): x and y in the picture, and the scale there in pixels a meter; what is behind lies on the eye."""
        seen = self.seen(points_m)
        scale = self.focal_px(height_px) / np.maximum(seen[..., 2], NEAR_M)
        seen[..., 0] = width_px / 2 + seen[..., 0] * scale
        seen[..., 1] = height_px / 2 - seen[..., 1] * scale
        seen[..., 2] = scale
        return seen

    def _axes(self) -> Array:
        """Rows: right, up, forward."""
        sine, cosine = math.sin(self.azimuth_rad), math.cos(self.azimuth_rad)
        rise, level = math.sin(self.elevation_rad), math.cos(self.elevation_rad)
        return np.array(
            [
                [cosine, 0.0, -sine],
                [-sine * rise, level, -cosine * rise],
                [-sine * level, -rise, -cosine * level],
            ]
        )


def clipped(starts_seen: Array, ends_seen: Array) -> tuple[Array, Array]:
    """Segments (S, 3) in the eye's axes, cut off where they come too near; those wholly behind are left out."""
    depth_a, depth_b = starts_seen[:, 2], ends_seen[:, 2]
    kept = (depth_a > NEAR_M) | (depth_b > NEAR_M)
    a, b = starts_seen[kept], ends_seen[kept]
    depth_a, depth_b = a[:, 2], b[:, 2]
    with np.errstate(divide="ignore", invalid="ignore"):
        share = ((NEAR_M - depth_a) / (depth_b - depth_a))[:, None]
    crossing = a + share * (b - a)
    return np.where((depth_a < NEAR_M)[:, None], crossing, a), np.where((depth_b < NEAR_M)[:, None], crossing, b)
