"""Changing a motion's frame rate."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from engine.motion import rotations
from engine.motion.motion import Motion


def resampled(motion: Motion, fps: float) -> Motion:
    """The same motion at `fps` frames a second: slerp for rotations, linear for the root, the nearest for contacts.

    The first frame stays; the last may move by less than one new frame. ValueError for a rate that is not positive.
    """
    if not fps > 0:
        raise ValueError("a frame rate is positive")
    if fps == motion.fps:
        return motion
    last = len(motion) - 1
    at = np.arange(int(np.floor(last * fps / motion.fps + 1e-9)) + 1) * motion.fps / fps
    before = np.minimum(np.floor(at).astype(int), last)
    after = np.minimum(before + 1, last)
    weight = at - before
    root = motion.root_translation_m
    return replace(
        motion,
        local_rotations_wxyz=rotations.continuous(
            rotations.slerp(motion.local_rotations_wxyz[before], motion.local_rotations_wxyz[after], weight[:, None])
        ),
        root_translation_m=root[before] + weight[:, None] * (root[after] - root[before]),
        foot_contacts=motion.foot_contacts[np.minimum(np.rint(at).astype(int), last)],
        fps=fps,
    )
