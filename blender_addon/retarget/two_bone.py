"""Two-bone inverse kinematics for legs, keeping the plane in which the knee bends."""

from __future__ import annotations

import numpy as np

from .rotations import Array, between, normalize, turn

_LEFTWARD = np.array([1.0, 0.0, 0.0])


def solve_leg(
    heads: tuple[Array, ...], target: Array, thigh_turns: Array, shin_turns: Array, reach: float
) -> tuple[Array, Array]:
    """Turns (N, 3, 3) of thigh and shin that bring the ankle to `target` (N, 3), or as near as the leg is long.

    heads: hip, knee and ankle (N, 3) as they are now; the turns (N, 3, 3) are those that put them there.
    With u from hip to target at the distance d, and n across the plane of the knee,

        knee = hip + u·a + (u × n)·h,   a = (thigh² − shin² + d²) / 2d,   h = √(thigh² − a²)
    """
    hip, knee, ankle = heads
    thigh, shin = np.linalg.norm(knee - hip, axis=-1), np.linalg.norm(ankle - knee, axis=-1)
    distance = np.linalg.norm(target - hip, axis=-1)
    distance = np.clip(distance, np.abs(thigh - shin) + 1e-3 * thigh, reach * (thigh + shin))
    # A straight leg has no plane of its own: lean on the thigh's own sideways axis, about which knees bend.
    sideways = turn(thigh_turns, _LEFTWARD)
    bend = np.cross(normalize(knee - hip), normalize(ankle - knee))
    across = normalize(bend + 0.05 * sideways)
    swing = between(ankle - hip, target - hip)
    toward = normalize(target - hip)
    across = turn(swing, across)
    across = normalize(across - np.sum(across * toward, axis=-1, keepdims=True) * toward)
    along = (thigh**2 - shin**2 + distance**2) / (2.0 * distance)
    height = np.sqrt(np.maximum(thigh**2 - along**2, 0.0))
    new_knee = hip + toward * along[:, None] + np.cross(toward, across) * height[:, None]
    new_ankle = hip + toward * distance[:, None]
    new_thigh = between(turn(swing, knee - hip), new_knee - hip) @ swing @ thigh_turns
    new_shin = between(turn(swing, ankle - knee), new_ankle - new_knee) @ swing @ shin_turns
    return new_thigh, new_shin
