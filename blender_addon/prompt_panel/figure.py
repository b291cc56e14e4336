"""A motion as the window shows it: where its joints are at any moment, and the capsules that make them a body.

Meters, Y up, facing +Z in the rest pose, as in the motion file.
"""

from __future__ import annotations

import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import chain
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ..errors import AddonError
from ..retarget.rotations import normalize, slerp, turn
from ..retarget.source import SourceMotion, read_motion

Array = NDArray[np.float64]

LARGEST_BYTES = 256 * 1024 * 1024
"""Of a motion file, unpacked: a little over an hour of motion."""

MIDDLE, LEFT, RIGHT = 0, 1, 2


@dataclass(frozen=True)
class Capsule:
    """A limb from one of `Figure.points` to another. radii_m: at its ends. side: MIDDLE, LEFT or RIGHT."""

    start: int
    end: int
    radii_m: tuple[float, float]
    side: int


_PATH_POINTS_A_SECOND = 10.0
_HEAD_M, _HAND_M = 0.11, 0.11
_POINTS = (
    *("pelvis", "spine1", "spine2", "spine3", "neck", "head"),
    *(f"{side}_{joint}" for side in ("left", "right") for joint in ("hip", "knee", "ankle", "foot")),
    *(f"{side}_{joint}" for side in ("left", "right") for joint in ("shoulder", "elbow", "wrist")),
)
_CROWN, _LEFT_HAND, _RIGHT_HAND = len(_POINTS), len(_POINTS) + 1, len(_POINTS) + 2
_LEG = (
    ("hip", "knee", (0.082, 0.058)),
    ("knee", "ankle", (0.056, 0.040)),
    ("ankle", "foot", (0.044, 0.034)),
)
_ARM = (("shoulder", "elbow", (0.052, 0.042)), ("elbow", "wrist", (0.042, 0.031)))
_HAND_RADII_M = (0.034, 0.028)


def _parts() -> tuple[tuple[Capsule, ...], ...]:
    at = _POINTS.index
    trunk = (
        Capsule(at("left_hip"), at("right_hip"), (0.098, 0.098), MIDDLE),
        Capsule(at("pelvis"), at("spine2"), (0.115, 0.108), MIDDLE),
        Capsule(at("spine2"), at("spine3"), (0.108, 0.118), MIDDLE),
        Capsule(at("spine3"), at("neck"), (0.112, 0.060), MIDDLE),
        Capsule(at("left_shoulder"), at("right_shoulder"), (0.058, 0.058), MIDDLE),
        Capsule(at("neck"), at("head"), (0.046, 0.046), MIDDLE),
    )
    head = (Capsule(_CROWN, _CROWN, (_HEAD_M, _HEAD_M), MIDDLE),)
    found = [trunk, head]
    for side, name, hand in ((LEFT, "left", _LEFT_HAND), (RIGHT, "right", _RIGHT_HAND)):
        leg, arm = (
            tuple(Capsule(at(f"{name}_{upper}"), at(f"{name}_{lower}"), radii, side) for upper, lower, radii in limb)
            for limb in (_LEG, _ARM)
        )
        found += [leg, (*arm, Capsule(at(f"{name}_wrist"), hand, _HAND_RADII_M, side))]
    return tuple(found)


PARTS = _parts()
"""What moves as one, each of one side: the trunk, the head, and each leg and arm."""
CAPSULES = tuple(chain.from_iterable(PARTS))
CAPSULE_STARTS = np.array([capsule.start for capsule in CAPSULES])
CAPSULE_ENDS = np.array([capsule.end for capsule in CAPSULES])
CAPSULE_RADII_M = np.array([capsule.radii_m for capsule in CAPSULES])
FEET = tuple(_POINTS.index(name) for name in ("left_ankle", "left_foot", "right_ankle", "right_foot"))
"""Where the four columns of a motion's foot contacts are seen."""


