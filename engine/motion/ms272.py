"""MS-272 features (MotionStreamer, Xiao et al. 2025) of a Motion, and back, at 30 frames a second.

The *heading frame* of a frame has its origin on the ground under the root, Y up, and Z where the root faces seen from
above. Velocities are displacements since the previous frame, in metres a frame; the first frame, which has no
predecessor, repeats the second's, and `decode` ignores it: a decoded motion starts over the origin, facing +Z.
"""

from __future__ import annotations

from itertools import accumulate

import numpy as np
from numpy.typing import NDArray

from engine.motion import rotations
from engine.motion.contacts import foot_contacts
from engine.motion.motion import Motion
from engine.motion.rotations import Array
from engine.motion.skeleton import BODY

FPS = 30.0
_JOINTS = len(BODY.joint_names)

LAYOUT = {
    "root_velocity": 2,  # x, z
    "heading_change": 6,  # 6-D
    "joint_positions": 3 * _JOINTS,  # the root's x and z removed
    "joint_velocities": 3 * _JOINTS,
    "joint_rotations": 6 * _JOINTS,  # local, 6-D; the root's without its heading
}
WIDTH = sum(LAYOUT.values())
SLICES = {
    name: slice(end - width, end)
    for (name, width), end in zip(LAYOUT.items(), accumulate(LAYOUT.values()), strict=True)
}


def encode(motion: Motion) -> Array:
    """Features (N, 272) of a motion on BODY; ValueError for fewer than two frames or another skeleton."""
    if motion.skeleton is not BODY and motion.skeleton.joint_names != BODY.joint_names:
        raise ValueError("MS-272 describes the 22-joint body only")
    if len(motion) < 2:
        raise ValueError("MS-272 needs at least two frames")
    heading = rotations.heading(motion.local_rotations_wxyz[:, 0])
    to_heading = rotations.inverse(heading)
    under_root = motion.root_translation_m * np.array([1.0, 0.0, 1.0])

    root_velocity = rotations.rotate(to_heading[1:], np.diff(under_root, axis=0))[:, [0, 2]]
    heading_change = rotations.to_six_d(rotations.multiply(heading[1:], to_heading[:-1]))
    positions = rotations.rotate(to_heading[:, None], motion.positions_m - under_root[:, None])
    velocities = rotations.rotate(to_heading[1:, None], np.diff(motion.positions_m, axis=0))
    local = motion.local_rotations_wxyz.copy()
    local[:, 0] = rotations.multiply(to_heading, local[:, 0])

    features = np.empty((len(motion), WIDTH))
    features[1:, SLICES["root_velocity"]] = root_velocity
    features[1:, SLICES["heading_change"]] = heading_change
    features[:, SLICES["joint_positions"]] = positions.reshape(len(motion), -1)
    features[1:, SLICES["joint_velocities"]] = velocities.reshape(len(motion) - 1, -1)
    features[:, SLICES["joint_rotations"]] = rotations.to_six_d(local).reshape(len(motion), -1)
    for name in ("root_velocity", "heading_change", "joint_velocities"):
        features[0, SLICES[name]] = features[1, SLICES[name]]
    return features


def decode(features: Array, fps: float = FPS) -> Motion:
    """The motion of features (N, 272): rotations and root travel as they stand, no inverse kinematics.

    Headings and ground positions accumulate from the origin: h_t = Δh_t · h_{t−1};  p_t = p_{t−1} + h_t · v_t
    """
    features = np.asarray(features, dtype=np.float64)
    frames = len(features)
    change = rotations.from_six_d(features[:, SLICES["heading_change"]])
    turn = 2.0 * np.arctan2(change[:, 2], change[:, 0])  # only the turn about Y counts
    turn[0] = 0.0
    heading = rotations.from_axis_angle(np.array([0.0, 1.0, 0.0]), np.cumsum(turn))

    step = np.zeros((frames, 3))
    step[1:, [0, 2]] = features[1:, SLICES["root_velocity"]]
    root_translation = np.cumsum(rotations.rotate(heading, step), axis=0)
    root_translation[:, 1] = features[:, SLICES["joint_positions"]][:, 1]

    local = rotations.from_six_d(features[:, SLICES["joint_rotations"]].reshape(frames, _JOINTS, 6))
    local[:, 0] = rotations.multiply(heading, local[:, 0])
    local = rotations.continuous(local)
    positions, _ = BODY.forward_kinematics(local, root_translation)
    return Motion(local, root_translation, foot_contacts(positions, fps), fps)


def _mirror_table() -> tuple[NDArray[np.intp], Array]:
    """For each of the 272 features, where its mirrored value stands and with which sign.

    A reflection S = diag(−1, 1, 1) negates x of vectors, and turns R into S·R·S: of the two columns of the 6-D form
    the first becomes (r00, −r10, −r20), the second (−r01, r11, r21).
    """
    vector, six_d = np.array([-1.0, 1.0, 1.0]), np.array([1.0, -1.0, -1.0, -1.0, 1.0, 1.0])
    swap = np.array(BODY.mirror_indices)
    of_joints = {width: (swap[:, None] * width + np.arange(width)).ravel() for width in (3, 6)}
    parts = {
        "root_velocity": (np.arange(2), np.array([-1.0, 1.0])),
        "heading_change": (np.arange(6), six_d),
        "joint_positions": (of_joints[3], np.tile(vector, _JOINTS)),
        "joint_velocities": (of_joints[3], np.tile(vector, _JOINTS)),
        "joint_rotations": (of_joints[6], np.tile(six_d, _JOINTS)),
    }
    indices = np.concatenate([parts[name][0] + SLICES[name].start for name in LAYOUT])
    return indices, np.concatenate([parts[name][1] for name in LAYOUT])


_MIRROR_INDICES, _MIRROR_SIGNS = _mirror_table()


def mirrored(features: Array) -> Array:
    """Features (..., 272) of the mirrored motion; the same as encoding `Motion.mirrored()`."""
    return features[..., _MIRROR_INDICES] * _MIRROR_SIGNS.astype(features.dtype)
