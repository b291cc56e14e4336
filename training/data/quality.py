"""What is wrong with a clip: the reasons for which it is left out of training, each measured."""

from __future__ import annotations

import numpy as np

from engine.motion import rotations
from engine.motion.motion import Motion
from engine.motion.skeleton import BODY, FOOT_JOINTS

MIN_FRAMES = 8
MAX_JOINT_SPEED_M_S = 25.0
MAX_TURN_RAD_S = 60.0
MAX_FLOATING_M = 0.25
MAX_SLIDE_M_S = 0.8
_MOST = 0.9


def fault_of(motion: Motion) -> str | None:
    """Why a motion on the body is no use, as the end of a sentence; None where nothing is wrong with it."""
    if len(motion) < MIN_FRAMES:
        return f"it has {len(motion)} frames, and {MIN_FRAMES} are the least"
    for fault in (_jump(motion), _flip(motion), _floating(motion), _sliding(motion)):
        if fault is not None:
            return fault
    return None


def _jump(motion: Motion) -> str | None:
    speed = np.linalg.norm(np.diff(motion.positions_m, axis=0), axis=-1) * motion.fps
    frame, joint = np.unravel_index(speed.argmax(), speed.shape)
    if speed[frame, joint] <= MAX_JOINT_SPEED_M_S:
        return None
    return f"the {_spoken(int(joint))} jumps at frame {frame + 1} ({speed[frame, joint]:.0f} m/s)"


def _flip(motion: Motion) -> str | None:
    local = motion.local_rotations_wxyz
    turn = rotations.angle_between(local[:-1], local[1:]) * motion.fps
    frame, joint = np.unravel_index(turn.argmax(), turn.shape)
    if turn[frame, joint] <= MAX_TURN_RAD_S:
        return None
    return f"the {_spoken(int(joint))} flips over at frame {frame + 1}"


def _floating(motion: Motion) -> str | None:
    """All of the body well above the ground most of the time: no jump lasts so long."""
    lowest = motion.positions_m[..., 1].min(axis=1)
    share = float(np.mean(lowest > MAX_FLOATING_M))
    return f"it floats above the ground in {share:.0%} of its frames" if share > 0.5 else None


def _sliding(motion: Motion) -> str | None:
    """The lower foot on the ground, and moving over it, in most frames: a walk in place, or on ice."""
    feet = motion.positions_m[:, FOOT_JOINTS]
    rest = np.array([0.117, 0.042, 0.117, 0.042])
    above = feet[:-1, :, 1] - rest
    speed = np.linalg.norm(np.diff(feet, axis=0)[..., [0, 2]], axis=-1) * motion.fps
    slowest = np.where(above < 0.06, speed, np.inf).min(axis=1)
    on_ground = np.isfinite(slowest)
    share = float(np.mean(slowest[on_ground] > MAX_SLIDE_M_S)) if on_ground.mean() > 0.5 else 0.0
    return f"its feet slide over the ground in {share:.0%} of its frames" if share > _MOST else None


def _spoken(joint: int) -> str:
    return BODY.joint_names[joint].replace("_", " ")
