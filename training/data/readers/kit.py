"""KIT-ML's features (N, 251) as HumanML3D's scripts make them: 21 joints of the MMM body at 12.5 frames a second.

The first four numbers are the root's, as in HumanML3D; then come 20 joint positions in the heading frame. Collars and
the middle of the spine, which that body lacks, lie between their neighbors.
"""

from __future__ import annotations

import numpy as np

from engine.motion import humanml
from engine.motion.motion import Motion
from engine.motion.rotations import Array
from engine.motion.skeleton import BODY

WIDTH = 251
FPS = 12.5
_JOINTS = 21

# Joint of the body → joints of KIT-ML's whose mean it is.
_MEAN_OF: dict[str, tuple[int, ...]] = {
    "spine1": (1,), "spine2": (1, 2), "spine3": (2,), "neck": (3,), "head": (4,),
    "right_collar": (3, 5), "right_shoulder": (5,), "right_elbow": (6,), "right_wrist": (7,),
    "left_collar": (3, 8), "left_shoulder": (8,), "left_elbow": (9,), "left_wrist": (10,),
    "right_hip": (11,), "right_knee": (12,), "right_ankle": (13,), "right_foot": (14,),
    "left_hip": (16,), "left_knee": (17,), "left_ankle": (18,), "left_foot": (19,),
}  # fmt: skip


def motion_of_kit(features: Array) -> Motion:
    """The motion of KIT-ML's features (N, 251), at their 12.5 frames a second and on the body's size."""
    root, positions = features[:, :4], features[:, 4 : 4 + 3 * (_JOINTS - 1)].reshape(len(features), _JOINTS - 1, 3)
    leg = sum(np.linalg.norm(positions[0, a - 1] - positions[0, b - 1]) for a, b in ((11, 12), (12, 13)))
    body_leg = sum(np.linalg.norm(BODY.rest_offsets[BODY.index(name)]) for name in ("left_knee", "left_ankle"))
    scale = body_leg / max(float(leg), 1e-9)
    mapped = [scale * positions[:, [k - 1 for k in _MEAN_OF[name]]].mean(axis=1) for name in BODY.joint_names[1:]]
    # The root's turn is in radians; its two speeds and its height are lengths.
    sized = root * np.array([1.0, scale, scale, scale])
    return humanml.decode(np.concatenate([sized, *mapped], axis=1), FPS)
