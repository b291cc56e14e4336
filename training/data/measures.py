"""What is measured on a body, frame by frame and of a motion as a whole. Left is where a turn about +Y goes.

Headings are seen from above; speeds are over the ground.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from engine.motion import rotations
from engine.motion.motion import Motion
from engine.motion.rotations import Array
from engine.motion.skeleton import BODY, FOOT_JOINTS

_SMOOTHED_S = 0.5
_STANDING_FEET_M = np.array([0.117, 0.042, 0.117, 0.042])  # heels and toes of the body at rest
OFF_GROUND_M = 0.035
ABOVE_ELBOW_M, BELOW_SHOULDER_M, ABOVE_SHOULDER_M = 0.02, 0.07, 0.1
UPRIGHT_M, LYING_DEGREES = 0.72, 55.0
WALKS_FROM_M_S = 0.35
WAVING_HZ, SWING_RAD = 0.5, 0.07


@dataclass(frozen=True, eq=False)
class Measures:
    """What the rows are made of, computed once for a motion on BODY; arrays are (N, …) at its frame rate."""

    motion: Motion

    def joint(self, name: str) -> Array:
        """(N, 3) positions of a joint in metres."""
        return np.asarray(self.motion.positions_m[:, BODY.index(name)])

    def smoothed(self, values: Array, seconds: float = _SMOOTHED_S) -> Array:
        """Values (N, …) under a moving mean, the ends held."""
        width = max(1, min(int(seconds * self.motion.fps), len(values))) | 1
        padded = np.pad(values, [(width // 2, width // 2)] + [(0, 0)] * (values.ndim - 1), mode="edge")
        sums = np.cumsum(np.concatenate([np.zeros((1, *values.shape[1:])), padded]), axis=0)
        return np.asarray((sums[width:] - sums[:-width]) / width)

    @cached_property
    def velocity_m_s(self) -> Array:
        """(N, 2) of the root: to the left and forward as the body faces, smoothed over half a second."""
        heading = rotations.heading(self.motion.local_rotations_wxyz[:, 0])
        change = np.gradient(self.motion.root_translation_m, axis=0) * self.motion.fps
        return self.smoothed(rotations.rotate(rotations.inverse(heading), change)[:, [0, 2]])

    @cached_property
    def speed_m_s(self) -> Array:
        return np.asarray(np.linalg.norm(self.velocity_m_s, axis=1))

    @cached_property
    def turning_degrees_s(self) -> Array:
        """(N,) of the heading, to the left positive, smoothed over a second: hips swing with every step."""
        forward = rotations.rotate(self.motion.local_rotations_wxyz[:, 0], np.array([0.0, 0.0, 1.0]))
        angle = np.unwrap(np.arctan2(forward[:, 0], forward[:, 2]))
        return self.smoothed(np.degrees(np.gradient(angle)) * self.motion.fps, 1.0)

    @cached_property
    def pelvis_m(self) -> Array:
        return self.joint("pelvis")[:, 1]

    @cached_property
    def lean_degrees(self) -> Array:
        """(N,) of the trunk from upright."""
        trunk = rotations.normalize(self.joint("neck") - self.joint("pelvis"))
        return np.asarray(np.degrees(np.arccos(np.clip(trunk[:, 1], -1.0, 1.0))))

    @cached_property
    def clearance_m(self) -> Array:
        """(N, 2) how far above standing the lower of heel and toe is, of the left and the right foot."""
        feet = self.motion.positions_m[:, FOOT_JOINTS, 1] - _STANDING_FEET_M
        return np.asarray(feet.reshape(-1, 2, 2).min(axis=2))

    @cached_property
    def is_in_the_air(self) -> Array:
        """(N,) both feet off the ground."""
        return np.asarray((self.clearance_m > OFF_GROUND_M).all(axis=1))

    @cached_property
    def is_on_both_feet(self) -> Array:
        return np.asarray((self.clearance_m <= OFF_GROUND_M).all(axis=1))

    @cached_property
    def stride_m(self) -> Array:
        """(N,) how far the feet are apart along the body's front, on average over a second."""
        return self.smoothed(np.abs(self.ahead_m("left_ankle") - self.ahead_m("right_ankle")), 1.0)

    @cached_property
    def rises_with_stride(self) -> Array:
        """(N,) of −1 to 1: how the pelvis' height goes with the feet's distance along the body's front, over a second.

        Who walks is highest while one foot passes the other, who runs while they are apart.
        """
        apart = np.abs(self.ahead_m("left_ankle") - self.ahead_m("right_ankle"))
        apart, height = (values - self.smoothed(values, 1.0) for values in (apart, self.pelvis_m))
        spread = self.smoothed(apart**2, 1.0) * self.smoothed(height**2, 1.0)
        return np.asarray(self.smoothed(apart * height, 1.0) / np.sqrt(spread + 1e-12))

    def is_raised(self, side: str) -> Array:
        """(N,) the wrist above the elbow and about as high as the shoulder, in a body that is upright.

        In a gait it must be higher: arms swing, and some carry them spread.
        """
        wrist, elbow, shoulder = (self.joint(f"{side}_{joint}")[:, 1] for joint in ("wrist", "elbow", "shoulder"))
        least = np.where(self.speed_m_s > WALKS_FROM_M_S, ABOVE_SHOULDER_M, -BELOW_SHOULDER_M)
        return np.asarray((wrist > elbow + ABOVE_ELBOW_M) & (wrist > shoulder + least) & self.is_upright)

    def ahead_m(self, name: str) -> Array:
        """(N,) how far a joint is before the pelvis, as the body faces."""
        heading = rotations.heading(self.motion.local_rotations_wxyz[:, 0])
        return np.asarray(rotations.rotate(rotations.inverse(heading), self.joint(name) - self.joint("pelvis"))[:, 2])

    @cached_property
    def is_upright(self) -> Array:
        return np.asarray((self.pelvis_m > UPRIGHT_M) & (self.lean_degrees < LYING_DEGREES))


