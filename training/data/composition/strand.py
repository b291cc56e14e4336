"""A strand: a stretch of motion that knows neither where it stands nor where north is, so that any may follow any.

Frames are those of MS-272: the pose in the heading frame, and by how much heading and ground position change since the
frame before. Put one strand after another and the way goes on by itself.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from engine.motion import ms272, rotations
from engine.motion.contacts import foot_contacts
from engine.motion.motion import Motion
from engine.motion.rotations import Array
from engine.motion.skeleton import BODY, FOOT_JOINTS

UP = np.array([0.0, 1.0, 0.0])
_JOINTS = len(BODY.joint_names)


def about_up(angle_rad: Array) -> Array:
    """Quaternions (..., 4) that turn by angles (...) about Y."""
    return rotations.from_axis_angle(UP, angle_rad)


@dataclass(frozen=True, eq=False)
class Strand:
    """N frames of the 22-joint body at 30 frames a second.

    rotations_wxyz: (N, 22, 4) local; the root's without its heading. height_m: (N,) of the root. turn_rad: (N,) of the
    heading since the frame before. step_m: (N, 2) x and z of the root since the frame before, in the heading frame.
    """

    rotations_wxyz: Array
    height_m: Array
    turn_rad: Array
    step_m: Array

    def __len__(self) -> int:
        return len(self.height_m)

    @classmethod
    def from_features(cls, features: Array) -> Strand:
        """The strand of MS-272 features (N, 272)."""
        features = np.asarray(features, dtype=np.float64)
        six_d = features[:, ms272.SLICES["joint_rotations"]].reshape(-1, _JOINTS, 6)
        change = rotations.from_six_d(features[:, ms272.SLICES["heading_change"]])
        return cls(
            rotations_wxyz=rotations.continuous(rotations.from_six_d(six_d)),
            height_m=features[:, ms272.SLICES["joint_positions"]][:, 1],
            turn_rad=2.0 * np.arctan2(change[:, 2], change[:, 0]),
            step_m=features[:, ms272.SLICES["root_velocity"]],
        )

    def motion(self) -> Motion:
        """The motion, starting over the origin, facing +Z."""
        heading, ground = self._headings_and_ground()
        local = self.rotations_wxyz.copy()
        local[:, 0] = rotations.multiply(about_up(heading), local[:, 0])
        local = rotations.continuous(local)
        root = np.stack([ground[:, 0], self.height_m, ground[:, 1]], axis=1)
        positions, _ = BODY.forward_kinematics(local, root)
        return Motion(local, root, foot_contacts(positions, ms272.FPS), ms272.FPS)

    def _headings_and_ground(self) -> tuple[Array, Array]:
        """Heading (N,) in radians and ground position x, z (N, 2) in metres, both zero in the first frame."""
        heading = np.cumsum(self.turn_rad) - self.turn_rad[0]
        step = np.zeros((len(self), 3))
        step[1:, [0, 2]] = self.step_m[1:]
        return heading, np.cumsum(rotations.rotate(about_up(heading), step), axis=0)[:, [0, 2]]

    @cached_property
    def joints_m(self) -> Array:
        """(N, 22, 3) joint positions in the heading frame, the root over the origin."""
        root = self.height_m[:, None] * UP
        return BODY.forward_kinematics(self.rotations_wxyz, root)[0]

    @cached_property
    def feet_m(self) -> Array:
        """(N, 4, 3) left heel, left toe, right heel, right toe in the heading frame."""
        return self.joints_m[:, FOOT_JOINTS]

    @cached_property
    def contacts(self) -> Array:
        """(N, 4) of True where a heel or toe stands."""
        return np.asarray(self.motion().foot_contacts > 0.5)

    @property
    def speed_m_s(self) -> float:
        """How fast it moves over the ground, on average."""
        return float(np.linalg.norm(self.step_m[1:], axis=1).mean() * ms272.FPS)

    def frames(self, start: int, end: int) -> Strand:
        """The frames [start, end)."""
        return Strand(
            self.rotations_wxyz[start:end], self.height_m[start:end], self.turn_rad[start:end], self.step_m[start:end]
        )

    def sampled(self, at: Array) -> Strand:
        """The motion as it is at the fractional frames `at` (M,), in any order: faster, slower, back and forth."""
        before = np.clip(np.floor(at).astype(int), 0, max(len(self) - 2, 0))
        after = np.minimum(before + 1, len(self) - 1)
        share = at - before
        heading, ground = self._headings_and_ground()
        heading = heading[before] + share * (heading[after] - heading[before])
        ground = ground[before] + share[:, None] * (ground[after] - ground[before])
        turn = np.diff(heading, prepend=heading[0])
        step = np.zeros((len(at), 3))
        step[1:, [0, 2]] = np.diff(ground, axis=0)
        step = rotations.rotate(about_up(-heading), step)[:, [0, 2]]
        if len(at) > 1:
            turn[0], step[0] = turn[1], step[1]
        return Strand(
            rotations.slerp(self.rotations_wxyz[before], self.rotations_wxyz[after], share[:, None]),
            self.height_m[before] + share * (self.height_m[after] - self.height_m[before]),
            turn,
            step,
        )

    def faster(self, tempo: float) -> Strand:
        """Re-timed: tempo 2 takes half the time."""
        return self.sampled(np.arange(0.0, len(self) - 1 + 1e-9, tempo))

    def held(self, before: int, after: int) -> Strand:
        """With the first and the last pose held for some frames more."""
        first, last = self.frames(0, 1)._still(before), self.frames(len(self) - 1, len(self))._still(after)
        return chained([first, self, last])

    def _still(self, frames: int) -> Strand:
        return Strand(
            np.repeat(self.rotations_wxyz, frames, axis=0),
            np.repeat(self.height_m, frames),
            np.zeros(frames),
            np.zeros((frames, 2)),
        )


def chained(strands: list[Strand]) -> Strand:
    """One strand after the other, as they are."""
    return Strand(
        np.concatenate([strand.rotations_wxyz for strand in strands]),
        np.concatenate([strand.height_m for strand in strands]),
        np.concatenate([strand.turn_rad for strand in strands]),
        np.concatenate([strand.step_m for strand in strands]),
    )
