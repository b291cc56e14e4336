"""DeepMimic's JSON key frames (Peng et al. 2018) on its 15-joint humanoid: metres, Y up, facing +X.

A frame is [duration, root position 3, root 4, chest 4, neck 4, right hip 4, knee 1, ankle 4, shoulder 4, elbow 1, then
the left side's five]. Rotations are w, x, y, z, relative to the parent; knees and elbows turn about their local Z. The
zero pose stands with hanging arms.
"""

from __future__ import annotations

import json

import numpy as np

from engine.errors import UserError
from engine.motion import rotations
from engine.motion.rotations import Array
from engine.motion.skeleton import Skeleton
from training.data.readers.retargeting import SourceMotion

_FPS = 60.0
_Z = np.array([0.0, 0.0, 1.0])
_WIDTH = 44
_MIN_FRAMES = 2

# Joint, its parent, and how many numbers turn it, in the order of a frame; wrists don't turn.
_JOINTS = (
    ("root", None, 4), ("chest", "root", 4), ("neck", "chest", 4),
    *((f"{side}_{joint}", f"{side}_{parent}" if parent in ("hip", "knee", "shoulder") else parent, width)
      for side in ("right", "left")
      for joint, parent, width in (("hip", "root", 4), ("knee", "hip", 1), ("ankle", "knee", 4),
                                   ("shoulder", "chest", 4), ("elbow", "shoulder", 1))),
    ("right_wrist", "right_elbow", 0), ("left_wrist", "left_elbow", 0),
)  # fmt: skip

JOINT_OF = {
    "pelvis": "root", "spine1": "chest", "spine3": "chest", "neck": "neck",
    **{f"{side}_{joint}": f"{side}_{joint}" for side in ("left", "right")
       for joint in ("hip", "knee", "ankle", "shoulder", "elbow", "wrist")},
}  # fmt: skip
"""Joint of the body → joint of the humanoid."""

# metres from the parent, of the humanoid that the key frames were made for; the left side is −Z.
_OFFSETS_M = {
    "root": (0.0, 0.0, 0.0), "chest": (0.0, 0.236151, 0.0), "neck": (0.0, 0.223894, 0.0),
    "right_hip": (0.0, 0.0, 0.084887), "right_knee": (0.0, -0.421546, 0.0), "right_ankle": (0.0, -0.40987, 0.0),
    "right_shoulder": (-0.02405, 0.2435, 0.18311), "right_elbow": (0.0, -0.274788, 0.0),
    "right_wrist": (0.0, -0.258947, 0.0),
}  # fmt: skip


def read_key_frames(text: str, *, name: str) -> SourceMotion:
    """The motion of a DeepMimic file at 60 frames a second, read between its key frames; UserError where damaged.

    A motion that is to be looped ("Loop": "wrap") is given once.
    """
    try:
        frames = np.array(json.loads(text)["Frames"], dtype=np.float64)
        if frames.ndim != 2 or frames.shape[1] != _WIDTH or len(frames) < _MIN_FRAMES:
            raise ValueError(f"its frames are {frames.shape}, not (N, {_WIDTH})")
        if not np.isfinite(frames).all() or not (frames[:-1, 0] > 0).all():
            raise ValueError("it holds NaN or frames without duration")
    except (KeyError, TypeError, ValueError) as error:
        raise UserError(f"{name} is not a readable DeepMimic motion: {error}.") from error
    time = np.concatenate([[0.0], np.cumsum(frames[:-1, 0])])
    at = np.arange(int(time[-1] * _FPS) + 1) / _FPS
    after = np.clip(np.searchsorted(time, at, side="right"), 1, len(time) - 1)
    share = np.clip((at - time[after - 1]) / (time[after] - time[after - 1]), 0.0, 1.0)
    root = frames[after - 1, 1:4] + share[:, None] * (frames[after, 1:4] - frames[after - 1, 1:4])
    local = _local_rotations(frames[:, 4:])
    local = rotations.slerp(local[after - 1], local[after], np.repeat(share[:, None], local.shape[1], axis=1))
    skeleton = _skeleton()
    positions, world = skeleton.forward_kinematics(local, root)
    still = np.tile(rotations.IDENTITY_WXYZ, (len(_JOINTS), 1))
    rest, _ = skeleton.forward_kinematics(still, np.zeros(3))
    return SourceMotion(skeleton.joint_names, positions, world, rest, still, _FPS)


def _local_rotations(numbers: Array) -> Array:
    """(N, J, 4) of the rotation numbers of frames (N, 40)."""
    local, start = [], 0
    for _, _, width in _JOINTS:
        if width == 4:
            local.append(rotations.normalize(numbers[:, start : start + 4]))
        elif width == 1:
            local.append(rotations.from_axis_angle(_Z, numbers[:, start]))
        else:
            local.append(np.tile(rotations.IDENTITY_WXYZ, (len(numbers), 1)))
        start += width
    return np.stack(local, axis=1)


def _skeleton() -> Skeleton:
    names = tuple(name for name, _, _ in _JOINTS)
    offsets = []
    for name in names:
        x, y, z = _OFFSETS_M[name.replace("left", "right")]
        offsets.append((x, y, -z if name.startswith("left") else z))
    parents = tuple(names.index(parent) if parent else -1 for _, parent, _ in _JOINTS)
    return Skeleton(names, parents, np.array(offsets))
