"""What a motion does, read off its joint positions and headings: travel, speed, turning, which hand moves."""

from __future__ import annotations

import numpy as np

from engine.motion import rotations
from engine.motion.motion import Motion

WAVING_FROM_HZ = 0.5


def travel_m(motion: Motion) -> tuple[float, float]:
    """How far ahead of its first facing the root ends, in metres, and the angle in degrees between the two."""
    way = (motion.root_translation_m[-1] - motion.root_translation_m[0]) * np.array([1.0, 0.0, 1.0])
    facing = rotations.rotate(rotations.heading(motion.local_rotations_wxyz[0, 0]), np.array([0.0, 0.0, 1.0]))
    ahead = float(way @ facing)
    side = float(np.linalg.norm(np.cross(facing, way)))
    return ahead, float(np.degrees(np.arctan2(side, ahead)))


def speed_m_s(motion: Motion) -> float:
    """The root's mean speed over the ground."""
    steps = np.diff(motion.root_translation_m[:, [0, 2]], axis=0)
    return float(np.linalg.norm(steps, axis=1).mean() * motion.fps)


def turn_degrees(motion: Motion) -> float:
    """The change of heading from first to last frame; to the left is positive."""
    forward = rotations.rotate(motion.local_rotations_wxyz[:, 0], np.array([0.0, 0.0, 1.0]))
    heading = np.unwrap(np.arctan2(forward[:, 0], forward[:, 2]))
    return float(np.degrees(heading[-1] - heading[0]))


def raised_share(motion: Motion, side: str) -> float:
    """The share of frames in which the wrist of `side` is above its elbow."""
    wrist, elbow = (motion.skeleton.index(f"{side}_{joint}") for joint in ("wrist", "elbow"))
    height = motion.positions_m[..., 1]
    return float((height[:, wrist] > height[:, elbow]).mean())


def waves(motion: Motion, side: str) -> bool:
    """The hand of `side` is up for a good part of the motion and goes to and fro; the other one hangs."""
    other = "left" if side == "right" else "right"
    wrist, elbow = (motion.skeleton.index(f"{side}_{joint}") for joint in ("wrist", "elbow"))
    forearm = motion.positions_m[:, wrist] - motion.positions_m[:, elbow]
    sway = np.diff(np.arctan2(forearm[:, 0], forearm[:, 1]))
    turning_points = int(np.sum(np.diff(np.sign(sway[np.abs(sway) > 0.01])) != 0))
    is_to_and_fro = turning_points >= 2 * WAVING_FROM_HZ * motion.seconds
    return raised_share(motion, side) > 0.4 and raised_share(motion, other) < 0.2 and is_to_and_fro
