"""Hips that are much wider for their legs than the motion's, as a toy's are: they sway less, and roll to reach.

A stocky toy whose hips sway as a person's do has one foot in the floor and one in the air. All in the motion's axes.
"""

from __future__ import annotations

import numpy as np

from .body_skeleton import JOINT_NAMES, REST_OFFSETS
from .rig import Rig
from .rotations import Array, about_axis, normalize, turn
from .smoothing import smoothed

_USUAL_WIDTH, _TOY_WIDTH = 1.5, 2.5
"""How many times wider than the motion's hips, by length of leg, a rig's may be without more ado, and are a toy's."""
_SWING_SECONDS = 0.5
_SWAYING, _LYING = np.radians(20.0), np.radians(45.0)
_ROUNDS = 60
_UP = np.array([0.0, 1.0, 0.0])


def wideness(rig: Rig) -> float:
    """0 hips of a usual width, 1 a toy's."""
    return float(np.clip((_times_wider(rig) - _USUAL_WIDTH) / (_TOY_WIDTH - _USUAL_WIDTH), 0.0, 1.0))


def steadied(rig: Rig, pelvis: Array, fps: float) -> Array:
    """(N, 3, 3) the motion's turns of the pelvis, swaying and swinging less where the rig's hips are wide.

    Who lies on a side or turns a cartwheel is left alone.
    """
    left = _share_left_out(rig)
    sway, upright = _sway(pelvis)
    rolled = about_axis(_roll_axes(pelvis), -left * sway * upright) @ pelvis
    heading = _headings(rolled)
    return about_axis(_UP, -left * upright * _swing(heading, fps)) @ rolled


def unsteadied(rig: Rig, pelvis: Array, fps: float) -> Array:
    """(N, 3, 3) what `steadied` made `pelvis` (N, 3, 3) of.

    The sway s is where s · (1 − left · upright(s)), which rises with s, is the one that is seen. The heading h is the
    fixed point of h = seen + left · upright · (h − smooth h), to which repetition comes, for left < 1.
    """
    left = _share_left_out(rig)
    if left == 0.0:
        return pelvis
    seen, _ = _sway(pelvis)
    size = np.linspace(0.0, np.pi / 2.0, 2001)
    sway = np.sign(seen) * np.interp(np.abs(seen), size * (1.0 - left * _uprightness(size)), size)
    upright, shown = _uprightness(sway), _headings(pelvis)
    heading = shown
    for _ in range(_ROUNDS):
        heading = shown + left * upright * _swing(heading, fps)
    unswung = about_axis(_UP, heading - shown) @ pelvis
    return about_axis(_roll_axes(unswung), sway - seen) @ unswung


def hips_lowered(rig: Rig, pelvis: Array, heads: Array, drops: Array) -> tuple[Array, Array]:
    """Turns (N, 3, 3) and heads (N, 3) of the pelvis with each hip lowered by its own of `drops` (2, N), left first."""
    width = float(np.linalg.norm(rig.head("left_hip") - rig.head("right_hip")))
    angles = np.arcsin(np.clip((drops[1] - drops[0]) / width, -0.5, 0.5))
    lowered = about_axis(_roll_axes(pelvis), angles) @ pelvis
    to_center = rig.hip_center - rig.bones[0].head
    centers = heads + turn(pelvis, to_center) - drops.mean(axis=0)[:, None] * _UP
    return lowered, np.asarray(centers - turn(lowered, to_center), dtype=np.float64)


def _times_wider(rig: Rig) -> float:
    rest = dict(zip(JOINT_NAMES, REST_OFFSETS, strict=True))
    leg = np.linalg.norm(rest["left_knee"]) + np.linalg.norm(rest["left_ankle"])
    theirs = np.linalg.norm(rest["left_hip"] - rest["right_hip"]) / leg
    ours = np.linalg.norm(rig.head("left_hip") - rig.head("right_hip")) / rig.leg_length
    return float(ours / theirs)


def _share_left_out(rig: Rig) -> float:
    return wideness(rig) * (1.0 - 1.0 / _times_wider(rig))


def _sway(pelvis: Array) -> tuple[Array, Array]:
    """(N,) radians by which the pelvis leans to its right, and how upright it is, 0 to 1."""
    sway = np.arcsin(np.clip(pelvis[:, 1, 0], -1.0, 1.0))
    return sway, _uprightness(sway)


def _uprightness(sway: Array) -> Array:
    return np.asarray(np.clip((_LYING - np.abs(sway)) / (_LYING - _SWAYING), 0.0, 1.0), dtype=np.float64)


def _roll_axes(pelvis: Array) -> Array:
    """(N, 3) the level axes about which the pelvis' left rises."""
    return normalize(np.cross(pelvis[:, :, 0], _UP))


def _headings(pelvis: Array) -> Array:
    return np.unwrap(np.arctan2(pelvis[:, 0, 2], pelvis[:, 2, 2]))


def _swing(headings: Array, fps: float) -> Array:
    """(N,) how far the hips are turned out of their way."""
    return np.asarray(headings - smoothed(headings[:, None], _SWING_SECONDS * fps)[:, 0], dtype=np.float64)