@dataclass(frozen=True, eq=False)
class Figure:
    """A motion with the world positions of its body's points over time."""

    motion: SourceMotion

    def __len__(self) -> int:
        return len(self.motion)

    @property
    def fps(self) -> float:
        return self.motion.fps

    @property
    def seconds(self) -> float:
        """From the first frame to the one that would follow the last."""
        return len(self.motion) / self.motion.fps

    @cached_property
    def points_m(self) -> Array:
        """(N, P, 3) of `_POINTS`, the crown's middle, and the tips of both hands."""
        return _points(self.motion, self.motion.positions_m)

    @cached_property
    def ground_path_m(self) -> Array:
        """(N, 3) the pelvis' way over the floor."""
        return np.asarray(self.points_m[:, 0] * np.array([1.0, 0.0, 1.0]))

    @cached_property
    def sparse_path_m(self) -> Array:
        """(M, 3) about ten points of that way for each second, for small pictures."""
        return self.ground_path_m[:: max(1, round(self.fps / _PATH_POINTS_A_SECOND))]

    @cached_property
    def contacts(self) -> NDArray[np.bool_]:
        """(N, 4) whether left heel, left toe, right heel and right toe stand."""
        return self.motion.foot_contacts > 0.5

    def frame_at(self, seconds: float) -> float:
        """The frame, between 0 and N − 1, shown at a moment of an endless repetition."""
        return min(seconds % self.seconds * self.fps, len(self) - 1.0)

    def points_at(self, seconds: float) -> Array:
        """(P, 3) at a moment of an endless repetition, between frames linearly."""
        return np.asarray(poses_at([self], seconds)[0])


def poses_at(figures: Sequence[Figure], seconds: float) -> Array:
    """(F, P, 3) the points of several bodies at one moment of their endless repetitions, between frames linearly."""
    frames = [figure.frame_at(seconds) for figure in figures]
    pairs = [(int(frame), min(int(frame) + 1, len(each) - 1)) for frame, each in zip(frames, figures, strict=True)]
    before, after = (
        np.stack([figure.points_m[pair[end]] for figure, pair in zip(figures, pairs, strict=True)]) for end in (0, 1)
    )
    share = np.mod(frames, 1.0)[:, None, None]
    return np.asarray(before + share * (after - before))


@dataclass(frozen=True, eq=False)
class Glide:
    """The way from one motion to the next: for a moment the body is between the poses of both."""

    before: Figure
    after: Figure
    started: float
    lasts: float = 0.28

    def share(self, now: float) -> float:
        """How far the body is, 0 to 1, starting and ending gently."""
        x = min(max((now - self.started) / self.lasts, 0.0), 1.0)
        return x * x * (3.0 - 2.0 * x)

    def points_at(self, seconds: float, now: float) -> Array:
        """(P, 3) at a moment of both motions; limbs keep their lengths on the way."""
        share = self.share(now)
        if share >= 1.0:
            return self.after.points_at(seconds)
        frames = [round(figure.frame_at(seconds)) for figure in (self.before, self.after)]
        motions = self.before.motion, self.after.motion
        if motions[0].joint_names != motions[1].joint_names:
            return self.after.points_at(seconds)
        first, second = (motion.local_rotations_wxyz[frame] for motion, frame in zip(motions, frames, strict=True))
        roots = [motion.root_translation_m[frame] for motion, frame in zip(motions, frames, strict=True)]
        pose = _with_pose(
            motions[1], slerp(first, second, np.full(len(first), share)), roots[0] * (1 - share) + roots[1] * share
        )
        return np.asarray(_points(pose, pose.positions_m)[0])


def read_figure(path: Path) -> Figure:
    """Read a motion file. AddonError where it is missing, damaged, too large or of another skeleton."""
    try:
        with zipfile.ZipFile(path) as archive:
            unpacked = sum(part.file_size for part in archive.infolist())
    except (OSError, zipfile.BadZipFile) as error:
        raise AddonError(f"{path} is not a readable motion file; generate the motion again.") from error
    if unpacked > LARGEST_BYTES:
        raise AddonError(f"{path} is too large to be shown; it holds {unpacked / 2**20:.0f} MB.")
    return Figure(read_motion(path))


def _with_pose(motion: SourceMotion, rotations_wxyz: Array, root_m: Array) -> SourceMotion:
    return SourceMotion(
        motion.joint_names,
        motion.parents,
        motion.rest_offsets,
        rotations_wxyz[None],
        root_m[None],
        motion.foot_contacts[:1],
        motion.fps,
    )


def _points(motion: SourceMotion, positions_m: Array) -> Array:
    """(N, P, 3) of the joints' positions (N, J, 3)."""
    joints = positions_m[:, [motion.index(name) for name in _POINTS]]
    head, neck = joints[:, _POINTS.index("head")], joints[:, _POINTS.index("neck")]
    points = [joints, (head + _HEAD_M * 0.75 * normalize(head - neck))[:, None]]
    for side in ("left", "right"):
        wrist = joints[:, _POINTS.index(f"{side}_wrist")]
        points.append((wrist + _HAND_M * _hand(motion, side))[:, None])
    return np.concatenate(points, axis=1)


def _hand(motion: SourceMotion, side: str) -> Array:
    """(N, 3) where the hand points: along the forearm of the rest pose, turned with the wrist."""
    wrist = motion.index(f"{side}_wrist")
    return turn(motion.global_rotations[:, wrist], normalize(motion.rest_offsets[wrist]))
