"""Which feet stand on the ground: by height and speed of heels and toes."""

from __future__ import annotations

import numpy as np

from engine.motion.rotations import Array
from engine.motion.skeleton import BODY, FOOT_JOINTS

CONTACT_SPEED_M_S = 0.35
"""A joint that moves faster than this over the ground does not stand on it."""

CLEARANCE_M = 0.045
"""How far above its height in the rest pose a joint may be and still count as standing."""


def foot_contacts(positions_m: Array, fps: float, ground_m: float = 0.0) -> Array:
    """(N, 4) of 0 or 1 for left heel, left toe, right heel, right toe.

    positions_m: (N, 22, 3) global, Y up. ground_m: height of the ground.
    Single frames that differ from both neighbors are smoothed away.
    """
    feet = positions_m[:, FOOT_JOINTS]
    rest_positions, _ = BODY.forward_kinematics(
        np.tile([1.0, 0.0, 0.0, 0.0], (len(BODY.joint_names), 1)), BODY.rest_offsets[0]
    )
    rest_heights = rest_positions[list(FOOT_JOINTS), 1]
    # Gradient is central inside and one-sided at the ends, so that a foot's speed belongs to its own frame.
    velocity = np.gradient(feet, axis=0) * fps if len(feet) > 1 else np.zeros_like(feet)
    standing = (np.linalg.norm(velocity, axis=-1) < CONTACT_SPEED_M_S) & (
        feet[..., 1] < ground_m + rest_heights + CLEARANCE_M
    )
    before, after = standing[:-2], standing[2:]
    standing[1:-1] = np.where(before == after, before, standing[1:-1])
    return np.asarray(standing, dtype=np.float64)
