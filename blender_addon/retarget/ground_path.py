"""The way over the ground that a motion takes, for what carries the character: a root bone, or the object itself."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from .rig import Rig
from .rotations import Array, about_axis, turn
from .smoothing import smoothed
from .transfer import RigMotion

_UP = np.array([0.0, 1.0, 0.0])
_SMOOTH_SECONDS = 0.2
"""Within this time the hips sway over their way; a root that swayed along would be of no use to a game."""


def ground_path(motion: RigMotion, rig: Rig) -> Array:
    """(N, 4, 4) in armature space: how the ground under the rest pose has moved and turned in each frame."""
    pelvis = rig.bones[0]
    orientations = rig.axes.orientations_to_motion(motion.orientations[:, motion.bone_names.index(pelvis.name)])
    turns = orientations @ pelvis.orientation.T
    centers = rig.axes.vectors_to_motion(motion.places[pelvis.name]) + turn(turns, rig.hip_center - pelvis.head)
    headings = np.unwrap(np.arctan2(turns[:, 0, 2], turns[:, 2, 2]))
    smooth = smoothed(np.column_stack([centers[:, 0], centers[:, 2], headings]), _SMOOTH_SECONDS * motion.fps)
    yaw = about_axis(_UP, smooth[:, 2])
    shift = np.stack([smooth[:, 0], np.zeros(len(smooth)), smooth[:, 1]], axis=-1)
    shift = np.asarray(shift - turn(yaw, rig.hip_center * np.array([1.0, 0.0, 1.0])), dtype=np.float64)
    path = np.tile(np.eye(4), (len(smooth), 1, 1))
    axes = rig.axes.matrix
    path[:, :3, :3] = axes @ yaw @ axes.T
    path[:, :3, 3] = rig.axes.vectors_to_armature(shift)
    return path


def carried(motion: RigMotion, path: Array) -> RigMotion:
    """The same motion seen from ground that moves along `path` (N, 4, 4)."""
    back = np.asarray(np.linalg.inv(path), dtype=np.float64)
    places = {name: turn(back[:, :3, :3], place) + back[:, :3, 3] for name, place in motion.places.items()}
    return replace(motion, orientations=back[:, None, :3, :3] @ motion.orientations, places=places)