def runs(flags: Array) -> Iterator[tuple[int, int]]:
    """The stretches [start, end) of True in flags (N,)."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], flags, [False]]).astype(int)))
    yield from zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True)


def heading_velocity_m_s(motion: Motion) -> Array:
    """(N − 1, 2) the root's velocity over the ground: to the left, and forward, as the root faces at each frame."""
    heading = rotations.heading(motion.local_rotations_wxyz[1:, 0])
    velocity = np.diff(motion.root_translation_m, axis=0) * motion.fps
    return rotations.rotate(rotations.inverse(heading), velocity)[:, [0, 2]]


def speed_m_s(motion: Motion) -> float:
    """The root's mean speed."""
    return float(np.linalg.norm(heading_velocity_m_s(motion), axis=1).mean())


def standing_share(motion: Motion) -> float:
    """The share of frames in which a heel or a toe stands on the ground."""
    return float((motion.foot_contacts > 0.5).any(axis=1).mean())


def turn_degrees(motion: Motion) -> float:
    """How far the heading turns from the first frame to the last; to the left is positive."""
    forward = rotations.rotate(motion.local_rotations_wxyz[:, 0], np.array([0.0, 0.0, 1.0]))
    angle = np.unwrap(np.arctan2(forward[:, 0], forward[:, 2]))
    return float(np.degrees(angle[-1] - angle[0]))


def raised_share(motion: Motion, side: str) -> float:
    """The share of frames in which the wrist of `side` is above its elbow."""
    height = motion.positions_m[..., 1]
    wrist, elbow = (height[:, motion.skeleton.index(f"{side}_{joint}")] for joint in ("wrist", "elbow"))
    return float((wrist > elbow + ABOVE_ELBOW_M).mean())


def shoulder_high_share(motion: Motion, side: str) -> float:
    """The share of frames in which the wrist of `side` is above its elbow and hardly lower than its shoulder."""
    height = motion.positions_m[..., 1]
    wrist, elbow, shoulder = (
        height[:, motion.skeleton.index(f"{side}_{joint}")] for joint in ("wrist", "elbow", "shoulder")
    )
    return float(((wrist > elbow + ABOVE_ELBOW_M) & (wrist > shoulder - BELOW_SHOULDER_M)).mean())


def sways(motion: Motion, side: str) -> bool:
    """Whether the raised forearm of `side` goes to and fro."""
    wrist, elbow = (motion.positions_m[:, motion.skeleton.index(f"{side}_{joint}")] for joint in ("wrist", "elbow"))
    forearm = (wrist - elbow)[wrist[:, 1] > elbow[:, 1] + ABOVE_ELBOW_M]
    angle = np.unwrap(np.arctan2(forearm[:, 0], forearm[:, 1]))
    to_and_fro = _swings(angle) - 2  # an arm that is raised and lowered swings twice
    return to_and_fro >= 2 * WAVING_HZ * max(len(angle) / motion.fps, 1.0)


def _swings(angle_rad: Array) -> int:
    """How often the angle (n,) goes back by more than a small swing from the farthest that it had come."""
    count, direction, farthest = 0, 0.0, angle_rad[0] if len(angle_rad) else 0.0
    for angle in angle_rad:
        if direction * (angle - farthest) >= 0.0 and direction:
            farthest = angle
        elif abs(angle - farthest) > SWING_RAD:
            count, direction, farthest = count + 1, np.sign(angle - farthest), angle
    return count


def bend_degrees(motion: Motion) -> float:
    """How far the trunk leans from upright at its most."""
    neck, pelvis = (motion.positions_m[:, motion.skeleton.index(joint)] for joint in ("neck", "pelvis"))
    trunk = rotations.normalize(neck - pelvis)
    return float(np.degrees(np.arccos(np.clip(trunk[:, 1], -1.0, 1.0))).max())


def foot_height_m(motion: Motion, side: str) -> float:
    """The greatest height of the ball of the foot."""
    return float(motion.positions_m[:, motion.skeleton.index(f"{side}_foot"), 1].max())
